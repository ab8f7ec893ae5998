package debugcmd

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestDebugConnectsTheTerminal(t *testing.T) {
	c := clitest.Start(t)
	w := clitest.NewTerminal(t)
	w.Start(c, "debug", "distroless", "-it", "-c", "tools", "--image", kxtest.BusyboxImage, "--target", "app")
	w.WaitForPrompt()
	w.WaitForSize(100, 30)
	w.Resize(120, 40)
	w.WaitForSize(120, 40)
	w.TypeKeys("ls /proc/1/root\r")
	w.WaitFor("\r\napp")
	w.TypeKeys("exit 3\r")
	w.WaitForExit(3)
	require.Equal(t, streamFields{stdin: true, tty: true}, streamFieldsOf(clitest.Ephemeral(t, c, "distroless")[0]))
}

func TestDebugLeavesTheContainerRunningOnTheDetachKeys(t *testing.T) {
	c := clitest.Start(t)
	w := clitest.NewTerminal(t)
	w.Start(c, "debug", "distroless", "-it", "-c", "tools", "--image", kxtest.BusyboxImage, "--detach-keys", "ctrl-]")
	w.WaitForPrompt()
	w.TypeKeys("\x1d")
	w.WaitForExit(0)
	w.WaitFor("# \r\nDetached: the program in container tools of pod distroless still runs: reattach with \"kx attach distroless -c tools -it\", stop it with \"kx debug stop distroless tools\"\r\n")
	require.True(t, bytes.Contains(c.Pod("default", "distroless"), []byte(`"name":"tools"`)))
	second := clitest.NewTerminal(t)
	second.Start(c, "attach", "distroless", "-c", "tools", "-it")
	second.WaitForPrompt()
	second.TypeKeys("exit 4\r")
	second.WaitForExit(4)
}

func TestTheProgressLineGoesOnAfterASessionThatANodeRefusesLate(t *testing.T) {
	const slow = "registry.test/slow:1"
	c := clitest.Start(t, kxtest.WithRegistryImage(slow, 4*time.Second))
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/attach", Then: kxtest.DelayStream(2 * time.Second)})
	w := clitest.NewTerminal(t)
	w.Start(c, "debug", "distroless", "-i", "--image", slow, "--", "echo", "out")
	w.WaitForExit(0)
	w.WaitFor("out\r\n")
	require.Equal(t, 1, strings.Count(w.Shown.String(), "Running after "))
	require.Regexp(t, `Running after [0-9.]+s\r\nout\r\n$`, w.Shown.String())
}

func TestTheProgressLineIsClearedBeforeTheOutputOfAnEndedProgram(t *testing.T) {
	c := clitest.Start(t)
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/attach", Times: -1, Then: kxtest.AnswerStatus(http.StatusInternalServerError, "InternalError", "container not found", 0)})
	// The delay gives the line of progress time to be drawn.
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/log", Delay: time.Second})
	w := clitest.NewTerminal(t)
	w.Start(c, "debug", "distroless", "-i", "--image", kxtest.BusyboxImage, "--image-pull-policy", "Never", "--", "printf", "one\ntwo")
	w.WaitForExit(0)
	w.WaitFor("one\r\ntwo")
	require.Regexp(t, `\r\x1b\[K[^\r]* after [0-9.]+s\r\none\r\ntwo$`, w.Shown.String())
}
