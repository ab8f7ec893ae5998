package debugcmd

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugExitsWithTheContainersExitCode(t *testing.T) {
	for input, want := range map[string]clitest.Result{
		"exit 7\n":                         {Code: 7, Out: "", Err: ""},
		"echo out; echo err >&2; exit 3\n": {Code: 3, Out: "out\n", Err: "err\n"},
		"ls /proc/1/root/app\n":            {Code: 0, Out: "/proc/1/root/app\n", Err: ""},
		"":                                 {Code: 0, Out: "", Err: ""},
	} {
		t.Run(input, func(t *testing.T) {
			require.Equal(t, want, clitest.Start(t).Pipe(input, clitest.DebugTools("-i", "--target", "app", "--", "sh")...))
		})
	}
}

func TestDebugPrintsTheNameOfTheContainerItAttachesTo(t *testing.T) {
	r := clitest.Start(t).Pipe("exit 7\n", "debug", "distroless", "-i", "--image", kxtest.BusyboxImage, "--", "sh")
	require.Equal(t, 7, r.Code)
	require.Empty(t, r.Out)
	require.Regexp(t, `(?m)^Adding container debugger-\w{5}$`, r.Err)
}

func TestDebugOfAnEndedContainerPrintsItsLogAndExitsWithItsCode(t *testing.T) {
	c := clitest.Start(t)
	words := clitest.DebugTools("-i", "--", "sh", "-c", "cat; seq 2000; exit 5")
	require.Equal(t, 5, c.Pipe("once\n", words...).Code)
	r := c.Pipe("twice\n", words...)
	require.Equal(t, 5, r.Code)
	require.Equal(t, "Warning: pod distroless has container tools already: no container was added\n", r.Err)
	require.True(t, strings.HasPrefix(r.Out, "once\n1\n"), r.Out)
	require.Len(t, clitest.Lines(r.Out), 2001)
}

func TestDebugCanAttachWithoutStdin(t *testing.T) {
	c := clitest.Start(t)
	attach := func() bool {
		return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return strings.HasSuffix(r.Path, "/attach") })
	}
	defer clitest.When(t, func() { // the program ends after the attach
		assert.Equal(t, clitest.Result{}, c.Kx("exec", "distroless", "-c", "tools", "-q", "--", "touch", "/attached"))
	}, attach)()
	require.Equal(t, clitest.Result{Code: 4, Out: "x\n", Err: ""}, c.Kx(clitest.DebugTools("--attach", "--", "sh", "-c", "until [ -e /attached ]; do sleep 0.01; done; echo x; exit 4")...))
	require.NotContains(t, clitest.Ephemeral(t, c, "distroless")[0], "stdin")
}

func TestDebugOpensStdinForALaterAttach(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, clitest.Result{Code: 0, Out: "pod/distroless: tools\n", Err: ""}, c.Kx(clitest.DebugTools("-it", "--attach=false", "--", "sh")...))
	require.Equal(t, streamFields{stdin: true, tty: true}, streamFieldsOf(clitest.Ephemeral(t, c, "distroless")[0]))

	r := c.Pipe("exit 6\r", "attach", "distroless", "-c", "tools", "-iq")
	require.Equal(t, 6, r.Code)
	require.Contains(t, r.Out, "exit 6")
}

func TestAServerDryRunPrintsTheStreamsOfAnAttach(t *testing.T) {
	c := clitest.Start(t)
	out := c.MustRun(clitest.DebugTools("-i", "--dry-run=server", "-o", "json", "--", "sh")...)
	require.Contains(t, out, `"stdinOnce": true`)
	require.Empty(t, clitest.Ephemeral(t, c, "distroless"))
}

func TestDebugExitsWith127Or126IfTheProgramCannotStartAndWith125IfKxFails(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, `error: container tools of pod distroless does not run: RunContainerError: nosuch is not in container tools's image`,
		c.Kx(clitest.DebugTools("-i", "--", "nosuch")...).RequireError(t, 127))
	require.Equal(t, `error: container plain of pod distroless does not run: RunContainerError: /etc/passwd is not executable: permission denied`,
		c.Kx("debug", "distroless", "-c", "plain", "-qi", "--image", kxtest.BusyboxImage, "--", "/etc/passwd").RequireError(t, 126))
	require.Equal(t, 1, c.Kx("debug", "distroless", "-c", "alone", "-q", "--image", kxtest.BusyboxImage, "--", "nosuch").Code, "without -i no code is a program's")
	missing := []string{"debug", "distroless", "-c", "missing", "-qi", "--image", "kx.local/missing:1", "--image-pull-policy", "Never", "--", "sh"}
	require.Regexp(t, `does not run: ErrImageNeverPull`, c.Kx(missing...).RequireError(t, 125))
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/attach", Then: kxtest.CutStream(math.MaxInt)})
	require.Regexp(t, `^error: container lost stays in pod distroless: attach in container lost of pod distroless: the stream was lost`,
		c.Kx("debug", "distroless", "-c", "lost", "-qi", "--image", kxtest.BusyboxImage, "--", "cat").RequireError(t, 125))
}

func TestASignalEndsDebug(t *testing.T) {
	c := clitest.Start(t, kxtest.WithRegistryImage("registry.example/slow:1", time.Hour))
	t.Run("a program that reads stdin ends at EOF", func(t *testing.T) {
		require.Equal(t, clitest.Result{Code: 9, Out: "ready\n", Err: ""}, clitest.Interrupt(t, c, clitest.DebugTools("-i", "--", "sh", "-c", "echo ready; cat; exit 9")...))
	})
	t.Run("a program that does not end stays, and kx prints how to reattach", func(t *testing.T) {
		r := clitest.Interrupt(t, c, "debug", "distroless", "-c", "deaf", "-q", "-i", "--image", kxtest.BusyboxImage, "--", "sh", "-c", "echo ready; sleep 60")
		require.Equal(t, clitest.Result{Code: 125, Out: "ready\n", Err: "error: interrupted: container deaf stays in pod distroless and may still run: reattach with " +
			`"kx attach distroless -c deaf -i --kubeconfig ` + c.KubeconfigFile + `", stop it with "kx debug stop distroless deaf --kubeconfig ` + c.KubeconfigFile + "\"\n"}, r)
	})
	t.Run("the wait for the container ends", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c.ForgetRequests()
		defer clitest.When(t, cancel, func() bool {
			return slices.ContainsFunc(c.Requests(), func(r kxtest.Request) bool { return r.Query.Has("watch") })
		})()
		require.Equal(t, `error: interrupted: container slow stays in pod distroless and may still start: see "kx debug ls distroless --kubeconfig `+c.KubeconfigFile+`"`,
			clitest.Execute(ctx, "", "--kubeconfig", c.KubeconfigFile, "debug", "distroless", "-c", "slow", "--image", "registry.example/slow:1", "-iq").RequireError(t, 125))
	})
	require.True(t, bytes.Contains(c.Pod("default", "distroless"), []byte(`"slow"`)))
}

func TestRecordWithoutASessionIsRefused(t *testing.T) {
	c := clitest.Start(t)
	file := filepath.Join(t.TempDir(), "session.cast")
	for _, words := range [][]string{{"--", "sleep", "60"}, {"-i", "--dry-run=server", "--", "sh"}, {"-i", "--attach=false", "--", "sh"}} {
		require.Contains(t, c.Kx(clitest.DebugTools(append([]string{"--record", file}, words...)...)...).RequireError(t, 2), "--record needs a session: give -i or --attach")
	}
	require.NoFileExists(t, file)
	require.Empty(t, clitest.Ephemeral(t, c, "distroless"))
}

// streamFields are the fields of a container that concern its streams. An absent field is nil.
type streamFields struct{ stdin, tty, stdinOnce any }

func streamFieldsOf(container map[string]any) streamFields {
	return streamFields{container["stdin"], container["tty"], container["stdinOnce"]}
}
