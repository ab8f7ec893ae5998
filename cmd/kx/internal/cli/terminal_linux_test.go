package cli

import (
	"bytes"
	"fmt"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// window is a terminal of a test, in which a program runs as in a person's.
type window struct {
	t      *testing.T
	master *os.File // the person's end
	slave  *os.File // the program's
	shown  lockedBuffer
	cmd    *exec.Cmd
	before syscall.Termios
}

func ioctl(t *testing.T, f *os.File, request uintptr, argument unsafe.Pointer) {
	raw, err := f.SyscallConn() // with Fd, Close would wait for Read
	require.NoError(t, err)
	var errno syscall.Errno
	require.NoError(t, raw.Control(func(fd uintptr) { _, _, errno = syscall.Syscall(syscall.SYS_IOCTL, fd, request, uintptr(argument)) }))
	require.Zero(t, errno)
}

// newWindow opens a terminal (pty(7)) of 100 columns and 30 rows.
func newWindow(t *testing.T) *window {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { master.Close() })
	var unlock, number int32
	ioctl(t, master, syscall.TIOCSPTLCK, unsafe.Pointer(&unlock))
	ioctl(t, master, syscall.TIOCGPTN, unsafe.Pointer(&number))
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { slave.Close() })
	w := &window{t: t, master: master, slave: slave}
	w.resize(100, 30)
	w.before = w.modes()
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, err := master.Read(buffer)
			_, _ = w.shown.Write(buffer[:n])
			if err != nil {
				return
			}
		}
	}()
	return w
}

// modes are what stty -a shows.
func (w *window) modes() (modes syscall.Termios) {
	ioctl(w.t, w.slave, syscall.TCGETS, unsafe.Pointer(&modes))
	return modes
}

func (w *window) resize(columns, rows uint16) {
	size := [4]uint16{rows, columns}
	ioctl(w.t, w.master, syscall.TIOCSWINSZ, unsafe.Pointer(&size))
}

// start runs kx with the window as its terminal.
func (w *window) start(c *cluster, args ...string) { w.startWith(c, w.slave, args...) }

// startWith is start with another stdout.
func (w *window) startWith(c *cluster, out *os.File, args ...string) {
	self, err := os.Executable()
	require.NoError(w.t, err)
	program := filepath.Join(w.t.TempDir(), "kx") // TestMain makes it kx by that name
	require.NoError(w.t, os.Symlink(self, program))
	w.cmd = exec.CommandContext(w.t.Context(), program, args...)
	w.cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "KUBECONFIG="+c.kubeconfig)
	w.cmd.Stdin, w.cmd.Stdout, w.cmd.Stderr = w.slave, out, w.slave
	w.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	require.NoError(w.t, w.cmd.Start())
}

func (w *window) types(keys string) {
	_, err := w.master.WriteString(keys)
	require.NoError(w.t, err)
}

// shows waits until text is in the window.
func (w *window) shows(text string) {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return strings.Contains(w.shown.String(), text) }, 20*time.Second, time.Millisecond, "%q is not in %q", text, &w.shown)
}

func (w *window) signal(s syscall.Signal) { require.NoError(w.t, w.cmd.Process.Signal(s)) }

// isRaw waits until kx has the terminal; what the program writes first may come before that.
func (w *window) isRaw() {
	w.t.Helper()
	require.Eventually(w.t, func() bool { return w.modes() != w.before }, 20*time.Second, time.Millisecond, "%s", &w.shown)
}

// joined waits until kx is attached, and has a shell that ran before show its prompt.
func (w *window) joined() {
	w.t.Helper()
	w.isRaw()
	w.types("\r")
	w.shows("# ")
}

// ends waits for kx's end, and requires that the terminal is as it was.
func (w *window) ends(code int) {
	w.t.Helper()
	_ = w.cmd.Wait() // the code is looked at below
	require.Equal(w.t, code, w.cmd.ProcessState.ExitCode(), w.shown.String())
	require.Equal(w.t, w.before, w.modes())
}

// deaf is a program that says its name, and ends neither for ^C nor for ^D.
func deaf(t *testing.T) *window {
	w := newWindow(t)
	w.start(start(t), "exec", "-it", "shell", "-c", "main", "--", "sh", "-c", "trap '' INT; echo deaf; while true; do sleep 60; done")
	w.shows("deaf")
	return w
}

// shell starts a shell in the pod shell and waits for its prompt.
func shell(t *testing.T, c *cluster) *window {
	w := newWindow(t)
	w.start(c, "exec", "-it", "shell", "-c", "main", "--", "sh")
	w.shows("# ")
	w.isRaw()
	return w
}

// sized has a shell wait until its terminal has that size.
func (w *window) sized(columns, rows int) {
	w.t.Helper()
	said := fmt.Sprintf("%d is %d", columns, rows)
	w.types(fmt.Sprintf("until [ \"$(stty size)\" = '%d %d' ]; do sleep 0.01; done; echo %d 'is' %d\r", rows, columns, columns, rows))
	w.shows(said)
}

func TestAShellHasTheTerminal(t *testing.T) {
	w := shell(t, start(t))
	w.sized(100, 30)
	w.resize(120, 40)
	w.sized(120, 40)
	w.types("echo begin; sleep 60\r")
	w.shows("begin\r\n")
	w.types("\x03")
	w.types("echo it was $?\r")
	w.shows("it was 130\r\n")
	w.types("exit 7\r")
	w.ends(7)
}

func TestTheSizeIsToldAgainToAProgramThatMayNotHaveRunYet(t *testing.T) {
	w := newWindow(t)
	over := make(chan struct{})
	s := session{kx: &kx{streams: streams{terminal: new(terminal)}}, over: over, redraw: true}
	s.terminal.use(w.slave)
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

func TestTheTerminalIsRawAgainAfterAStop(t *testing.T) {
	w := shell(t, start(t))
	raw := w.modes()
	w.signal(syscall.SIGSTOP)
	var status syscall.WaitStatus
	_, err := syscall.Wait4(w.cmd.Process.Pid, &status, syscall.WUNTRACED, nil)
	require.NoError(t, err)
	require.True(t, status.Stopped())
	ioctl(t, w.slave, syscall.TCSETS, unsafe.Pointer(&w.before)) // as a shell does that takes its terminal back
	w.resize(120, 40)
	w.signal(syscall.SIGCONT)
	require.Eventually(t, func() bool { return w.modes() == raw }, 20*time.Second, time.Millisecond)
	w.sized(120, 40)
	w.types("exit 5\r")
	w.ends(5)
}

func TestTheEndOfInputEndsAShell(t *testing.T) {
	w := shell(t, start(t))
	w.types("\x04")
	w.ends(0)
}

func TestTheTerminalIsRestored(t *testing.T) {
	t.Run("when the stream is lost", func(t *testing.T) {
		c := start(t)
		c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/default/pods/shell/exec", Then: kxtest.CutStream(math.MaxInt)})
		w := shell(t, c)
		w.types("exit\r")
		w.ends(125)
		w.shows("error: exec in container \"main\" of pod \"shell\": the stream was lost")
	})
	t.Run("after a signal, on which the program is asked to end", func(t *testing.T) {
		w := shell(t, start(t))
		w.types("echo begin; sleep 60\r")
		w.shows("begin\r\n")
		w.signal(syscall.SIGTERM)
		w.ends(130)
	})
	t.Run("after a signal, when the program does not end", func(t *testing.T) {
		w := deaf(t)
		w.signal(syscall.SIGHUP)
		w.ends(125)
		w.shows("error: interrupted: the program in container \"main\" of pod \"shell\" may still run\r\n")
	})
	t.Run("after a second signal, which ends it at once", func(t *testing.T) {
		w := deaf(t)
		w.signal(syscall.SIGTERM)
		w.shows("^C") // it has had the first
		w.signal(syscall.SIGTERM)
		w.ends(128 + int(syscall.SIGTERM))
	})
	t.Run("when stdout is closed", func(t *testing.T) {
		c := start(t)
		w := newWindow(t)
		r, out, err := os.Pipe()
		require.NoError(t, err)
		w.startWith(c, out, "exec", "-it", "shell", "-c", "main", "--", "sh")
		out.Close()
		first := make([]byte, 1)
		_, err = r.Read(first)
		require.NoError(t, err)
		r.Close()
		w.isRaw()
		w.types("echo hello\r")
		w.ends(125)
		// The size that kx sends again makes the shell draw its prompt anew: kx may have met the closed pipe by that, and then it is the terminal itself that echoes.
		require.Empty(t, strings.TrimSpace(strings.TrimPrefix(w.shown.String(), "echo hello")))
	})
	t.Run("in a panic", func(t *testing.T) {
		w := newWindow(t)
		s := session{kx: &kx{streams: streams{terminal: new(terminal)}}}
		require.Panics(t, func() {
			s.guard(func() {
				require.NoError(t, s.terminal.makeRaw(w.slave))
				require.NotEqual(t, w.before, w.modes())
				panic("x")
			})
		})
		require.Equal(t, w.before, w.modes())
	})
}

func TestATerminalThatIsClosedEndsTheShell(t *testing.T) {
	c := start(t)
	w := shell(t, c)
	w.types("trap 'echo hup > /tmp/hup' EXIT\r")
	w.shows("EXIT\r\n")
	require.NoError(t, w.master.Close())
	_ = w.cmd.Wait()
	require.Eventually(t, func() bool { return c.kx("exec", "shell", "-q", "--", "cat", "/tmp/hup").out == "hup\n" }, 20*time.Second, 10*time.Millisecond)
}

func TestDetachKeysLeaveTheProgramRunning(t *testing.T) {
	c := start(t)
	withContainer(t, c, `"stdin": true, "tty": true, "command": ["sh"]`)
	w := newWindow(t)
	w.start(c, "attach", "one", "-it", "--detach-keys", "ctrl-p,ctrl-q")
	w.joined()
	w.sized(100, 30)
	w.types("A=kept\r\x10\x11")
	w.ends(0)
	w.shows("detached: the program in container \"app\" of pod \"one\" runs on\r\n")

	again := newWindow(t)
	again.start(c, "attach", "one", "-it")
	again.joined()
	again.types("echo $A; exit 5\r")
	again.ends(5)
	require.Contains(t, again.shown.String(), "kept\r\n")
}

func TestDebugHasTheTerminal(t *testing.T) {
	c := start(t)
	w := newWindow(t)
	w.start(c, "debug", "distroless", "-it", "-c", "tools", "--image", kxtest.BusyboxImage, "--target", "app")
	w.joined()
	w.sized(100, 30)
	w.resize(120, 40)
	w.sized(120, 40)
	w.types("ls /proc/1/root\r")
	w.shows("\r\napp")
	w.types("exit 3\r")
	w.ends(3)
	added := ephemeral(t, c, "distroless")[0]
	require.Equal(t, []any{true, true, nil}, []any{added["stdin"], added["tty"], added["stdinOnce"]})
}

func TestDebugLeavesTheContainerRunningOnTheDetachKeys(t *testing.T) {
	c := start(t)
	w := newWindow(t)
	w.start(c, "debug", "distroless", "-it", "-c", "tools", "--image", kxtest.BusyboxImage, "--detach-keys", "ctrl-]")
	w.joined()
	w.types("\x1d")
	w.ends(0)
	w.shows("# \r\ndetached: the program in container \"tools\" of pod \"distroless\" runs on: \"kx attach distroless -c tools -it\" returns to it, \"kx debug stop distroless tools\" ends it\r\n")
	require.True(t, bytes.Contains(c.Pod("default", "distroless"), []byte(`"name":"tools"`)))
	again := newWindow(t)
	again.start(c, "attach", "distroless", "-c", "tools", "-it")
	again.joined()
	again.types("exit 4\r")
	again.ends(4)
}

func TestTheLineThatLivesGivesWayToTheOutputOfAProgramThatHasEnded(t *testing.T) {
	c := start(t)
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/attach", Times: -1, Then: kxtest.AnswerStatus(http.StatusInternalServerError, "InternalError", "container not found", 0)})
	c.Fault(kxtest.Fault{Path: "/api/v1/namespaces/*/pods/*/log", Delay: time.Second}) // so that the line is drawn
	w := newWindow(t)
	w.start(c, "debug", "distroless", "-i", "--image", kxtest.BusyboxImage, "--image-pull-policy", "Never", "--", "printf", "one\ntwo")
	w.ends(0)
	w.shows("one\r\ntwo")
	require.Regexp(t, `\r\x1b\[K[^\r]* after [0-9.]+s\r\none\r\ntwo$`, w.shown.String())
}
