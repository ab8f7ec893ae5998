package conformance_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// sessionCommand are the behaviours of streams through the program kx.
func sessionCommand() []behaviour {
	debug := func(pod string, rest ...string) []string {
		return append([]string{"debug", pod, "--image", image, "--image-pull-policy", "Never", "-c", "debugger"}, rest...)
	}
	return []behaviour{
		{"kx exec keeps stdout and stderr apart, and exits with the program's code", func(t *testing.T, w *world) {
			done := w.kx(t, "", "exec", w.running(t), "--", "sh", "-c", "echo out; echo err >&2; exit 7")
			require.Equal(t, result{"out\n", "err\n", 7}, done)
		}},
		{"kx exec uses the first of two containers, and prints its name", func(t *testing.T, w *world) {
			name := w.two(t)
			done := w.kx(t, "", "exec", name, "--", "echo", "here")
			require.Equal(t, result{"here\n", "Defaulted container \"main\" out of: main, echo\n", 0}, done)
			done = w.kx(t, "", "exec", name, "-q", "--", "echo", "here")
			require.Equal(t, result{"here\n", "", 0}, done)
			done = w.kx(t, "", "exec", "pod/"+name, "-c", "echo", "--", "echo", "here")
			require.Equal(t, result{"here\n", "", 0}, done)
		}},
		{"kx exec exits with 125 if no program ran", func(t *testing.T, w *world) {
			name := w.running(t)
			for says, args := range map[string][]string{
				`pods "no-such" not found`: {"exec", "no-such", "--", "true"},
				`no container "no-such"`:   {"exec", name, "-c", "no-such", "--", "true"},
			} {
				done := w.kx(t, "", args...)
				require.Equal(t, 125, done.code, done.stderr)
				require.Empty(t, done.stdout)
				require.Contains(t, done.stderr, says)
				require.Equal(t, 1, strings.Count(done.stderr, "\n"), done.stderr)
			}
		}},
		{"kx exec exits with 127 for a program that is not there, and with 126 for one that is not executable", func(t *testing.T, w *world) {
			name := w.running(t)
			for _, row := range []struct {
				program, says string
				code          int
			}{
				{"no-such", "no-such is not in container app's image", 127},
				{"/no/such", "/no/such is not in container app's image", 127},
				{"/etc/passwd", "/etc/passwd is not executable in container app: permission denied", 126},
			} {
				done := w.kx(t, "", "exec", name, "--", row.program)
				require.Equal(t, row.code, done.code, done.stderr)
				require.Empty(t, done.stdout)
				require.Contains(t, done.stderr, "error: exec in pod "+name+": "+row.says)
				require.Equal(t, 1, strings.Count(done.stderr, "\n"), done.stderr)
				require.NotContains(t, done.stderr, "stays in", "which is said of debug containers alone")
			}
		}},
		{"kx debug -i exits with 127 for a program that is not in the image, and with 126 for one that is not executable", func(t *testing.T, w *world) {
			for program, want := range map[string]result{
				"no-such":     {stderr: "no-such is not in container debugger's image", code: 127},
				"/etc/passwd": {stderr: "/etc/passwd is not executable: permission denied", code: 126},
			} {
				done := w.kx(t, "", debug(w.running(t), "-i", "-q", "--", program)...)
				require.Equal(t, want.code, done.code, done.stderr)
				require.Contains(t, done.stderr, want.stderr)
			}
		}},
		{"kx exec in a pod that has ended reports that the pod has ended", func(t *testing.T, w *world) {
			name := w.create(t, podThat(w.name(), "exit 0")).Metadata.Name
			w.ended(t, name)
			eventually(t, "the pod's phase says so", func() bool { return w.get(t, name).Status.Phase == "Succeeded" })
			done := w.kx(t, "", "exec", name, "--", "true")
			require.Equal(t, 125, done.code)
			require.Contains(t, done.stderr, "the pod has ended (Succeeded)")
		}},
		{"kx debug -i runs a script from a pipe and exits with its code", func(t *testing.T, w *world) {
			done := w.kx(t, "echo in; sleep 1; exit 7\n", debug(w.running(t), "-i", "-q", "--", "sh")...)
			require.Equal(t, 7, done.code, done.stderr)
			require.Equal(t, "in\n", done.stdout)
		}},
		{"kx debug -i of a program that ended before the attach prints its whole log and exits with its code", func(t *testing.T, w *world) {
			done := w.kx(t, "", debug(w.running(t), "-i", "-q", "--", "sh", "-c", "seq 1 1000; exit 5")...)
			require.Equal(t, 5, done.code, done.stderr)
			require.Len(t, strings.Fields(done.stdout), 1000)
		}},
		{"kx debug -i --attach=false opens stdin for a later kx attach", func(t *testing.T, w *world) {
			name := w.running(t)
			done := w.kx(t, "", debug(name, "-i", "--attach=false", "-q", "--", "sh")...)
			require.Equal(t, result{"pod/" + name + ": debugger\n", "", 0}, done)
			done = w.kx(t, "sleep 0.2; echo joined; sleep 0.2; exit 4\n", "attach", name, "-c", "debugger", "-i", "-q")
			require.Equal(t, 4, done.code, done.stderr)
			require.Equal(t, "joined\n", done.stdout)
		}},
	}
}

// endingCommand are those that rest on a server which can be told the end of stdin.
func endingCommand() []behaviour {
	return []behaviour{
		{"kx exec -i sends EOF at the end of a pipe", func(t *testing.T, w *world) {
			done := w.kx(t, "12345", "exec", w.running(t), "-i", "--", "wc", "-c")
			require.Equal(t, 0, done.code, done.stderr)
			require.Equal(t, "5", strings.TrimSpace(done.stdout))
			require.Empty(t, done.stderr)
		}},
		{"kx attach sends a line and prints the answer", func(t *testing.T, w *world) {
			done := w.kx(t, "hello\n", "attach", w.two(t), "-c", "echo", "-i", "-q")
			require.Equal(t, 0, done.code, done.stderr)
			require.Equal(t, "echo: hello\n", done.stdout)
		}},
		{"kx debug -i sends EOF at the end of a pipe", func(t *testing.T, w *world) {
			done := w.kx(t, "echo first\necho last\nsleep 1\n", "debug", w.running(t), "--image", image, "--image-pull-policy", "Never", "-i", "-q", "--", "sh")
			require.Equal(t, result{"first\nlast\n", "", 0}, done)
		}},
	}
}
