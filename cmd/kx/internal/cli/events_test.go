package cli

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// addEvent creates an event about an object. times are members such as "count".
func addEvent(t *testing.T, c *clitest.Cluster, name, about, typ, message, times string) {
	quoted, err := json.Marshal(message)
	require.NoError(t, err)
	_, err = c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Event", "metadata": {"name": %q, "namespace": "kube-public"}, "involvedObject": %s,
		"type": %q, "reason": "Tested", "message": %s, "source": {"component": "test"}%s}`, name, about, typ, quoted, times))
	require.NoError(t, err)
}

// before returns the time of an event that long ago.
func before(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339) }

const (
	aboutPod        = `{"kind": "Pod", "namespace": "kube-public", "name": "web", "apiVersion": "v1"}`
	aboutDeployment = `{"kind": "Deployment", "namespace": "kube-public", "name": "web", "apiVersion": "apps/v1"}`
	aboutOther      = `{"kind": "Deployment", "namespace": "kube-public", "name": "web", "apiVersion": "example.com/v1"}`
)

// withEvents starts a server with events of four ages. The ages are in hours, which a slow test
// does not change.
func withEvents(t *testing.T) *clitest.Cluster {
	c := clitest.Start(t)
	addEvent(t, c, "c", aboutPod, "Warning", "twice", `, "count": 2, "firstTimestamp": "`+before(50*time.Hour+time.Minute)+`", "lastTimestamp": "`+before(9*time.Hour+time.Minute)+`"`)
	addEvent(t, c, "a", aboutPod, "Normal", "\x1b[31mold\nnews ", `, "count": 1, "firstTimestamp": "`+before(10*24*time.Hour+time.Minute)+`", "lastTimestamp": "`+before(240*time.Hour)+`"`)
	addEvent(t, c, "b", aboutDeployment, "Normal", "a series", `, "eventTime": "`+time.Now().Add(-20*time.Hour-time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z")+
		`", "series": {"count": 7, "lastObservedTime": "`+time.Now().Add(-12*time.Hour-time.Minute).UTC().Format("2006-01-02T15:04:05.000000Z")+`"}, "action": "a", "reportingComponent": "x/y", "reportingInstance": "z"`)
	addEvent(t, c, "d", aboutOther, "Normal", "another group", `, "count": 1, "firstTimestamp": "`+before(8*time.Hour+time.Minute)+`", "lastTimestamp": "`+before(8*time.Hour)+`"`)
	return c
}

const tableOfEvents = "LAST SEEN           TYPE      REASON   OBJECT           MESSAGE\n" +
	"10d                 Normal    Tested   Pod/web          [31mold news\n" +
	"12h (x7 over 20h)   Normal    Tested   Deployment/web   a series\n" +
	"9h (x2 over 2d2h)   Warning   Tested   Pod/web          twice\n" +
	"8h                  Normal    Tested   Deployment/web   another group\n"

func TestEventsAreSortedByTheTimeTheyWereLastSeen(t *testing.T) {
	c := withEvents(t)
	require.Equal(t, tableOfEvents, c.MustRun("events", "-n", "kube-public"))
	require.Equal(t, "event/a\nevent/b\nevent/c\nevent/d\n", c.MustRun("events", "-n", "kube-public", "-o", "name"))
	require.Contains(t, c.MustRun("events", "-A"), "NAMESPACE     LAST SEEN ")
	require.Equal(t, "a b c d", c.MustRun("events", "-n", "kube-public", "-o", "jsonpath={.items[*].metadata.name}"))
	require.Regexp(t, `(?s)^apiVersion: v1\nitems:\n- .*twice.*kind: List\n`, c.MustRun("events", "-n", "kube-public", "-o", "yaml"))
}

func TestEventsAreThoseOfOneObject(t *testing.T) {
	c := withEvents(t)
	c.ForgetRequests()
	for _, test := range []struct {
		args []string
		out  string
	}{
		{[]string{"web", "--no-headers"}, "10d                 Normal    Tested   Pod/web   [31mold news\n9h (x2 over 2d2h)   Warning   Tested   Pod/web   twice\n"},
		{[]string{"pod/web", "--types", "Warning", "--no-headers"}, "9h (x2 over 2d2h)   Warning   Tested   Pod/web   twice\n"},
		{[]string{"--for", "deployments.apps/web", "--no-headers"}, "12h (x7 over 20h)   Normal   Tested   Deployment/web   a series\n"},
		{[]string{"web", "-A", "--types", "Warning", "--no-headers"}, "kube-public   9h (x2 over 2d2h)   Warning   Tested   Pod/web   twice\n"},
		{[]string{"deploy/web", "--types", "Normal,warning", "--no-headers"}, "12h (x7 over 20h)   Normal   Tested   Deployment/web   a series\n"},
	} {
		require.Equal(t, test.out, c.MustRun(append([]string{"events", "-n", "kube-public"}, test.args...)...), test.args)
	}
	require.Contains(t, c.Requests()[1].Query.Get("fieldSelector"), "type=Warning")
	require.Equal(t, clitest.Result{Err: "No events found in kube-public namespace.\n"}, c.Kx("events", "none", "-n", "kube-public"))
}

func TestEventsAreWatched(t *testing.T) {
	c := withEvents(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, err clitest.LockedBuffer
	ended := make(chan int)
	go func() {
		ended <- clitest.Run(ctx, strings.NewReader(""), &out, &err, []string{"--kubeconfig", c.KubeconfigFile, "events", "web", "-w", "-n", "kube-public"})
	}()
	clitest.WaitUntil(t, watched(c), "kx watches")
	addEvent(t, c, "e", aboutPod, "Normal", "late", `, "count": 1, "firstTimestamp": "`+before(72*time.Hour+time.Minute)+`", "lastTimestamp": "`+before(time.Hour)+`"`)
	addEvent(t, c, "f", aboutOther, "Normal", "of another object", "")
	addEvent(t, c, "g", aboutPod, "Normal", "last", "")
	const row = "3d                  Normal    Tested   Pod/web   late\n" + "<unknown>           Normal    Tested   Pod/web   last\n"
	clitest.WaitUntil(t, func() bool { return strings.HasSuffix(out.String(), row) }, "the events are printed")
	cancel()
	require.Equal(t, 1, <-ended)
	require.Empty(t, err.String())
	r := c.Kx("events", "web", "-w", "-n", "kube-public", "--no-headers", "--request-timeout", "3s")
	require.Zero(t, r.Code, r.Err)
	require.Contains(t, r.Out, "Tested   Pod/web   last\n")
}

func TestEventsRefusesInvalidArguments(t *testing.T) {
	for _, args := range [][]string{{"a", "b"}, {"a", "--for", "pod/a"}, {"--for", "a"}, {"--types", "Bad"}, {"pod/"}, {"-o", "wide"}, {"-o", "jsonpath={"}} {
		require.Regexp(t, `; see kx events --help$`, clitest.Execute(t.Context(), "", append([]string{"events"}, args...)...).RequireError(t, 2), args)
	}
}
