exec 2>&1
PATH=$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/bin:/var/lib/rancher/rke2/bin
starter=/proc/$PPID/cmdline address= last=
for word in $(tr '\0' ' ' <$starter); do
	[ "$last" != -address ] || address=$word
	last=$word
done
if [ -z "$address" ]; then
	echo "its container runtime is not containerd"
	exit 1
fi
if ! command -v ctr >/dev/null; then
	echo "it has no program ctr"
	exit 1
fi
ctr -a "$address" -n k8s.io images import - && ctr -a "$address" -n k8s.io images ls -q
