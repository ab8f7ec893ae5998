package debugcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugAllPrintsOneLinePerPodInOrder(t *testing.T) {
	c := clitest.Start(t)
	c.Web("kx-node", "kx-node", "kx-node")
	c.Deployment("web", "web", 3)
	r := c.Kx(clitest.DebugArgs("shell", "deploy/web", "pod/web-1", "--all")...)
	require.Equal(t, 0, r.Code, r.Err)
	require.Equal(t, "pod/shell: tools\npod/web-0: tools\npod/web-1: tools\npod/web-2: tools\n", r.Out, "each pod once")
	require.Regexp(t, `(?m)^4 of 4 pods have a debug container$`, r.Err)
	for _, line := range clitest.Lines(strings.TrimSpace(r.Err)) {
		require.Regexp(t, `^pod/(shell|web-\d): Waiting: |^4 of 4`, line)
	}
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/web-0: more\npod/web-1: more\npod/web-2: more\n", Err: ""},
		c.Kx("debug", "-l", "app=web", "--all", "-q", "-c", "more", "--image", kxtest.BusyboxImage, "--", "sleep", "60"))
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/web-0\npod/web-1\npod/web-2\n", Err: ""},
		c.Kx("debug", "-l", "app=web", "--all", "-q", "-o", "name", "--image", kxtest.BusyboxImage, "--", "sleep", "60"))
}

func TestDebugAllContinuesAfterAPodFails(t *testing.T) {
	c := clitest.Start(t)
	c.Web("kx-node", "kx-node")
	r := c.Kx("debug", "web-0", "web-1", "nope", "shell", "--all", "-q", "-c", "main", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Equal(t, 125, r.Code)
	require.Equal(t, "pod/web-0: main\npod/web-1: main\n", r.Out)
	require.Regexp(t, `^error: pod/nope: GET \S+: pods "nope" not found \(404\)\nerror: pod/shell: pod shell has a container main already: [^\n]+\n$`, r.Err)
	r = c.Kx("debug", "web-0", "nope", "--all", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Contains(t, r.Err, "\n1 of 2 pods have a debug container; 1 failed\n")
}

func TestDebugAllExitsWithTheFirstFailingProgramsCode(t *testing.T) {
	c := clitest.Start(t)
	c.Web("kx-node", "kx-node", "kx-node")
	words := []string{"debug", "-l", "app=web", "--all", "-q", "-c", "tools", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "exit ${HOSTNAME#web-}"}
	c.Kx(words...)
	c.WaitForPod("default", "web-2", `"exitCode":2`)
	r := c.Kx(words...) // adopts those that have ended
	require.Equal(t, 1, r.Code, r.Err)
	require.Equal(t, "pod/web-0: tools\npod/web-1: tools\npod/web-2: tools\n", r.Out)
	require.Contains(t, r.Err, "error: pod/web-1: container tools of pod web-1 ended with code 1 (Error)\n")
	require.Equal(t, 125, c.Kx(slices.Insert(slices.Delete(slices.Clone(words), 1, 3), 1, "web-2", "nope")...).Code, "a failure of kx is no program's")
}

func TestDebugAllSkipsPodsThatHaveEnded(t *testing.T) {
	c := clitest.Start(t)
	c.Web("kx-node", "kx-node")
	_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-9","labels":{"app":"web"}},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]},"status":{"phase":"Failed"}}`)
	require.NoError(t, err)
	r := c.Kx(clitest.DebugArgs("-l", "app=web", "--all")...)
	require.Equal(t, 0, r.Code, r.Err)
	require.Contains(t, r.Err, "pod/web-9: skipped: the pod has ended (Failed)\n")
	require.Contains(t, r.Err, "2 of 2 pods have a debug container\n")
	r = c.Kx(clitest.DebugArgs("-l", "app=web", "--field-manager", "me", "-q", "--all", "-o", "json")...)
	require.Len(t, decodeResults(t, r.Out).Items, 2)
}

func TestAServerDryRunOfAllReportsEachRefusal(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "distroless", "shell", "--all", "-c", "tools", "--image", kxtest.BusyboxImage, "--target", "app", "--dry-run=server")
	require.Equal(t, 125, r.Code)
	require.Equal(t, "pod/distroless: tools (server dry run)\n", r.Out)
	require.Contains(t, r.Err, `error: pod/shell: PATCH`)
	require.Empty(t, clitest.Ephemeral(t, c, "distroless"))
}

func TestAnInterruptedDebugAllNamesTheContainersThatStay(t *testing.T) {
	c := clitest.Start(t, kxtest.WithRegistryImage("registry.example/slow:1", time.Hour))
	c.Web(slices.Repeat([]string{"kx-node"}, 12)...)
	for _, format := range []string{"", "json"} {
		t.Run(format, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			c.ForgetRequests()
			defer clitest.When(t, func() { cancel(errors.New("interrupt")) }, func() bool { return c.Watched() == 10 })()
			words := []string{"--kubeconfig", c.KubeconfigFile, "debug", "-l", "app=web", "--all", "-c", "tools" + format, "--image", "registry.example/slow:1"}
			if format != "" {
				words = append(words, "-o", format)
			}
			r := clitest.Execute(ctx, "", words...)
			require.Equal(t, 125, r.Code)
			require.Equal(t, 10, strings.Count(r.Err, "error: "), r.Err)
			require.Contains(t, r.Err, fmt.Sprintf("error: pod/web-0: container tools%s stays in pod web-0 and may still start: see \"kx debug ls web-0 --kubeconfig %s\"\n", format, c.KubeconfigFile))
			require.Contains(t, r.Err, "0 of 12 pods have a debug container; 10 failed; 2 not started (interrupted)\n")
			if format == "" {
				require.Empty(t, r.Out)
				return
			}
			results := decodeResults(t, r.Out)
			require.Len(t, results.Items, 12)
			require.Equal(t, debugSummary{Pods: 12, Failed: 10, NotBegun: 2}, results.Summary)
			untouched := 0
			for _, item := range results.Items {
				require.NotEmpty(t, item.Error)
				if item.Container == "" {
					untouched++
					require.Equal(t, "interrupted: nothing was added", item.Error)
				} else {
					require.Contains(t, item.Error, "and may still start")
				}
			}
			require.Equal(t, 2, untouched)
		})
	}
}

// decodeResults reads the only document that stdout holds.
func decodeResults(t *testing.T, out string) (results debugResults) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &results, json.RejectUnknownMembers(true)), out)
	return results
}

func TestTheResultOfOnePodIsOneObject(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "distroless", "-q", "-o", "json", "-c", "tools", "--target", "app", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Equal(t, clitest.Result{Code: 0, Out: `{
    "namespace": "default",
    "pod": "distroless",
    "container": "tools",
    "image": "kx.local/busybox:1",
    "target": "app",
    "state": "running",
    "adopted": false,
    "profile": "general",
    "notices": [
        "The files of container app are under /proc/1/root"
    ]
}
`, Err: ""}, r)
	r = c.Kx("debug", "distroless", "-q", "-o", "yaml", "-c", "tools", "--target", "app", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	var second map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(r.Out), &second))
	require.Equal(t, true, second["adopted"])
	require.Equal(t, "pod/distroless\n", c.Kx("debug", "distroless", "-q", "-o", "name", "-c", "tools", "--target", "app", "--image", kxtest.BusyboxImage, "--", "sleep", "60").Out)
}

func TestTheResultHasTheExitOfTheContainer(t *testing.T) {
	c := clitest.Start(t)
	words := []string{"debug", "shell", "-q", "-o", "json", "-c", "tools", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "exit 7"}
	c.Kx(words...)
	c.WaitForPod("default", "shell", `"exitCode":7`)
	r := c.Kx(words...)
	require.Equal(t, 1, r.Code)
	var result debugResult
	require.NoError(t, json.Unmarshal([]byte(r.Out), &result))
	require.Equal(t, debugResult{Namespace: "default", Pod: "shell", Container: "tools", Image: kxtest.BusyboxImage, State: "ended", ExitCode: new(7), Reason: "Error",
		Adopted: true, Profile: "general"}, result)
	require.Contains(t, r.Err, `error: container tools of pod shell ended with code 7 (Error)`)
}

func TestAFailedRunPrintsAResultToo(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx("debug", "shell", "-q", "-o", "json", "-c", "tools", "--image", "nope:1", "--image-pull-policy", "Never")
	require.Equal(t, 1, r.Code)
	var result debugResult
	require.NoError(t, json.Unmarshal([]byte(r.Out), &result))
	require.Equal(t, "ErrImageNeverPull", result.Reason)
	require.Equal(t, "tools", result.Container, "it is in the pod")
	require.Empty(t, result.State)
	require.Contains(t, result.Error, `container tools of pod shell does not run: ErrImageNeverPull`)
	require.Equal(t, 1, strings.Count(r.Err, "error: "), r.Err)

	r = c.Kx("debug", "nope", "-q", "-o", "json", "--image", "x")
	require.Equal(t, 1, r.Code)
	result = debugResult{}
	require.NoError(t, json.Unmarshal([]byte(r.Out), &result))
	require.Equal(t, "nope", result.Pod)
	require.Contains(t, result.Error, "not found")
}

func TestTheResultsOfAllPodsAreAlwaysOneDocument(t *testing.T) {
	c := clitest.Start(t)
	r := c.Kx(clitest.DebugArgs("shell", "--all", "-q", "-o", "json")...)
	require.Equal(t, 0, r.Code, r.Err)
	result := decodeResults(t, r.Out)
	require.Len(t, result.Items, 1, "of one pod as well")
	require.Equal(t, debugSummary{Pods: 1, Done: 1}, result.Summary)

	r = c.Kx(clitest.DebugArgs("shell", "distroless", "nope", "--all", "-q", "-o", "json")...)
	require.Equal(t, 125, r.Code)
	three := decodeResults(t, r.Out)
	require.Equal(t, debugSummary{Pods: 3, Done: 2, Failed: 1}, three.Summary)
	require.Equal(t, "distroless nope shell", fmt.Sprint(three.Items[0].Pod, " ", three.Items[1].Pod, " ", three.Items[2].Pod))
	require.Contains(t, three.Items[1].Error, `pods "nope" not found`)
	require.True(t, three.Items[2].Adopted)

	r = c.Kx(clitest.DebugArgs("deploy/nope", "--all", "-q", "-o", "yaml")...)
	require.Equal(t, 125, r.Code)
	require.Regexp(t, `^items: \[\]\nsummary:\n  pods: 0\n  done: 0\n  failed: 0\nerror: .*\n  "nope" not found`, r.Out)
}

func TestAFailureBeforeAnInterruptIsReportedAsAFailure(t *testing.T) {
	c := clitest.Start(t, kxtest.WithRegistryImage("registry.example/slow:1", time.Hour))
	c.Web(slices.Repeat([]string{"kx-node"}, 9)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer clitest.When(t, func() { cancel(errors.New("interrupt")) }, func() bool {
		// The tenth of ten at a time has done with y by then.
		return c.Watched() == 9 && slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return strings.HasSuffix(r.Path, "/pods/z") })
	})()
	words := []string{"--kubeconfig", c.KubeconfigFile, "debug"}
	for i := range 9 {
		words = append(words, fmt.Sprintf("web-%d", i))
	}
	r := clitest.Execute(ctx, "", append(words, "y", "z", "--all", "-q", "-c", "tools", "--image", "registry.example/slow:1")...)
	require.Equal(t, 125, r.Code)
	require.Contains(t, r.Err, `error: pod/web-8: container tools stays in pod web-8 and may still start`)
	require.Regexp(t, `(?m)^error: pod/y: GET \S+: pods "y" not found \(404\)$`, r.Err)
}
