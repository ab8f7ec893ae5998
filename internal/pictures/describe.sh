# The page of a pod whose node lacks its image, for docs/pictures/describe.svg.
set -eu
printf '$ kx describe pod web-0\n'
kx create -f - >/dev/null <<'POD'
apiVersion: v1
kind: Pod
metadata: {name: web-0, labels: {app: web}}
spec:
  automountServiceAccountToken: false
  containers:
  - name: app
    image: kx.local/web:2
    imagePullPolicy: Never
POD
until kx events web-0 --types Warning | grep -q kx.local/web:2; do sleep 0.1; done
kx wait pod/web-0 --for jsonpath='{.status.containerStatuses[0].state.waiting.reason}'=ErrImageNeverPull >/dev/null
kx describe pod web-0
