# What `make demo` shows, with KUBECONFIG set to a fresh sandbox. Each command works the same on a real cluster.
set -eu
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}
say() { printf '\n# %s\n' "$*"; }

run kx get pods
say 'distroless runs one program, has no shell, and no ephemeral containers:'
run kx get pod distroless --subresource ephemeralcontainers
say "put one with tools beside it, with the processes of its container app in view:"
run kx debug distroless -c debugger --image kx.local/busybox:1 --target app -- sleep 60
run kx get pod distroless --subresource ephemeralcontainers
say 'run commands inside it: it sees the processes of app, and the files of the container that has no shell:'
run kx exec distroless -c debugger -- ps
run kx exec distroless -c debugger -- ls /proc/1/root
