own=/proc/$$/ns/mnt
[ $own -ef $own ] || exit 3
each() {
	left=
	for process in /proc/[0-9]*; do
		if [ $process != /proc/$$ ] && [ $process/ns/mnt -ef $own ]; then
			left="$left ${process#/proc/}"
			kill -$1 ${process#/proc/}
		fi
	done 2>/dev/null
	[ -n "$left" ]
}
waited=0
each TERM
while each 0 && [ $waited -lt $1 ]; do
	sleep 1
	waited=$((waited + 1))
done
if each KILL; then
	sleep 1
	each 0
fi
echo $left
