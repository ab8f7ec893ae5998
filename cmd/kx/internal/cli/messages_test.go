package cli

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// message is one message of kx: the situation, the command line, and the whole of stderr.
type message struct {
	situation, commandLine, stdin string
	code                          int
	stderr                        string
	setup                         func(*testing.T, *clitest.Cluster)
}

// messages lists the messages that kx prints itself. %[1]s stands for the kubeconfig file.
var messages = []message{
	// Wrong usage.
	{"no such command", "frobnicate --for=condition=Ready pod/x", "", 2, `error: unknown command "frobnicate" for "kx"; see kx --help`, nil},
	{"a misspelt command", "gte pods -o wide", "", 2, `error: unknown command "gte" for "kx": did you mean get?; see kx --help`, nil},
	{"no such subcommand", "config frobnicate --now", "", 2, `error: unknown command "frobnicate" for "kx config"; see kx config --help`, nil},
	{"help of no command", "help frobnicate", "", 2, `error: unknown command "frobnicate"; see kx help --help`, nil},
	{"no such flag", "get pods --frobnicate", "", 2, "error: unknown flag: --frobnicate; see kx get --help", nil},
	{"an invalid value of a flag", "get pods -o toml", "", 2,
		`error: invalid argument "toml" for "-o, --output" flag: must be wide, json, yaml, name, jsonpath, jsonpath-file, custom-columns or custom-columns-file; see kx get --help`, nil},
	{"an invalid duration", "get pods --request-timeout soon", "", 2,
		`error: invalid argument "soon" for "--request-timeout" flag: must be a time such as 30s or 2m, or a number of seconds; see kx get --help`, nil},
	{"a selector without a requirement", "delete pods --field-selector ,", "", 2,
		`error: invalid argument "," for "--field-selector" flag: has no requirement, and would select every object; see kx delete --help`, nil},
	{"no kind", "get", "", 2, "error: no kind of resource is given, such as pods; see kx get --help", nil},
	{"a name without its kind", "get pod/a b", "", 2, `error: "b" has no kind: give KIND/NAME… or KIND NAME…; see kx get --help`, nil},
	{"a kind twice", "get pods node/a", "", 2, `error: "node/a" is not of kind pods: leave out its kind; see kx get --help`, nil},
	{"a name over all namespaces", "get pod a -A", "", 2, "error: a name and --all-namespaces exclude each other; see kx get --help", nil},
	{"nothing to delete", "delete pod", "", 2, "error: no name is given: give KIND NAME, KIND/NAME, -l SELECTOR or --all; see kx delete --help", nil},
	{"nothing to patch", "patch pod -p {}", "", 2, "error: no name is given: give KIND NAME or KIND/NAME; see kx patch --help", nil},
	{"no patch", "patch pod a", "", 2, "error: give one of -p and --patch-file; see kx patch --help", nil},
	{"force without apply", "patch pod a -p {} --force-conflicts", "", 2, "error: --force-conflicts needs --type apply; see kx patch --help", nil},
	{"a strategic patch on the client", "patch pod a -p {} --dry-run=client", "", 2,
		"error: only the server can apply a patch of type strategic: give --dry-run=server; see kx patch --help", nil},
	{"no file", "create", "", 2, "error: no file is given: use -f FILE, or -f - for stdin; see kx create --help", nil},
	{"a patch for files that are patches", "patch --type apply -f x -p {}", "", 2,
		"error: --type apply -f takes the patches from the files: leave out -p and --patch-file; see kx patch --help", nil},
	{"all objects, and a selector", "delete pods --all -l a=b", "", 2, "error: --all and a selector exclude each other; see kx delete --help", nil},
	{"a namespace for an object of the cluster", "delete ns kube-public -n default --dry-run=client", "", 0,
		"Warning: some of the objects are in no namespace: --namespace does not limit their deletion", nil},
	{"stdin twice", "create -f - -f -", podLine, 2, "error: -f - is given twice: stdin can be read only once; see kx create --help", nil},
	{"no program", "exec shell", "", 2, "error: no program is given: it comes after --; see kx exec --help", nil},
	{"a program without dashes", "exec shell ls", "", 2,
		"error: no program is given: it comes after --, as in kx exec shell -- ls; see kx exec --help", nil},
	{"exec of a kind without pods", "exec node/a -- ls", "", 2, "error: nodes have no pods: only pods, deployments.apps, statefulsets.apps, " +
		"daemonsets.apps, replicasets.apps, jobs.batch, services have; see kx exec --help", nil},
	{"debug ls of another kind", "debug ls deployment/web", "", 2, "error: debug ls works on pods, not on deployment; see kx debug ls --help", nil},
	{"exec of a workload", "exec deployment/web -- true", "", 0, "Using pod/web-0 of deployment/web (1 pod)",
		func(t *testing.T, c *clitest.Cluster) {
			c.Deployment("web", "web", 1)
			c.Web("kx-node")
		}},
	{"exec of a workload that is not there", "exec deployment/web -- true", "", 125,
		`error: GET /k8s/clusters/c-1/apis/apps/v1/namespaces/default/deployments/web: deployments.apps "web" not found (404)`, nil},
	{"a namespace that is named as a kind", "cp jobs/web:/x .", "", 1,
		`error: GET /k8s/clusters/c-1/apis/batch/v1/namespaces/default/jobs/web: jobs.batch "web" not found (404); ` +
			"jobs/web is read as KIND/NAME: for a namespace jobs give -n jobs", nil},
	{"exec in a pod that waits for a node", "exec gated -q -- true", "", 125,
		"error: cannot run a program: pod gated is on no node yet: SchedulingGated: Scheduling is blocked due to non-empty scheduling gates; " +
			"--pod-running-timeout 1m waits for a node", gatedPod},
	{"attach to a pod that no scheduler takes", "attach idle -q", "", 125,
		"error: cannot attach: pod idle is on no node yet: no scheduler has handled it; --pod-running-timeout 1m waits for a node",
		func(t *testing.T, c *clitest.Cluster) {
			_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "idle"}, "spec": {"schedulerName": "none", "containers": [{"name": "app", "image": "kx.local/busybox:1"}]}}`)
			require.NoError(t, err)
		}},
	{"debug of a pod that waits for a node", "debug gated -c tools --image kx.local/busybox:1 --timeout 1ms", "", 1,
		"Warning: pod gated is on no node yet: SchedulingGated: Scheduling is blocked due to non-empty scheduling gates: the container starts when the pod does\n" +
			"Waiting: SchedulingGated: Scheduling is blocked due to non-empty scheduling gates\n" +
			"error: container tools of pod gated does not run: Timeout: not within 1ms, still SchedulingGated: Scheduling is blocked due to non-empty scheduling gates; " +
			"the container stays in the pod and may still start: wait longer, or read the pod's events", gatedPod},
	{"no pod to debug", "debug", "", 2, "error: no pod is given: give POD, KIND/NAME, or -l SELECTOR; see kx debug --help", nil},
	{"a pod and a selector", "debug a -l app=b", "", 2, "error: -l and a name exclude each other; see kx debug --help", nil},
	{"two pods", "debug a b", "", 2,
		`error: unexpected argument "b": give one pod, or --all; the command comes after --; see kx debug --help`, nil},
	{"-it for all pods", "debug -l app=shell --all -it", "", 2,
		"error: --all and attaching exclude each other: stdin belongs to one container; see kx debug --help", nil},
	{"a format while attached", "debug shell -i -o json", "", 2,
		"error: -o and attaching exclude each other: stdout has the output of the container's program; see kx debug --help", nil},
	{"a recording of nothing", "debug shell --record f", "", 2, "error: --record needs a session: give -i or --attach; see kx debug --help", nil},
	{"no user number", "debug shell --run-as root", "", 2,
		`error: invalid argument "root" for "--run-as" flag: must be numbers, such as 1000 or 1000:1000; see kx debug --help`, nil},
	{"a wrong variable", "debug shell --env hunter2", "", 2, "error: --env takes NAME=VALUE; see kx debug --help", nil},
	{"no shell", "completion", "", 2, "error: give one shell: bash, zsh, fish or powershell; see kx completion --help", nil},
	{"a short grace period", "debug stop shell --grace-period 0", "", 2, "error: --grace-period must be at least 1 second; see kx debug stop --help", nil},

	// Failures.
	{"an empty file", "create -f -", "", 1, "error: stdin: the file holds no object", nil},
	{"no object", "create -f -", "[1]", 1, "error: stdin: not an object: an object has apiVersion and kind", nil},
	{"no kind in a file", "create -f -", "{apiVersion: v1}", 1, "error: stdin: kind is missing, such as Pod", nil},
	{"two namespaces", "create -n default -f -", `{"apiVersion": "v1", "kind": "Pod", "metadata": {"namespace": "kube-system", "name": "a"}}`, 1,
		`error: stdin: the object is for namespace "kube-system", and --namespace is "default": pass --namespace kube-system, or leave it out`, nil},
	{"no name in a file", "replace -f -", `{"apiVersion": "v1", "kind": "Pod", "metadata": {}}`, 1, "error: stdin: metadata.name is missing", nil},
	{"a key that comes twice", "create -f - --validate=warn --dry-run=client", "apiVersion: v1\nkind: ConfigMap\nkind: ConfigMap\n", 0,
		"Warning: stdin: duplicate key on line 3, first on line 2: the last one counts", nil},
	{"a field that another manager has applied", `patch cm a --type apply -p '{"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "2"}}'`, "", 1,
		`error: PATCH /k8s/clusters/c-1/api/v1/namespaces/default/configmaps/a: Apply failed with 1 conflict: conflict with "other": .data.a (409)
  manager "other" has applied:
  - .data.a: the object has "1", the patch has "2"
  to leave the fields to their managers, remove them from the patch
  to take the fields over, add --force-conflicts
  to change the fields as their manager, add --field-manager other`,
		func(t *testing.T, c *clitest.Cluster) {
			c.MustRun("patch", "cm", "a", "--type", "apply", "--field-manager", "other", "-p", `{"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "1"}}`)
		}},
	{"no such container", "exec shell -c nope -- ls", "", 125, `error: pod shell has no container "nope": it has main and echo`, nil},
	{"a pod that has ended", "exec done -- ls", "", 125, `error: cannot run a program in pod done: the pod has ended (Succeeded)`, clitest.CompletedPod},
	{"no pod with the labels", "debug -l app=none", "", 1, `error: no pods to debug: none in namespace "default" has labels that match "app=none"`, nil},
	{"no context is set", "config current-context", "", 1, "error: current-context is not set: choose one with kx config use-context NAME",
		func(t *testing.T, c *clitest.Cluster) {
			text, err := os.ReadFile(c.KubeconfigFile)
			require.NoError(t, err)
			c.KubeconfigFile = c.Write("none", strings.Replace(string(text), "current-context: ", "x-context: ", 1))
		}},
	{"a container that ended with a code", "debug shell -c tools --image kx.local/busybox:1 -q -- sh -c 'exit 7'", "", 1,
		"Warning: pod shell has container tools already: no container was added. It has ended: give another name with -c to run the command again\n" +
			"error: container tools of pod shell ended with code 7 (Error)",
		func(_ *testing.T, c *clitest.Cluster) {
			// Whether the first kx sees the container running or ended is a matter of time.
			c.Kx("debug", "shell", "-c", "tools", "--image", "kx.local/busybox:1", "-q", "--", "sh", "-c", "exit 7")
			c.MustRun("wait", "pod/shell", "--for", "jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.exitCode}=7")
		}},

	// Warnings and notices.
	{"-t without -i", "exec shell -t -c main -- true", "", 0, "Warning: ignoring -t: it needs -i", nil},
	{"-t without a terminal", "exec shell -it -c main -- true", "", 0, "Warning: ignoring -t: stdin is not a terminal", nil},
	{"the default container", "exec shell -- true", "", 0, `Defaulted container "main" out of: main, echo`, nil},
	{"an existing container", "debug shell -c tools --image kx.local/busybox:1 -q -- sleep 60", "", 0,
		"Warning: pod shell has container tools already: no container was added", func(t *testing.T, c *clitest.Cluster) {
			c.MustRun("debug", "shell", "-c", "tools", "--image", "kx.local/busybox:1", "-q", "--", "sleep", "60")
		}},
	{"stdin that reaches EOF", "attach shell -c echo -i", "hi\n", 0, "stdin has reached EOF: the program in container echo of pod shell still runs", nil},
	{"too many logs to follow", "logs shell -f --all-containers --max-log-requests 1", "", 1,
		"error: 2 logs cannot be followed at once: the limit is 1; raise it with --max-log-requests", nil},
	{"logs of no pod", "logs -l app=none", "", 0, "No resources found in default namespace.", nil},
	{"nothing found", "get pods -n kube-public", "", 0, "No resources found in kube-public namespace.", nil},
	{"no debug containers", "debug ls shell", "", 0, "No debug containers found", nil},
	{"nothing to stop", "debug stop shell --all", "", 0, "No debug container of pod shell runs", nil},
	{"a chosen image, with -q", "debug shell -q -c tools -- sleep 60", "", 0,
		"Using image kx.local/busybox:1 from node kx-node (shell and common tools)", nil},
	{"an unknown verb", "auth can-i frob nodes -q", "", 0, `Warning: "frob" is not a known verb: the known ones are get, list, watch, create, update, patch, ` +
		"delete, deletecollection, use, bind, impersonate, approve, sign, escalate and attest", nil},
}

// gatedPod creates a pod that the scheduler may not take yet.
func gatedPod(t *testing.T, c *clitest.Cluster) {
	_, err := c.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "gated"}, "spec": {"schedulingGates": [{"name": "example.com/wait"}], "containers": [{"name": "app", "image": "kx.local/busybox:1"}]}}`)
	require.NoError(t, err)
}

// podLine is a pod in one line.
const podLine = `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}`

func TestMessages(t *testing.T) {
	for _, m := range messages {
		t.Run(m.situation, func(t *testing.T) {
			c := clitest.Start(t)
			if m.setup != nil {
				m.setup(t, c)
			}
			r := c.Pipe(m.stdin, splitWords(m.commandLine)...)
			require.Equal(t, m.stderr+"\n", r.Err)
			require.Equal(t, m.code, r.Code)
		})
	}
}

// splitWords splits a command line. Single quotes join words.
func splitWords(line string) (words []string) {
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func TestRequestsOfEachCommand(t *testing.T) {
	for commandLine, want := range map[string]map[string]int{
		"get pods":                      {http.MethodGet: 1},
		"get pods -o json":              {http.MethodGet: 1},
		"get pods -o name":              {http.MethodGet: 1},
		"get pod shell":                 {http.MethodGet: 1},
		"get pod shell -o json":         {http.MethodGet: 1},
		"patch pod shell -p {}":         {http.MethodGet: 1, http.MethodPatch: 1},
		"delete pod shell --wait=false": {http.MethodDelete: 1},
		"auth can-i get pods":           {http.MethodPost: 1},
		"auth whoami":                   {http.MethodPost: 1},
		"version":                       {http.MethodGet: 1},
		"version --client":              {},
		"config view":                   {},
		"debug ls":                      {http.MethodGet: 1},
		"logs shell -c main":            {http.MethodGet: 1},
		"logs distroless":               {http.MethodGet: 2},
		// The upgrade to a stream.
		"exec shell -c main -- true":                 {http.MethodGet: 2},
		"exec shell -- true":                         {http.MethodGet: 2},
		"debug shell --image x:1 --dry-run=server":   {http.MethodGet: 1, http.MethodPatch: 1},
		"debug shell --image x:1 --dry-run=client":   {http.MethodGet: 1},
		"debug deployment/none --image x:1 -c tools": {http.MethodGet: 1},
	} {
		t.Run(commandLine, func(t *testing.T) {
			c := clitest.Start(t, kxtest.WithDemo()).As("kx-editor")
			c.ForgetRequests()
			c.Kx(splitWords(commandLine)...)
			got := map[string]int{}
			for _, r := range c.Requests() {
				got[r.Method]++
			}
			require.Equal(t, want, got)
		})
	}
}
