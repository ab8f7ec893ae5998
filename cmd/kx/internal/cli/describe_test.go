package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
)

// recordedPages are pods of a real cluster, with their events.
const recordedPages = "../../../../internal/diagnosis/testdata/"

// recordedPage returns the page of a recorded pod before it is written.
func recordedPage(t *testing.T, file string) *podPage {
	document, err := os.ReadFile(file)
	require.NoError(t, err)
	var recorded struct {
		Now    time.Time             `json:"now"`
		Pod    *resources.PodOutline `json:"pod"`
		Events []*resources.Event    `json:"events"`
	}
	require.NoError(t, json.Unmarshal(document, &recorded))
	pod, err := diagnosis.Read(recorded.Pod)
	require.NoError(t, err)
	node := new(diagnosis.Node)
	node.Status.Conditions = []diagnosis.Condition{{Type: "Ready", Status: "True"}}
	return &podPage{describeCommand: &describeCommand{Invocation: new(command.Invocation), showEvents: true},
		podFacts: &podFacts{pod: pod, node: node, events: recorded.Events}, now: recorded.Now}
}

func TestThePageOfAPodThatEndsAgainAndAgain(t *testing.T) {
	require.Equal(t, `Pod         shop/oom
Status      Running, created 97s ago
Node        kx-node (127.0.0.1), ready
IP          10.88.18.36
QoS         Guaranteed
Account     default

Conditions not met
  Ready             False   4s ago   ContainersNotReady: containers with unready status: [app]
  ContainersReady   False   4s ago   ContainersNotReady: containers with unready status: [app]

Container app
  Image     kx.local/busybox:1 (sha256:204a564a4d03)
  State     waiting since the exit 4s ago: CrashLoopBackOff: back-off 1m20s restarting failed container=app pod=oom_shop(626ff8fc-3aa5-46eb-b199-f91d4dfc986b)
  Ready     no, restarts: 4
  Last exit OOMKilled, code 137 (SIGKILL), 4s ago after a run of 2s
  Requests  cpu 500m, memory 20Mi
  Limits    cpu 500m, memory 20Mi

Events
  96s                 Normal    Scheduled         Successfully assigned shop/oom to kx-node
  21s (x6 over 84s)   Warning   BackOff     app   Back-off restarting failed container app in pod oom_shop(626ff8fc-3aa5-46eb-b199-f91d4dfc986b)
  6s (x5 over 95s)    Normal    Pulled      app   Container image "kx.local/busybox:1" already present on machine and can be accessed by the pod
  6s (x5 over 93s)    Normal    Created     app   Container created
  6s (x5 over 92s)    Normal    Started     app   Container started

What to try next
  Container app was killed at its memory limit of 20Mi. Raise the limit, or find what takes the memory.
    kx logs oom -c app -p
    kx get pod oom -o yaml
`, string(recordedPage(t, recordedPages+"oom.json").bytes()))
}

func TestThePageOfAPodIsBounded(t *testing.T) {
	page := recordedPage(t, recordedPages+"healthy.json")
	page.pod.Status.Message = strings.Repeat("é", 2*maxTextShown)
	page.events = nil
	for i := range 3 * maxEventsShown {
		page.events = append(page.events, &resources.Event{Reason: fmt.Sprintf("Reason%d", i)})
	}
	text := string(page.bytes())
	require.Regexp(t, `\nEvents\n  40 earlier ones: kx events healthy\n  <unknown> +Reason40`, text)
	require.NotContains(t, text, "Reason39")
	require.Contains(t, text, "Reason59")
	require.Less(t, len(text), 10*maxTextShown)
	page = recordedPage(t, recordedPages+"healthy.json")
	page.showEvents = false
	require.NotContains(t, string(page.bytes()), "\nEvents\n")
}

func TestThePageOfAPodCannotDriveATerminal(t *testing.T) {
	page := recordedPage(t, recordedPages+"crash1.json")
	const hostile = "\x1b[2J'$(x)\n\u202e"
	page.pod.Metadata.Name = hostile
	page.pod.Spec.Containers[0].Name, page.pod.Status.Containers[0].Name = hostile, hostile
	page.pod.Status.Conditions[0].Message, page.events[0].Message = hostile, hostile
	text := string(page.bytes())
	require.NotContains(t, text, "\x1b")
	require.NotContains(t, text, "\u202e")
	require.Contains(t, text, `    kx logs '\x1b[2J'\''$(x) \u202e' -c '\x1b[2J'\''$(x) \u202e' -p`+"\n", "a shell reads it as one word")
}

func TestThePageOfADebugContainer(t *testing.T) {
	c := clitest.Start(t)
	c.MustRun("debug", "distroless", "-q", "--image", "kx.local/busybox:1", "--target", "app", "-c", "tools", "--", "sleep", "600")
	clitest.WaitUntil(t, func() bool { return strings.Contains(c.MustRun("describe", "pod", "distroless"), "running") }, "it runs")
	text := c.MustRun("describe", "pod/distroless", "-n", "default")
	flags := " -n default --kubeconfig " + c.KubeconfigFile
	require.Regexp(t, `(?m)^Debug container tools
  Image     kx\.local/busybox:1.*
  Target    app
  Profile   general: SYS_PTRACE
  State     running, started \d+s ago
  Get in    kx exec distroless -c tools -it`+flags+` -- sh
  Stop      kx debug stop distroless tools`+flags+`$`, text)
}

func TestAPodIsDescribedWithoutItsNodeAndEvents(t *testing.T) {
	c := clitest.Start(t)
	text := c.As("kx-viewer").MustRun("describe", "po", "shell")
	require.Contains(t, text, `, which cannot be read: GET `)
	require.Contains(t, text, "Nothing is wrong that kx can see")
	page := recordedPage(t, recordedPages+"healthy.json")
	page.eventsErr, page.events = os.ErrPermission, nil
	require.Contains(t, string(page.bytes()), "\nEvents\n  cannot be read: permission denied\n")
}

func TestOnePodOfAWorkloadIsDescribed(t *testing.T) {
	c := clitest.Start(t)
	for _, name := range []string{"web-1", "web-2", "web-3"} {
		spec := `"schedulerName": "none"`
		if name == "web-2" {
			spec = `"terminationGracePeriodSeconds": 0`
		}
		_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": %q, "labels": {"app": "web"}},
			"spec": {%s, "containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "600"]}]}}`, name, spec))
		require.NoError(t, err)
	}
	c.WaitForPod("default", "web-2", `"ready":true`)
	r := c.Kx("describe", "pods", "-l", "app=web")
	require.Equal(t, 0, r.Code)
	require.Equal(t, "Using pod/web-2 of -l app=web (3 pods); not ready: web-1, web-3\n", r.Err)
	require.True(t, strings.HasPrefix(r.Out, "Pod         default/web-2\nStatus      Running, "), r.Out)
	require.Contains(t, c.MustRun("describe", "pod", "web-1"), "No scheduler has handled the pod. Its schedulerName is none")
	require.Equal(t, `error: no pod in namespace "default" has labels that match "app=none"`, c.Kx("describe", "pod", "-l", "app=none").RequireError(t, 1))
}

func TestDescribeRefusesInvalidArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"pod"}, {"pod", "a", "b"}, {"pod/a", "b"}, {"pod", "a/b"}, {"pod", "a", "-l", "a=b"}, {"svc", "-l", "a=b"}, {"node", "n"}, {"nodes"}, {"widgets.example.com", "w"}, {"web-0"}, {"pod", "a", "-o", "yaml"}} {
		require.Regexp(t, `; see kx describe --help$`, clitest.Execute(t.Context(), "", append([]string{"describe"}, args...)...).RequireError(t, 2), args)
	}
}

func TestTheCommandsToTypeNextExist(t *testing.T) {
	files, err := filepath.Glob(recordedPages + "*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		page := recordedPage(t, file)
		for _, finding := range diagnosis.Diagnose(page.pod, page.events, page.node, page.now) {
			require.NotEmpty(t, finding.Commands, finding.Text)
			for _, words := range finding.Commands {
				cmd, rest, err := NewRoot(new(command.Invocation)).Find(words)
				require.NoError(t, err, words)
				require.True(t, cmd.HasParent(), words)
				require.NoError(t, cmd.ParseFlags(rest), words)
			}
		}
	}
}
