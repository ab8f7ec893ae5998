# The session of docs/pictures/demo.svg, at a terminal: a program that does not find its settings.
# recording.go has what is typed. The picture shows what follows the line of dashes: the recording.
set -eu
kx create -f - >/dev/null <<'FILE'
apiVersion: v1
kind: ConfigMap
metadata: {name: orders}
data: {orders.yaml: "listen: :8080"}
---
apiVersion: v1
kind: Pod
metadata: {name: orders}
spec:
  terminationGracePeriodSeconds: 1
  containers:
  - name: app
    image: kx.local/distroless:1
    imagePullPolicy: Never
    args: [--config, /etc/orders.yaml]
    volumeMounts: [{name: config, mountPath: /etc/orders}]
  volumes: [{name: config, configMap: {name: orders}}]
FILE
kx wait pod/orders --for condition=Ready >/dev/null
kx debug orders -it --target app --record demo.cast
printf '%s\n' '---' '# Pod orders has no shell. Why does it ignore its settings?' \
  '$ kx debug orders -it --target app --record demo.cast'
kx record play demo.cast | tr -d '\r'
printf '# The volume is mounted one folder too deep.\n'
