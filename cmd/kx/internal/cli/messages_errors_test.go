package cli

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

var (
	errCut      = errors.New("unexpected EOF")
	deployments = resources.Kind{Group: "apps", Version: "v1", Kind: "Deployment", Resource: "deployments"}
	daemonSets  = resources.Kind{Group: "apps", Version: "v1", Kind: "DaemonSet", Resource: "daemonsets"}
	two, none   = int32(2), int32(0)
)

// builtMessages are the messages of the libraries' errors that have exported fields.
var builtMessages = []struct {
	situation string
	err       error
	text      string
}{
	{"the node has only images that anyone may have brought there",
		&debug.UntrustedImageError{Node: "n1", Image: "r.example/x/netshoot:1"},
		"node n1 has image r.example/x/netshoot:1, but no rule vouches for it: anyone who can run a pod there can bring an image of that name; to use it, give --image r.example/x/netshoot:1"},
	{"a container stays without its image", &debug.StartError{Pod: "web", Container: "tools", Reason: "ErrImageNeverPull", Message: "no image"},
		"container tools of pod web does not run: ErrImageNeverPull: no image; the node does not have the image and the pull policy is Never: choose an image that it has, or another pull policy"},
	{"a container's image has a wrong name", &debug.StartError{Pod: "web", Container: "tools", Reason: "InvalidImageName", Message: "bad"},
		"container tools of pod web does not run: InvalidImageName: bad; correct the image's name"},
	{"a container's image cannot be pulled", &debug.StartError{Pod: "web", Container: "tools", Reason: "ImagePullBackOff", Message: "no host"},
		"container tools of pod web does not run: ImagePullBackOff: no host; check the image's name, and that the node can reach its registry"},
	{"a container's command is not in the image", &debug.StartError{Pod: "web", Container: "tools", Reason: "StartError", Message: "no such file"},
		"container tools of pod web does not run: StartError: no such file; check that the image has the command"},
	{"the runtime does not find a container's command", &debug.StartError{Pod: "web", Container: "tools", Reason: "RunContainerError", Message: `exec: "nosuch": executable file not found in $PATH: unknown`},
		"container tools of pod web does not run: RunContainerError: nosuch is not in container tools's image"},
	{"the runtime may not execute a container's command", &debug.StartError{Pod: "web", Container: "tools", Reason: "RunContainerError", Message: `exec: "/tmp": permission denied: unknown`},
		"container tools of pod web does not run: RunContainerError: /tmp is not executable: permission denied"},
	{"the runtime does not find a program of exec", &subresource.CommandError{Pod: "web", Container: "app", Program: "nosuch", Code: 127},
		"exec in pod web: nosuch is not in container app's image"},
	{"the runtime may not execute a program of exec", &subresource.CommandError{Pod: "web", Program: "/tmp", Code: 126, Reason: "permission denied"},
		"exec in pod web: /tmp is not executable in the container: permission denied"},
	{"a container may not run as root", &debug.StartError{Pod: "web", Container: "tools", Reason: "CreateContainerConfigError", Message: "container has runAsNonRoot and image will run as root"},
		"container tools of pod web does not run: CreateContainerConfigError: container has runAsNonRoot and image will run as root; the image runs as root, which the pod or the profile restricted forbids: choose an image that names another user, set a user (RunAs, --run-as), or choose another profile"},
	{"a container does not run in time", &debug.StartError{Pod: "web", Container: "tools", Reason: "Timeout", Message: "not within 1m0s"},
		"container tools of pod web does not run: Timeout: not within 1m0s; the container stays in the pod and may still start: wait longer, or read the pod's events"},
	{"a container waits for its target", &debug.StartError{Pod: "web", Container: "tools", Reason: "Timeout", Message: "unable to find target container"},
		"container tools of pod web does not run: Timeout: unable to find target container; the target does not run, and the container starts only with the target: wait, or choose another target or none"},
	{"the pod has ended before a container was added", &debug.StartError{Pod: "web", Reason: "PodEnded", Message: "the pod is being deleted, so no container starts in it"},
		"no container was added to pod web: PodEnded: the pod is being deleted, so no container starts in it"},
	{"the node is not ready", &debug.StartError{Pod: "web", Reason: "NodeNotReady", Message: "node n1 is not ready: KubeletNotReady: no network"},
		"no container was added to pod web: NodeNotReady: node n1 is not ready: KubeletNotReady: no network; check the node, or choose a pod on another node"},
	{"a container does not end", &debug.StillRunningError{Pod: "web", Container: "tools", Err: errors.New("its shell does not end")},
		"container tools of pod web still runs: its shell does not end"},
	{"whether a container reaches its target is not known", &debug.TargetError{Pod: "web", Container: "tools", Target: "app", Reason: debug.NotVerified, Message: "no program can be run in it: it has no sh"},
		"cannot verify that container tools of pod web sees the files of container app: no program can be run in it: it has no sh"},
	{"a container does not reach its target", &debug.TargetError{Pod: "web", Container: "tools", Target: "app", Reason: "TargetNotSeen", Message: "the target does not run"},
		"container tools of pod web does not see the files of container app: the target does not run"},
	{"a name is taken by a container", &subresource.ContainerExistsError{Pod: "web", Container: "app", Kind: "container"},
		"pod web has a container app already: containers cannot be replaced, so choose another name"},
	{"a name is taken by a debug container", &subresource.ContainerExistsError{Pod: "web", Container: "tools", Kind: "ephemeral container"},
		"pod web has an ephemeral container tools already: containers cannot be replaced, so choose another name"},
	{"an unknown subresource", &subresource.UnsupportedError{Kind: "pods", Subresource: "logs"},
		`pods: there is no subresource "logs" here: use one of ephemeralcontainers, resize, scale, status`},
	{"a kind without the subresource", &subresource.UnsupportedError{Kind: "pods", Subresource: "scale", Kinds: []string{"deployments.apps"}},
		"pods have no subresource scale: only deployments.apps have it"},
	{"the server refuses, and kx knows why", &subresource.RefusedError{Err: errors.New("PATCH /x: invalid (422)"), Advice: "use a strategic patch"},
		"PATCH /x: invalid (422); use a strategic patch"},
	{"a proxy answers in place of a log", &subresource.LogFormatError{Pod: "web", Container: "app", Text: "<html>\n", Problem: "the answer is a web page: a proxy may have sent it"},
		`log of container app of pod web: the answer is a web page: a proxy may have sent it: "<html>\n"`},
	{"the kubelet answers in place of a log", &subresource.LogFormatError{Pod: "web",
		Text:    "unable to retrieve container logs for containerd://1",
		Problem: "the answer is no log with timestamps"},
		`log of pod web: the answer is no log with timestamps: "unable to retrieve container logs for ` +
			`containerd://1"`},
	{"lines of a log are gone", &subresource.LogGapError{Pod: "web", Container: "app", After: time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC), Reason: "the node no longer has that line: it began a new log file"},
		"log of container app of pod web: lines may be missing after 2026-01-02T03:04:05.000000006Z: the node no longer has that line: it began a new log file"},
	{"one log of several cannot be read", &subresource.LogError{Namespace: "default", Pod: "web", Container: "app", Err: errCut},
		"log of container app of pod web in namespace default: " + errCut.Error()},
	{"the remote program fails", &subresource.ExitError{What: "exec in container app of pod web", Code: 7},
		"exec in container app of pod web: the program ended with code 7"},
	{"the stream is cut", &subresource.LostError{What: "exec in container app of pod web", Err: errCut},
		"exec in container app of pod web: the stream was lost before the program's exit status arrived; the program may still run: unexpected EOF"},
	{"the output is longer than Run keeps", &subresource.TruncatedError{What: "exec in pod web", Stdout: 5},
		"exec in pod web: the output is cut short after 16777216 bytes a stream, 5 of stdout and 0 of stderr are missing; use Start to get all of it"},
	{"nothing listens at a forwarded port", &subresource.ForwardError{Pod: "web", Port: 80, Message: "exit status 1: connect(5, AF=2 127.0.0.1:80, 16): Connection refused"},
		"port 80 of pod web: exit status 1: connect(5, AF=2 127.0.0.1:80, 16): Connection refused"},
	{"the kubelet cannot forward a port", &subresource.ForwardError{Pod: "web", Port: 80, Message: "broken pipe"},
		"port 80 of pod web: broken pipe"},
	{"a port that the pod does not name", &portforward.PortError{Port: "http", Object: "pod web", Ports: []string{"echo (8080)"}},
		`pod web has no TCP port "http": it has echo (8080)`},
	{"a pod that names no port", &portforward.PortError{Port: "http", Object: "pod web"},
		`pod web has no TCP port "http": it names none`},
	{"a workload without a selector", &resources.NoPodsError{Kind: deployments, Name: "web"},
		"deployments.apps/web has no pods: its selector is empty"},
	{"a daemonset that fits no node", &resources.NoPodsError{Kind: daemonSets, Name: "web", Selector: "app=web", Wanted: &none},
		"daemonsets.apps/web has no pods: no node matches it"},
	{"a workload that is scaled down", &resources.NoPodsError{Kind: deployments, Name: "web", Selector: "app=web", Wanted: &none},
		"deployments.apps/web has no pods: it wants none: scale it up"},
	{"a workload whose pods are not there", &resources.NoPodsError{Kind: deployments, Name: "web", Selector: "app=web", Wanted: &two},
		`deployments.apps/web has no pods, and wants 2: no pod matches "app=web"; see its status and events`},
	{"a kind that has no pods", &resources.KindWithoutPodsError{Kind: deployments, Kinds: []string{"pods", "services"}},
		"deployments.apps have no pods: only pods, services have"},
	{"a misspelt kind that is like another", &resources.UnknownKindError{Name: "pdos", Similar: []string{"pods", "cods"}},
		`the server has no resource type "pdos": did you mean pods or cods?`},
	{"a misspelt kind", &resources.UnknownKindError{Name: "pdos"},
		`the server has no resource type "pdos": check its spelling, and its group when it is from a custom resource`},
	{"a key that comes twice in a file", &patch.DuplicateKeyError{Format: "YAML", Line: 5, Column: 3, FirstLine: 4},
		"invalid YAML at line 5, column 3: duplicate key, first on line 4"},
	{"an option that does not fit", &resources.OptionError{Option: "FieldManager", Problem: "it is empty"},
		"option FieldManager: it is empty"},
	{"a name that is no name", &transport.InvalidNameError{Name: "..", Problem: "it means another folder of the path"},
		`invalid name "..": it means another folder of the path; give the name of one object`},
	{"the server refuses a request", &transport.StatusError{Code: http.StatusForbidden, Method: "GET", Path: "/x"},
		"GET /x: the server answered 403 Forbidden"},
	{"a proxy answers in the server's place", &transport.StatusError{Code: http.StatusBadGateway, Method: "GET", Path: "/x", NoStatus: true, RetryAfter: time.Second},
		"GET /x: the server answered 502 Bad Gateway; try again in 1s"},
	{"a write is cut off", &transport.ConnectionError{Method: "POST", Path: "/x", Server: "10.0.0.1:6443", Sent: true, OutcomeUnknown: true, Err: errCut},
		"POST /x: the connection to 10.0.0.1:6443 was lost: unexpected EOF; the write may have happened: read the object before you send it again"},
	{"the server does not answer in time", &transport.TimeoutError{Method: "POST", Path: "/x", Limit: time.Second, OutcomeUnknown: true},
		"POST /x: the server did not finish its answer within 1s; raise the request timeout, or look at the server's load; the write may have happened: read the object before you send it again"},
	{"the server is silent", &transport.TimeoutError{Method: "GET", Path: "/x", Limit: transport.SilenceLimit, Silent: true},
		"GET /x: the server sent nothing for 1m10s; raise the request timeout, or look at the server's load"},
	{"the upgrade to a WebSocket fails", &transport.UpgradeError{Method: "GET", Path: "/x", Problem: "the response was 200 OK"},
		"GET /x: the connection did not become a WebSocket: the response was 200 OK; a proxy in between must pass on the header Upgrade"},
}

func TestMessagesOfTypedErrors(t *testing.T) {
	for _, m := range builtMessages {
		t.Run(m.situation, func(t *testing.T) {
			require.EqualError(t, m.err, m.text)
			require.NotContains(t, m.text, "\n")
		})
	}
}
