package cli

import (
	"bytes"
	"context"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// tools are the first words of kx debug with a container of that name.
func tools(words ...string) []string {
	return append([]string{"debug", "distroless", "-c", "tools", "-q", "--image", kxtest.BusyboxImage}, words...)
}

func TestDebugEndsAsTheContainersProgram(t *testing.T) {
	for input, want := range map[string]result{
		"exit 7\n":                         {7, "", ""},
		"echo out; echo err >&2; exit 3\n": {3, "out\n", "err\n"},
		"ls /proc/1/root/app\n":            {0, "/proc/1/root/app\n", ""},
		"":                                 {0, "", ""},
	} {
		t.Run(input, func(t *testing.T) {
			require.Equal(t, want, start(t).pipe(input, tools("-i", "--target", "app", "--", "sh")...))
		})
	}
}

func TestDebugSaysWhichContainerItStaysWith(t *testing.T) {
	r := start(t).pipe("exit 7\n", "debug", "distroless", "-i", "--image", kxtest.BusyboxImage, "--", "sh")
	require.Equal(t, 7, r.code)
	require.Empty(t, r.out)
	require.Regexp(t, `(?m)^Defaulted the container's name to "debugger-\w{5}"$`, r.err)
}

func TestDebugOfAContainerThatHasEndedGivesItsLogAndItsCode(t *testing.T) {
	c := start(t)
	words := tools("-i", "--", "sh", "-c", "cat; seq 2000; exit 5")
	require.Equal(t, 5, c.pipe("once\n", words...).code)
	r := c.pipe("twice\n", words...)
	require.Equal(t, 5, r.code)
	require.Equal(t, "Warning: container \"tools\" of pod \"distroless\" is there already: no other was added\n", r.err)
	require.True(t, strings.HasPrefix(r.out, "once\n1\n"), r.out)
	require.Len(t, lines(r.out), 2001)
}

func TestDebugCanAttachWithoutStdin(t *testing.T) {
	c := start(t)
	require.Equal(t, result{4, "x\n", ""}, c.kx(tools("--attach", "--", "sh", "-c", "sleep 0.3; echo x; exit 4")...))
	require.NotContains(t, ephemeral(t, c, "distroless")[0], "stdin")
}

func TestDebugCanLeaveStdinForLater(t *testing.T) {
	c := start(t)
	require.Equal(t, result{0, "pod/distroless: tools\n", ""}, c.kx(tools("-it", "--attach=false", "--", "sh")...))
	added := ephemeral(t, c, "distroless")[0]
	require.Equal(t, []any{true, true, nil}, []any{added["stdin"], added["tty"], added["stdinOnce"]})

	r := c.pipe("exit 6\r", "attach", "distroless", "-c", "tools", "-iq")
	require.Equal(t, 6, r.code)
	require.Contains(t, r.out, "exit 6")
}

func TestTheDryRunOfDebugShowsWhatAttachingWouldAdd(t *testing.T) {
	c := start(t)
	out := c.done(tools("-i", "--dry-run=server", "-o", "json", "--", "sh")...)
	require.Contains(t, out, `"stdinOnce": true`)
	require.Empty(t, ephemeral(t, c, "distroless"))
}

func TestDebugThatCannotStartOrAttachIsAFailureOfKx(t *testing.T) {
	c := start(t)
	require.Regexp(t, `does not run: RunContainerError`, c.kx(tools("-i", "--", "nosuch")...).fails(t, 125))
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/attach", Then: kxtest.CutStream(math.MaxInt)})
	require.Regexp(t, `^error: container lost is in pod distroless: attach in container "lost" of pod "distroless": the stream was lost`,
		c.kx("debug", "distroless", "-c", "lost", "-qi", "--image", kxtest.BusyboxImage, "--", "cat").fails(t, 125))
}

func TestASignalEndsDebug(t *testing.T) {
	c := start(t, kxtest.WithSlowPull("registry.example/slow:1", time.Hour))
	t.Run("by the end of stdin", func(t *testing.T) {
		require.Equal(t, result{9, "ready\n", ""}, interrupt(t, c, tools("-i", "--", "sh", "-c", "sleep 0.3; echo ready; cat; exit 9")...))
	})
	t.Run("and says what stays when the program does not end", func(t *testing.T) {
		r := interrupt(t, c, "debug", "distroless", "-c", "deaf", "-q", "-i", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "sleep 0.3; echo ready; sleep 60")
		require.Equal(t, result{125, "ready\n", "error: interrupted: container \"deaf\" stays in pod \"distroless\" and may still run: " +
			`"kx attach distroless -c deaf -i --kubeconfig ` + c.kubeconfig + `" returns to it, "kx debug stop distroless deaf --kubeconfig ` + c.kubeconfig + "\" ends it\n"}, r)
	})
	t.Run("while it waits for the container", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c.ForgetRequests()
		defer once(t, cancel, func() bool {
			return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return r.Query.Has("watch") })
		})()
		require.Equal(t, `error: interrupted: container "slow" stays in pod "distroless" and may still start: "kx debug ls distroless --kubeconfig `+c.kubeconfig+`" shows it`,
			execute(ctx, "", "--kubeconfig", c.kubeconfig, "debug", "distroless", "-c", "slow", "--image", "registry.example/slow:1", "-iq").fails(t, 125))
	})
	require.True(t, bytes.Contains(c.Pod("default", "distroless"), []byte(`"slow"`)))
}
