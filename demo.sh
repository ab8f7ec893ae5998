# What `make demo` shows, with KUBECONFIG set to a fresh sandbox. Each command works the same on a
# real cluster.
set -eu
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}
say() { printf '\n# %s\n' "$*"; }

run kx get pods
say 'The pod distroless has one program and no shell. It has no ephemeral container yet:'
run kx get pod distroless --subresource ephemeralcontainers
say 'Put one with tools beside it. --target shows it the processes of the container app:'
run kx debug distroless -c debugger --image kx.local/busybox:1 --target app -- sleep 60
run kx get pod distroless --subresource ephemeralcontainers
say 'Run commands in it. It sees the processes of app, and the files of the pod without a shell:'
run kx exec distroless -c debugger -- ps
run kx exec distroless -c debugger -- ls /proc/1/root
say 'make demo: done. You put a debug container beside a pod without a shell and looked inside.'
say 'Next, get in yourself:  bin/kx-sandbox run -- bash    then  bin/kx debug distroless -it --target app'
