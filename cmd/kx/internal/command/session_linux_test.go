package command

import (
	"math"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/internal/pty"
	"github.com/kx-k8s/kx/kxtest"
)

// startStubbornProgram starts a program that ignores ^C and ^D, and waits until it ignores them and
// kx is attached. Its first output may arrive before that, and a signal then ends kx at once.
func startStubbornProgram(t *testing.T) *clitest.Terminal {
	w := clitest.NewTerminal(t)
	w.Start(clitest.Start(t), "exec", "-it", "shell", "-c", "main", "--", "sh", "-c", "trap '' INT; echo deaf; while true; do sleep 60; done")
	w.WaitFor("deaf")
	w.WaitForRaw()
	return w
}

func TestAShellIsConnectedToTheTerminal(t *testing.T) {
	w := clitest.StartShell(t, clitest.Start(t))
	w.WaitForSize(100, 30)
	w.Resize(120, 40)
	w.WaitForSize(120, 40)
	w.TypeKeys("echo begin; sleep 60\r")
	w.WaitFor("begin\r\n")
	w.TypeKeys("\x03")
	w.TypeKeys("echo it was $?\r")
	w.WaitFor("it was 130\r\n")
	w.TypeKeys("exit 7\r")
	w.WaitForExit(7)
}

func TestTheSizeIsSentTwiceIfTheProgramMayNotRunYet(t *testing.T) {
	w := clitest.NewTerminal(t)
	over := make(chan struct{})
	s := Session{Invocation: &Invocation{Streams: Streams{Terminal: new(term.Terminal)}}, done: over, Redraw: true}
	s.Terminal.AddStreams(w.Slave)
	told := make(chan [2]int)
	finished := make(chan struct{})
	go func() {
		defer close(finished)
		s.followSize(func(width, height int) error {
			told <- [2]int{width, height}
			return nil
		})
	}()
	require.Equal(t, [2]int{101, 31}, <-told, "has the program draw itself anew")
	for range 4 {
		require.Equal(t, [2]int{100, 30}, <-told)
	}
	close(over)
	<-finished
}

func TestTheTerminalIsRawAfterStopAndContinue(t *testing.T) {
	w := clitest.StartShell(t, clitest.Start(t))
	raw := w.Modes()
	w.Signal(syscall.SIGSTOP)
	var status syscall.WaitStatus
	_, err := syscall.Wait4(w.Cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	require.NoError(t, err)
	require.True(t, status.Stopped())
	// A shell that stops kx takes its terminal back in the same way.
	require.NoError(t, pty.Ioctl(w.Slave, syscall.TCSETS, unsafe.Pointer(&w.Before)))
	w.Resize(120, 40)
	w.Signal(syscall.SIGCONT)
	clitest.WaitUntil(t, func() bool { return w.Modes() == raw }, "the terminal is raw again")
	w.WaitForSize(120, 40)
	w.TypeKeys("exit 5\r")
	w.WaitForExit(5)
}

func TestEOFEndsAShell(t *testing.T) {
	w := clitest.StartShell(t, clitest.Start(t))
	w.TypeKeys("\x04")
	w.WaitForExit(0)
}

func TestTheTerminalIsRestored(t *testing.T) {
	t.Run("the stream is lost", func(t *testing.T) {
		c := clitest.Start(t)
		c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods/shell/exec", Then: kxtest.CutStream(math.MaxInt)})
		w := clitest.StartShell(t, c)
		w.TypeKeys("exit\r")
		w.WaitForExit(125)
		w.WaitFor("error: exec in container main of pod shell: the stream was lost")
	})
	t.Run("a signal ends the program", func(t *testing.T) {
		w := clitest.StartShell(t, clitest.Start(t))
		w.TypeKeys("echo begin; sleep 60\r")
		w.WaitFor("begin\r\n")
		w.Signal(syscall.SIGTERM)
		w.WaitForExit(130)
	})
	t.Run("the program ignores a signal", func(t *testing.T) {
		w := startStubbornProgram(t)
		w.Signal(syscall.SIGHUP)
		w.WaitForExit(125)
		w.WaitFor("error: interrupted: the program in container main of pod shell may still run\r\n")
	})
	t.Run("a second signal ends kx at once", func(t *testing.T) {
		w := startStubbornProgram(t)
		w.Signal(syscall.SIGHUP)
		w.WaitFor("^C") // kx has taken the first one
		w.Signal(syscall.SIGTERM)
		w.WaitForExit(128 + int(syscall.SIGTERM))
	})
	t.Run("a second SIGHUP of the same hangup does not", func(t *testing.T) {
		w := startStubbornProgram(t)
		w.Signal(syscall.SIGHUP)
		w.WaitFor("^C")
		w.Signal(syscall.SIGHUP)
		w.WaitForExit(125)
		w.WaitFor("error: interrupted: the program in container main of pod shell may still run\r\n")
	})
	t.Run("stdout is closed", func(t *testing.T) {
		c := clitest.Start(t)
		w := clitest.NewTerminal(t)
		r, out, err := os.Pipe()
		require.NoError(t, err)
		w.StartWithStdout(c, out, "exec", "-it", "shell", "-c", "main", "--", "sh")
		out.Close()
		first := make([]byte, 1)
		_, err = r.Read(first)
		require.NoError(t, err)
		w.WaitForRaw() // before the close: further output may then end kx at once
		r.Close()
		w.TypeKeys("echo hello\r")
		w.WaitForExit(125)
		// A repeated size makes the shell draw its prompt. That output may close kx before the
		// keys are typed, and then the local terminal echoes them.
		require.Empty(t, strings.TrimSpace(strings.TrimPrefix(w.Shown.String(), "echo hello")))
	})
	t.Run("kx panics", func(t *testing.T) {
		w := clitest.NewTerminal(t)
		s := Session{Invocation: &Invocation{Streams: Streams{Terminal: new(term.Terminal)}}}
		require.Panics(t, func() {
			s.restoreOnPanic(func() {
				require.NoError(t, s.Terminal.MakeRaw(w.Slave))
				require.NotEqual(t, w.Before, w.Modes())
				panic("x")
			})
		})
		require.Equal(t, w.Before, w.Modes())
	})
}

func TestATerminalThatIsClosedEndsTheShell(t *testing.T) {
	c := clitest.Start(t)
	w := clitest.StartShell(t, c)
	w.TypeKeys("trap 'echo hup > /tmp/hup' EXIT\r")
	w.WaitFor("EXIT\r\n")
	require.NoError(t, w.Master.Close())
	_ = w.Cmd.Wait()
	clitest.WaitUntil(t, func() bool { return c.Kx("exec", "shell", "-q", "--", "cat", "/tmp/hup").Out == "hup\n" }, "the shell has run its trap")
}

func TestDetachKeysLeaveTheProgramRunning(t *testing.T) {
	c := clitest.Start(t)
	clitest.WithContainer(t, c, `"stdin": true, "tty": true, "command": ["sh"]`)
	w := clitest.NewTerminal(t)
	w.Start(c, "attach", "one", "-it", "--detach-keys", "ctrl-p,ctrl-q")
	w.WaitForPrompt()
	w.WaitForSize(100, 30)
	w.TypeKeys("A=kept\r\x10\x11")
	w.WaitForExit(0)
	w.WaitFor("Detached: the program in container app of pod one still runs\r\n")

	second := clitest.NewTerminal(t)
	second.Start(c, "attach", "one", "-it")
	second.WaitForPrompt()
	second.TypeKeys("echo $A; exit 5\r")
	second.WaitForExit(5)
	second.WaitFor("kept\r\n")
}
