# What `make demo` shows, with KUBECONFIG set to a fresh sandbox. Each command works the same on a real cluster.
set -eu
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

run kx get pods
echo
echo '# distroless runs one program and has no shell; it has no ephemeral containers:'
run kx get pod distroless --subresource ephemeralcontainers -o json | grep ephemeralContainers || echo '(none)'
echo
echo '# put one beside it, with its processes in view:'
run kx debug distroless --image kx.local/busybox:1 --target app -- sleep 60
run kx get pod distroless --subresource ephemeralcontainers -o yaml | sed -n '1,2p; /ephemeralContainers:/,/^  [a-z]*:$/p'
