# The line that kx debug shows at a terminal while the node pulls an image, for
# docs/pictures/waiting.svg.
set -eu
kx wait pod/distroless --for condition=Ready >/dev/null
printf '$ kx debug distroless -c tools --image registry.example/tools/netshoot:1 -- sleep 60\n'
kx debug distroless -c tools --image registry.example/tools/netshoot:1 -- sleep 60
