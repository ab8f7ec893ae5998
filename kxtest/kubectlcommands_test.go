package kxtest_test

// kubectlFiles are the files that the commands use.
var kubectlFiles = map[string]string{
	"config-map.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: applied}
data: {edited: "no"}
`,
	"changed.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: applied}
data: {edited: "no", more: data}
`,
	"deployment.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: applied, labels: {app: applied}}
spec:
  replicas: 0
  selector: {matchLabels: {app: applied}}
  template:
    metadata: {labels: {app: applied}}
    spec: {containers: [{name: app, image: "kx.local/busybox:1", ports: [{containerPort: 80}]}]}
`,
	"unknown.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: unknown}
dataa: {a: b}
`,
	"copied.txt": "copied\n",
}

const (
	noControllers  = "There are no controllers: a Deployment creates no ReplicaSets and pods, and its status stays empty."
	noDescriptions = "The OpenAPI documents have no descriptions."
	fewerKinds     = "There are fewer kinds."
	noRBAC         = "There are no roles: `Server.User` takes rules."
)

// kubectlCommands run in this order.
var kubectlCommands = []kubectlCommand{
	{args: "create namespace kx-kubectl"},
	{args: "version"},
	{args: "get --raw /readyz"},
	{args: "api-versions", differs: fewerKinds, want: `(?m)^apps/v1$`},
	{args: "auth can-i create pods"},
	{args: "auth can-i create pods/exec --as=nobody"},
	{args: "auth whoami --as=nobody --as-group=testers"},

	{args: "create configmap c --from-literal=key=value --from-literal=edited=no"},
	{args: "create secret generic s --from-literal=key=value"},
	{args: "create serviceaccount a"},
	{args: "create job once --image=kx.local/busybox:1 --dry-run=server -o jsonpath='{.spec.backoffLimit} {.spec.template.spec.restartPolicy}' -- true"},
	{args: "create deployment web --image=kx.local/busybox:1 --replicas=0 -- sleep 60"},
	{args: "create deployment web --image=kx.local/busybox:1"},
	{args: "create configmap C"},
	{args: "run runner --image=kx.local/busybox:1 --restart=Never --labels=app=runner -- sh -c 'echo started; sleep 3600'"},
	{args: "wait --for=condition=Ready pod/runner --timeout=4m"},

	{args: "get pods"},
	{args: "get pods -o wide"},
	{args: "get pods -l app=runner -o name"},
	{args: "get pods --field-selector=status.phase=Running --no-headers"},
	{args: "get pods --all-namespaces --field-selector=metadata.name=runner"},
	{args: "get pod runner -o jsonpath='{.spec.containers[*].image} {.status.phase}'"},
	{args: "get pod runner -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName"},
	{args: "get pod none"},
	{args: "get nothings"},
	{args: "get configmap c -o yaml"},
	{args: "get secret s -o jsonpath={.data.key}"},
	{args: "get configmap/c secret/s"},
	{args: "get pods --show-labels --sort-by=.metadata.name"},
	{args: "get deployment web -o yaml", differs: noControllers, want: `\nstatus: \{\}$`},
	{args: "get all", differs: noControllers, want: `^NAME  READY  STATUS  RESTARTS  AGE\npod/runner  1/1  Running`},
	{args: "get namespace kx-kubectl"},
	{args: "describe configmap c"},
	{args: "describe secret s"},
	{args: "describe pod runner", differs: "The scheduler records no events.", want: `^Name:  runner\nNamespace:  kx-kubectl\n`},

	{args: "logs runner"},
	{args: "logs runner --tail=1 --timestamps"},
	{args: "logs -l app=runner --prefix"},
	{args: "logs runner -c none"},
	{args: "exec runner -- echo hello"},
	{args: "exec runner -- sh -c 'exit 3'"},
	{args: "exec runner -c none -- true"},
	{args: "cp copied.txt runner:/tmp/copied.txt"},
	{args: "exec runner -- cat /tmp/copied.txt"},
	{args: "cp runner:tmp/copied.txt back.txt"},
	{args: "debug runner --image=kx.local/busybox:1 --container=debugger --target=runner --profile=general -- sleep 60"},
	{args: "port-forward pod/runner :80", differs: "kubectl sends SPDY through a WebSocket; kxtest speaks v4.channel.k8s.io.", want: `exit 1`, endless: true},

	{args: "label pod runner tier=test"},
	{args: "label pod runner tier=other"},
	{args: "label pod runner tier-"},
	{args: "annotate configmap c note=text"},
	{args: `patch configmap c --patch='{"data":{"key":"2"}}'`},
	{args: `patch configmap c --type=json --patch='[{"op":"remove","path":"/data/none"}]'`},
	{args: "edit configmap c"},
	{args: "get configmap c -o jsonpath={.data}"},
	{args: "apply -f config-map.yaml"},
	{args: "apply -f config-map.yaml"},
	{args: "diff -f changed.yaml"},
	{args: "apply -f changed.yaml"},
	{args: "apply -f changed.yaml --server-side"},
	{args: "apply -f unknown.yaml"},
	{args: "apply -f deployment.yaml"},
	{args: "apply view-last-applied configmap/applied"},
	{args: "replace -f config-map.yaml"},
	{args: "set image deployment/applied app=kx.local/pause:1"},
	{args: "set env deployment/applied NAME=value"},
	{args: "scale deployment applied --replicas=0"},
	{args: "rollout pause deployment/applied"},
	{args: "rollout resume deployment/applied"},
	{args: "rollout restart deployment/applied"},
	{args: "rollout history deployment/web", differs: noControllers, want: `No rollout history found`},
	{args: "rollout status deployment/web --timeout=1s", differs: noControllers, want: `timed out`},
	{args: "expose deployment applied --port=80"},

	{args: "explain configmap", differs: noDescriptions, want: `data\s<map\[string\]string>`},
	{args: "explain pod.spec.containers.imagePullPolicy", differs: noDescriptions, want: `ENUM:\n  Always\n  IfNotPresent\n  Never\n`},
	{args: "explain pod.spec.none"},
	{args: "top pod runner"},
	{args: "cordon kx-node --dry-run=server"},
	{args: "taint nodes kx-node key=value:NoSchedule --dry-run=server"},
	{args: "create role reader --verb=get --resource=pods", differs: noRBAC, want: `(?i)^error`},
	{args: "create token default", differs: "No controller creates the service account default.", want: `serviceaccounts "default" not found`},
	{args: "autoscale deployment web --max=2", differs: fewerKinds, want: `(?i)^error`},

	{args: "delete configmap c"},
	{args: "delete configmap c --ignore-not-found"},
	{args: "delete -f deployment.yaml"},
	{args: "delete pod runner --now"},
	{args: "wait --for=delete pod/runner --timeout=4m"},
	{args: "delete configmaps,secrets -l none=none"},
	{args: "delete namespace kx-kubectl"},
}
