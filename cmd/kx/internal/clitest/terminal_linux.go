package clitest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/pty"
)

// Terminal is a pseudo-terminal (pty(7)) in which kx runs.
type Terminal struct {
	t      *testing.T
	Master *os.File // the user's end
	Slave  *os.File // the end of kx
	Shown  LockedBuffer
	Cmd    *exec.Cmd
	Before syscall.Termios
}

// NewTerminal opens a terminal of 100 columns and 30 rows.
func NewTerminal(t *testing.T) *Terminal {
	master, slave, err := pty.Open(100, 30)
	require.NoError(t, err)
	t.Cleanup(func() { master.Close() })
	t.Cleanup(func() { slave.Close() })
	w := &Terminal{t: t, Master: master, Slave: slave}
	w.Before = w.Modes()
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			_, _ = w.Shown.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	return w
}

// Modes returns the settings that stty -a prints.
func (w *Terminal) Modes() (modes syscall.Termios) {
	require.NoError(w.t, pty.Ioctl(w.Slave, syscall.TCGETS, unsafe.Pointer(&modes)))
	return modes
}

// Resize changes the size of the terminal, in characters.
func (w *Terminal) Resize(columns, rows uint16) {
	require.NoError(w.t, pty.Resize(w.Master, columns, rows))
}

// Start starts kx in the terminal.
func (w *Terminal) Start(c *Cluster, args ...string) { w.StartWithStdout(c, w.Slave, args...) }

// StartWithStdout is Start with another stdout.
func (w *Terminal) StartWithStdout(c *Cluster, out *os.File, args ...string) {
	self, err := os.Executable()
	require.NoError(w.t, err)
	program := filepath.Join(w.t.TempDir(), "kx") // Main runs kx under that name
	require.NoError(w.t, os.Symlink(self, program))
	w.Cmd = exec.CommandContext(WithLimit(w.t), program, args...)
	w.Cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "KUBECONFIG="+c.KubeconfigFile)
	w.Cmd.Stdin, w.Cmd.Stdout, w.Cmd.Stderr = w.Slave, out, w.Slave
	w.Cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(w.t, w.Cmd.Start())
}

// TypeKeys writes keys to the terminal.
func (w *Terminal) TypeKeys(keys string) {
	_, err := w.Master.WriteString(keys)
	require.NoError(w.t, err)
}

// WaitFor waits until the terminal shows text.
func (w *Terminal) WaitFor(text string) {
	w.t.Helper()
	w.waitUntil(func(shown string) bool { return strings.Contains(shown, text) },
		"%q is shown", text)
}

// waitUntil waits until condition returns true for all that the terminal has shown.
func (w *Terminal) waitUntil(condition func(shown string) bool, message string, args ...any) {
	w.t.Helper()
	WaitUntil(w.t, func() bool { return condition(w.Shown.String()) },
		message+"; the terminal shows %q", append(args, &w.Shown)...)
}

// Signal sends a signal to kx.
func (w *Terminal) Signal(s syscall.Signal) { require.NoError(w.t, w.Cmd.Process.Signal(s)) }

// WaitForRaw waits until the terminal is raw. The first output may arrive earlier.
func (w *Terminal) WaitForRaw() {
	w.t.Helper()
	w.waitUntil(func(string) bool { return w.Modes() != w.Before }, "the terminal is raw")
}

// WaitForPrompt waits until kx is attached, and a running shell has run a command and shows its
// prompt. A prompt that the terminal showed before may be older than the attach.
func (w *Terminal) WaitForPrompt() {
	w.t.Helper()
	w.WaitForRaw()
	w.TypeKeys("echo at''tached\r")
	w.waitUntil(func(shown string) bool {
		_, after, answered := strings.Cut(shown, "attached\r\n")
		return answered && strings.HasSuffix(after, "# ")
	}, "the shell has printed attached and its prompt")
}

// WaitForExit waits for the exit of kx with one of the codes, and requires that the terminal is
// restored.
func (w *Terminal) WaitForExit(codes ...int) {
	w.t.Helper()
	_ = w.Cmd.Wait() // the code is checked below
	require.True(w.t, w.Cmd.ProcessState.Exited(),
		"kx did not exit within %s; the terminal shows %q", Limit, &w.Shown)
	require.Contains(w.t, codes, w.Cmd.ProcessState.ExitCode(), w.Shown.String())
	require.Equal(w.t, w.Before, w.Modes())
}

// StartShell starts a shell in the pod shell, and waits for its prompt.
func StartShell(t *testing.T, c *Cluster) *Terminal {
	w := NewTerminal(t)
	w.Start(c, "exec", "-it", "shell", "-c", "main", "--", "sh")
	w.WaitFor("# ")
	w.WaitForRaw()
	return w
}

// WaitForSize waits until the remote terminal has this size.
func (w *Terminal) WaitForSize(columns, rows int) {
	w.t.Helper()
	said := fmt.Sprintf("%d is %d", columns, rows)
	w.TypeKeys(fmt.Sprintf(
		"until [ \"$(stty size)\" = '%d %d' ]; do sleep 0.01; done; echo %d 'is' %d\r", rows,
		columns, columns, rows))
	w.WaitFor(said)
}
