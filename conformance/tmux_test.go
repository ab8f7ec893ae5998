package conformance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// inTerminal are behaviours as a person sees them who sits at a terminal.
func inTerminal() []behaviour {
	return []behaviour{
		{"kx debug -it shows a prompt, follows resizes, passes on ^C and ^D, and restores the terminal", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			pod := w.ready(t, `{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}`)
			term.kx("debug", pod, "-it", "--image", image, "--image-pull-policy", "Never", "--target", "app")
			term.shows("/ # ")
			term.types("ls /proc/1/root | head -n 1", "Enter")
			term.shows("\napp\n")
			term.types("echo size $(stty size)", "Enter")
			term.shows("\nsize 30 100\n")
			term.resize(120, 40)
			term.types("until stty size | grep -q '^40 120$'; do sleep 0.1; done; echo followed", "Enter")
			term.shows("\nfollowed\n")
			term.types("echo begun; sleep 1000", "Enter")
			term.shows("\nbegun\n")
			term.types("C-c")
			term.shows("^C")
			term.types("echo code $?", "Enter")
			term.shows("\ncode 130\n")
			term.types("(exit 6)", "Enter", "C-d")
			term.ended(6)
		}},
		{"kx debug prints its wait in one line that is updated in place, and then the reason of the failure", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			pod := w.ready(t, `{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}`)
			term.kx("debug", pod, "-it", "--image", "127.0.0.1:1/no-such:1", "--image-pull-policy", "IfNotPresent", "-c", "debugger", "--target", "app")
			seconds := func() string { return lineWith(term.screen(), "Waiting ") }
			defer term.logScreen()
			// The reason is ErrImagePull or ImagePullBackOff.
			eventually(t, "the line tells that the pull fails", func() bool {
				return strings.Contains(seconds(), "ImagePull")
			})
			before := seconds()
			eventually(t, "the seconds go by", func() bool { return seconds() != before })
			require.LessOrEqual(t, strings.Count(term.screen(), "Waiting "), 1, "it is one line")
			term.ended(125)
			require.NotContains(t, term.screen(), "Waiting ", "which is gone")
			require.Contains(t, unwrapped(term.screen()), `error: container debugger of pod `+pod+` does not run: `)
		}},
		{"kx exec -it and kx attach -it restore the terminal", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			pod := w.ready(t, typing)
			term.kx("exec", pod, "-it", "--", "sh")
			term.shows("/ # ")
			term.types("exit 9", "Enter")
			term.ended(9)
			term.kx("attach", pod, "-it", "--detach-keys", "ctrl-p,ctrl-q")
			term.types("echo $((6*7))", "Enter")
			term.shows("\n42\n")
			term.types("C-p", "C-q")
			term.ended(0)
			require.NotNil(t, w.get(t, pod).Status.ContainerStatuses[0].State.Running)
		}},
		{"complaint kubectl#693, ctrl-p is swallowed: detach keys are off by default", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			pod := w.ready(t, typing)
			const line = `stty -icanon -echo; echo begun; test "$(head -c 2 | tr "\\020" P)" = Px && echo whole; stty icanon echo`
			term.kx("exec", pod, "-it", "--", "sh", "-c", line)
			term.shows("begun\n")
			term.types("C-p")
			term.types("x")
			term.shows("\nwhole\n")
			term.ended(0)
		}},
		{"complaint kubectl#1076, processes are orphaned when the client dies: the processes of a terminal end with it", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			pod := w.running(t)
			term.kx("exec", pod, "-it", "--", "sh", "-c", "echo begun; sleep 1234")
			term.shows("begun\n")
			w.runs(t, pod, "sleep 1234", true)
			term.outside("pkill", "-TERM", "-t", strings.TrimPrefix(strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_tty}")), "/dev/"), "kx")
			term.shows("ended ")
			w.runs(t, pod, "sleep 1234", false)
		}},
		{"kx exec without a pod lets the user choose one, and the program gets the terminal", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			common, well, sick := w.choice(t)
			term.kx("exec", "-it", "--", "sh")
			term.shows("Esc: leave.")
			term.types("-l", common)
			term.shows("\n> " + sick + " ")
			term.types("Down")
			term.shows("\n> " + well + " ")
			term.types("Enter")
			term.shows("/ # ")
			require.Contains(t, term.screen(), "Using pod/"+well+"\n")
			term.types("exit 6", "Enter")
			term.ended(6)
		}},
		{"the list of pods to choose from shows sick ones first, fits 40 columns, and leaves the terminal as it was", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			common, _, _ := w.choice(t)
			term.kx("logs")
			term.shows("Esc: leave.")
			term.types("-l", common)
			term.resize(40, 8)
			eventually(t, "the screen is narrow", func() bool { return !strings.Contains(term.screen(), "RESTARTS") })
			eventually(t, "the sick pod is the first", func() bool {
				// A long name has dots in its middle.
				return strings.Contains(lineWith(term.screen(), "> "), "-b ")
			})
			require.Equal(t, 8, strings.Count(term.screen(), "\n")-1)
			term.types("Escape")
			term.ended(130)
			require.NotContains(t, term.screen(), "-b ")
			term.resize(100, 30)
			term.kx("debug", "-A")
			term.shows("  NAMESPACE ")
			term.types("C-c")
			term.ended(130)
		}},
		{"a kx that is killed by SIGTERM restores the terminal", func(t *testing.T, w *world) {
			term := newTerminal(t, w)
			term.kx("exec", w.running(t), "-it", "--", "sh", "-c", "echo begun; sleep 1000")
			term.shows("begun\n")
			term.outside("pkill", "-TERM", "-t", strings.TrimPrefix(strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_tty}")), "/dev/"), "kx")
			term.shows("ended ")
			term.sane()
		}},
	}
}

// choice creates a pod that runs, and one that no node gets. The common part of their names is in
// no other name.
func (w *world) choice(t *testing.T) (common, well, sick string) {
	t.Helper()
	common = w.name() + "-choice-"
	well, sick = common+"a", common+"b"
	w.create(t, podThat(well, "sleep 1000"))
	w.create(t, strings.Replace(podThat(sick, "sleep 1000"), `"spec":{`, `"spec":{"schedulingGates":[{"name":"example.com/wait"}],`, 1))
	eventually(t, "the pod is ready", func() bool {
		statuses := w.get(t, well).Status.ContainerStatuses
		return len(statuses) > 0 && statuses[0].Ready
	})
	return common, well, sick
}

// lineWith gives the line of a screen that has the text, empty when none has.
func lineWith(screen, text string) string {
	for line := range strings.Lines(screen) {
		if strings.Contains(line, text) {
			return line
		}
	}
	return ""
}

// unwrapped gives a screen without the ends of its lines.
func unwrapped(screen string) string { return strings.ReplaceAll(screen, "\n", "") }

// terminal is a window of tmux, of 100 columns and 30 lines at first, with a shell in it.
type terminal struct {
	t      *testing.T
	w      *world
	socket string
	before string // what stty says of it
	runs   int
}

func newTerminal(t *testing.T, w *world) *terminal {
	term := &terminal{t: t, w: w, socket: filepath.Join(t.TempDir(), "tmux")}
	term.tmux("-f", os.DevNull, "new-session", "-d", "-x", "100", "-y", "30", "env", "PS1=$ ", "sh")
	// The server may have ended already.
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", term.socket, "kill-server").Run() })
	// At the prompt tmux has set up the terminal.
	term.shows("$")
	term.before = term.stty()
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	return term.outside("tmux", append([]string{"-S", term.socket}, args...)...)
}

func (term *terminal) outside(name string, args ...string) string {
	term.t.Helper()
	cmd := exec.CommandContext(within(term.t, waitLimit), name, args...)
	out, err := cmd.CombinedOutput()
	require.NoError(term.t, err, "%s: %s", cmd, out)
	return string(out)
}

func (term *terminal) types(keys ...string) { term.tmux(append([]string{"send-keys"}, keys...)...) }

func (term *terminal) resize(width, height int) {
	term.tmux("resize-window", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
}

// screen is what the window shows, each line without the blanks at its end.
func (term *terminal) screen() string {
	var lines []string
	for line := range strings.Lines(term.tmux("capture-pane", "-p")) {
		lines = append(lines, strings.TrimRight(line, "\n"))
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

// shows waits until the window shows the text.
func (term *terminal) shows(text string) {
	term.t.Helper()
	defer term.logScreen()
	eventually(term.t, fmt.Sprintf("the window shows %q", text), func() bool {
		return strings.Contains(term.screen(), strings.TrimRight(text, " "))
	})
}

// logScreen logs the screen if the test has failed.
func (term *terminal) logScreen() {
	if term.t.Failed() {
		term.t.Logf("the window shows:%s", term.screen())
	}
}

// kx starts the program, and has its code shown when it ends.
func (term *terminal) kx(args ...string) {
	term.runs++
	words := append([]string{term.w.kxProgram, "--kubeconfig", term.w.kubeconfig, "-n", term.w.config.Namespace}, args...)
	for i, word := range words {
		words[i] = "'" + word + "'"
	}
	term.types("clear; "+strings.Join(words, " ")+fmt.Sprintf("; echo ended %d: $?", term.runs), "Enter")
}

// ended waits until the program has ended with code, and requires that the terminal is restored.
func (term *terminal) ended(code int) {
	term.t.Helper()
	term.shows(fmt.Sprintf("\nended %d: %d\n", term.runs, code))
	term.sane()
}

func (term *terminal) sane() {
	term.t.Helper()
	require.Equal(term.t, term.before, term.stty())
}

// stty is all that there is to know of the terminal but its size.
func (term *terminal) stty() string {
	term.t.Helper()
	tty := strings.TrimSpace(term.tmux("display-message", "-p", "#{pane_tty}"))
	_, modes, ok := strings.Cut(term.outside("stty", "-a", "-F", tty), "; line = ")
	require.True(term.t, ok)
	return modes
}
