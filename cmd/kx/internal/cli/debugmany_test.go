package cli

import (
	"bytes"
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

	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugOfAllPodsPrintsALineEachInTheirOrder(t *testing.T) {
	c := start(t)
	c.web("kx-node", "kx-node", "kx-node")
	c.deployment("web", "web", 3)
	r := c.kx(debugs("shell", "deploy/web", "pod/web-1", "--all")...)
	require.Equal(t, 0, r.code, r.err)
	require.Equal(t, "pod/shell: tools\npod/web-0: tools\npod/web-1: tools\npod/web-2: tools\n", r.out, "each pod once")
	require.Regexp(t, `(?m)^4 of 4 pods have a debug container$`, r.err)
	for _, line := range lines(strings.TrimSpace(r.err)) {
		require.Regexp(t, `^pod/(shell|web-\d): waiting: |^4 of 4`, line)
	}
	require.Equal(t, result{0, "pod/web-0: more\npod/web-1: more\npod/web-2: more\n", ""},
		c.kx("debug", "-l", "app=web", "--all", "-q", "-c", "more", "--image", kxtest.BusyboxImage, "--", "sleep", "60"))
	require.Equal(t, result{0, "pod/web-0\npod/web-1\npod/web-2\n", ""},
		c.kx("debug", "-l", "app=web", "--all", "-q", "-o", "name", "--image", kxtest.BusyboxImage, "--", "sleep", "60"))
}

func TestDebugOfAllGoesOnWhereOnePodFails(t *testing.T) {
	c := start(t)
	c.web("kx-node", "kx-node")
	r := c.kx("debug", "web-0", "web-1", "nope", "shell", "--all", "-q", "-c", "main", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Equal(t, 125, r.code)
	require.Equal(t, "pod/web-0: main\npod/web-1: main\n", r.out)
	require.Regexp(t, `^error: pod/nope: GET \S+: pods "nope" not found \(404\)\nerror: pod/shell: pod "shell" has a container "main" already: [^\n]+\n$`, r.err)
	r = c.kx("debug", "web-0", "nope", "--all", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Contains(t, r.err, "\n1 of 2 pods have a debug container; 1 failed\n")
}

func TestDebugOfAllEndsWithTheFirstCodeOfAProgram(t *testing.T) {
	c := start(t)
	c.web("kx-node", "kx-node", "kx-node")
	words := []string{"debug", "-l", "app=web", "--all", "-q", "-c", "tools", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "exit ${HOSTNAME#web-}"}
	c.kx(words...)
	require.Eventually(t, func() bool { return bytes.Contains(c.Pod("default", "web-2"), []byte(`"exitCode":2`)) }, 10*time.Second, time.Millisecond)
	r := c.kx(words...) // adopts those that have ended
	require.Equal(t, 1, r.code, r.err)
	require.Equal(t, "pod/web-0: tools\npod/web-1: tools\npod/web-2: tools\n", r.out)
	require.Contains(t, r.err, "error: pod/web-1: container \"tools\" of pod \"web-1\" ended with code 1 (Error)\n")
	require.Equal(t, 125, c.kx(slices.Insert(slices.Delete(slices.Clone(words), 1, 3), 1, "web-2", "nope")...).code, "a failure of kx is no program's")
}

func TestDebugOfAllLeavesOutPodsThatHaveEnded(t *testing.T) {
	c := start(t)
	c.web("kx-node", "kx-node")
	_, err := c.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-9","labels":{"app":"web"}},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]},"status":{"phase":"Failed"}}`)
	require.NoError(t, err)
	r := c.kx(debugs("-l", "app=web", "--all")...)
	require.Equal(t, 0, r.code, r.err)
	require.Contains(t, r.err, "pod/web-9: left out: it has ended (Failed)\n")
	require.Contains(t, r.err, "2 of 2 pods have a debug container\n")
	r = c.kx(debugs("-l", "app=web", "--field-manager", "me", "-q", "--all", "-o", "json")...)
	require.Len(t, decodeResults(t, r.out).Items, 2)
}

func TestAServersDryRunOfAllTellsWhereItWouldBeRefused(t *testing.T) {
	c := start(t)
	r := c.kx("debug", "distroless", "shell", "--all", "-c", "tools", "--image", kxtest.BusyboxImage, "--target", "app", "--dry-run=server")
	require.Equal(t, 125, r.code)
	require.Equal(t, "pod/distroless: tools (server dry run)\n", r.out)
	require.Contains(t, r.err, `error: pod/shell: PATCH`)
	require.Empty(t, ephemeral(t, c, "distroless"))
}

func TestDebugOfAllThatIsInterruptedNamesWhatStays(t *testing.T) {
	c := start(t, kxtest.WithSlowPull("registry.example/slow:1", time.Hour))
	c.web(slices.Repeat([]string{"kx-node"}, 12)...)
	for _, format := range []string{"", "json"} {
		t.Run(format, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			c.ForgetRequests()
			defer once(t, func() { cancel(errors.New("interrupt")) }, func() bool { return c.watched() == 10 })()
			words := []string{"--kubeconfig", c.kubeconfig, "debug", "-l", "app=web", "--all", "-c", "tools" + format, "--image", "registry.example/slow:1"}
			if format != "" {
				words = append(words, "-o", format)
			}
			r := execute(ctx, "", words...)
			require.Equal(t, 125, r.code)
			require.Equal(t, 10, strings.Count(r.err, "error: "), r.err)
			require.Contains(t, r.err, fmt.Sprintf("error: pod/web-0: container \"tools%s\" stays in pod \"web-0\" and may still start: \"kx debug ls web-0 --kubeconfig %s\" shows it\n", format, c.kubeconfig))
			require.Contains(t, r.err, "0 of 12 pods have a debug container; 10 failed; interrupted before 2 were begun\n")
			if format == "" {
				require.Empty(t, r.out)
				return
			}
			results := decodeResults(t, r.out)
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

// watched counts the pods that kx watches: their containers have been added.
func (c *cluster) watched() int {
	pods := map[string]bool{}
	for _, r := range c.Requests() {
		if r.Query.Has("watch") && strings.HasSuffix(r.Path, "/pods") {
			pods[r.Query.Get("fieldSelector")] = true
		}
	}
	return len(pods)
}

// decodeResults reads the one document that stdout holds.
func decodeResults(t *testing.T, out string) (results debugResults) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &results, json.RejectUnknownMembers(true)), out)
	return results
}

func TestTheResultOfOnePodIsOneObject(t *testing.T) {
	c := start(t)
	r := c.kx("debug", "distroless", "-q", "-o", "json", "-c", "tools", "--target", "app", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	require.Equal(t, result{0, `{
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
`, ""}, r)
	r = c.kx("debug", "distroless", "-q", "-o", "yaml", "-c", "tools", "--target", "app", "--image", kxtest.BusyboxImage, "--", "sleep", "60")
	var again map[string]any
	require.NoError(t, yaml.Unmarshal([]byte(r.out), &again))
	require.Equal(t, true, again["adopted"])
	require.Equal(t, "pod/distroless\n", c.kx("debug", "distroless", "-q", "-o", "name", "-c", "tools", "--target", "app", "--image", kxtest.BusyboxImage, "--", "sleep", "60").out)
}

func TestTheResultTellsHowAContainerEnded(t *testing.T) {
	c := start(t)
	words := []string{"debug", "shell", "-q", "-o", "json", "-c", "tools", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "exit 7"}
	c.kx(words...)
	require.Eventually(t, func() bool { return bytes.Contains(c.Pod("default", "shell"), []byte(`"exitCode":7`)) }, 10*time.Second, time.Millisecond)
	r := c.kx(words...)
	require.Equal(t, 1, r.code)
	var one debugResult
	require.NoError(t, json.Unmarshal([]byte(r.out), &one))
	require.Equal(t, debugResult{Namespace: "default", Pod: "shell", Container: "tools", Image: kxtest.BusyboxImage, State: "ended", ExitCode: new(7), Reason: "Error",
		Adopted: true, Profile: "general"}, one)
	require.Contains(t, r.err, `error: container "tools" of pod "shell" ended with code 7 (Error)`)
}

func TestTheResultOfAFailureIsADocumentToo(t *testing.T) {
	c := start(t)
	r := c.kx("debug", "shell", "-q", "-o", "json", "-c", "tools", "--image", "nope:1", "--image-pull-policy", "Never")
	require.Equal(t, 1, r.code)
	var one debugResult
	require.NoError(t, json.Unmarshal([]byte(r.out), &one))
	require.Equal(t, "ErrImageNeverPull", one.Reason)
	require.Equal(t, "tools", one.Container, "it is in the pod")
	require.Empty(t, one.State)
	require.Contains(t, one.Error, `container tools of pod shell does not run: ErrImageNeverPull`)
	require.Equal(t, 1, strings.Count(r.err, "error: "), r.err)

	r = c.kx("debug", "nope", "-q", "-o", "json", "--image", "x")
	require.Equal(t, 1, r.code)
	one = debugResult{}
	require.NoError(t, json.Unmarshal([]byte(r.out), &one))
	require.Equal(t, "nope", one.Pod)
	require.Contains(t, one.Error, "not found")
}

func TestTheResultsOfAllAreOneDocumentWhateverHappens(t *testing.T) {
	c := start(t)
	r := c.kx(debugs("shell", "--all", "-q", "-o", "json")...)
	require.Equal(t, 0, r.code, r.err)
	one := decodeResults(t, r.out)
	require.Len(t, one.Items, 1, "of one pod as well")
	require.Equal(t, debugSummary{Pods: 1, Done: 1}, one.Summary)

	r = c.kx(debugs("shell", "distroless", "nope", "--all", "-q", "-o", "json")...)
	require.Equal(t, 125, r.code)
	three := decodeResults(t, r.out)
	require.Equal(t, debugSummary{Pods: 3, Done: 2, Failed: 1}, three.Summary)
	require.Equal(t, "distroless nope shell", fmt.Sprint(three.Items[0].Pod, " ", three.Items[1].Pod, " ", three.Items[2].Pod))
	require.Contains(t, three.Items[1].Error, `pods "nope" not found`)
	require.True(t, three.Items[2].Adopted)

	r = c.kx(debugs("deploy/nope", "--all", "-q", "-o", "yaml")...)
	require.Equal(t, 125, r.code)
	require.Regexp(t, `^items: \[\]\nsummary:\n  pods: 0\n  done: 0\n  failed: 0\nerror: .* not found`, r.out)
}

func TestWhatFailedBeforeAnInterruptionIsToldAsItFailed(t *testing.T) {
	c := start(t, kxtest.WithSlowPull("registry.example/slow:1", time.Hour))
	c.web(slices.Repeat([]string{"kx-node"}, 9)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer once(t, func() { cancel(errors.New("interrupt")) }, func() bool {
		// The tenth of ten at a time has done with y by then.
		return c.watched() == 9 && slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return strings.HasSuffix(r.Path, "/pods/z") })
	})()
	words := []string{"--kubeconfig", c.kubeconfig, "debug"}
	for i := range 9 {
		words = append(words, fmt.Sprintf("web-%d", i))
	}
	r := execute(ctx, "", append(words, "y", "z", "--all", "-q", "-c", "tools", "--image", "registry.example/slow:1")...)
	require.Equal(t, 125, r.code)
	require.Contains(t, r.err, `error: pod/web-8: container "tools" stays in pod "web-8" and may still start`)
	require.Regexp(t, `(?m)^error: pod/y: GET \S+: pods "y" not found \(404\)$`, r.err)
}
