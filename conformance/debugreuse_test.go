package conformance_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// debugReuses are the behaviours of kx debug --reuse.
func debugReuses() []behaviour {
	return []behaviour{
		{"complaint #101609, debug containers pile up: --reuse attaches to a running container that matches",
			func(t *testing.T, w *world) {
				name := w.running(t)
				shell := debug.Options{Image: image, ImagePullPolicy: "Never", Target: "app", Command: []string{"sh"},
					TTY: true, Env: []resources.EnvVar{{Name: "A", Value: "1"}}}
				first := shell
				first.Name, first.OpenStdin = "first", true
				w.debug(t, name, first)
				for i := range 3 {
					keys, typed := io.Pipe()
					shown, screen := io.Pipe()
					o := shell
					o.Reuse, o.Stdin, o.Stdout = true, keys, screen
					var noticed string
					o.Notice = func(text string) {
						if !isTargetNotice(text) {
							noticed += text
						}
					}
					o.Attached = func(s *subresource.Session) {
						go func() {
							_, _ = io.WriteString(typed, "A=$((A+1)); echo at $A\r")
							readUntil(t, shown, "at "+string(rune('2'+i))+"\r\n")
							// A prompt may come, and a refused one would end the session.
							go func() { _, _ = io.Copy(io.Discard, shown) }()
							s.Close()
						}()
					}
					res, err := debug.Run(within(t, waitLimit), w.pods, name, o)
					screen.Close()
					require.NoError(t, err)
					require.True(t, res.Reused)
					require.True(t, res.Adopted)
					require.True(t, res.Running)
					require.Nil(t, res.Plan)
					require.Equal(t, "first", res.Container)
					require.Equal(t, "Reusing container first, which already runs", noticed)
				}
				w.has(t, name, "first")
			}},
		{"kx debug --reuse uses the newest running container that matches, or adds a container",
			func(t *testing.T, w *world) {
				name := w.running(t)
				kx := func(container string, words ...string) {
					t.Helper()
					words = append([]string{"debug", name, "-q", "--image", image, "--image-pull-policy", "Never"},
						words...)
					done := w.kx(t, "", words...)
					require.Equal(t, 0, done.code, done.stderr)
					require.Regexp(t, "^pod/"+name+": "+container+"\n$", done.stdout)
				}
				kx("a", "-c", "a", "--target", "app", "--", "sleep", "3600")
				kx("b", "-c", "b", "--target", "app", "--", "sleep", "3600")
				kx("c", "-c", "c", "--", "sleep", "3600")
				kx("b", "--reuse", "--target", "app", "--", "sleep", "3600")
				kx("b", "--reuse", "-c", "another", "--target", "app", "--", "sleep", "3600")
				kx("c", "--reuse", "--", "sleep", "3600")
				kx(`c \(dry run\)`, "--reuse", "--dry-run=client", "--", "sleep", "3600")
				w.has(t, name, "a", "b", "c")
				for i, other := range [][]string{
					{"--", "sleep", "3601"}, {"--env", "A=1", "--", "sleep", "3600"}, {"--profile", "netadmin", "--",
						"sleep", "3600"}, {"-i", "--attach=false", "--", "sleep", "3600"},
					{"--run-as", "7", "--", "sleep", "3600"},
				} {
					kx("d-"+string(rune('a'+i)), append([]string{"--reuse", "-c", "d-" + string(rune('a'+i))}, other...)...)
				}
				// not the container of another user, which sets more than these flags
				kx("c", "--reuse", "--", "sleep", "3600")
				planned := w.kx(t, "", "debug", name, "--image", image, "--image-pull-policy", "Never", "--reuse",
					"--dry-run=server", "-o", "yaml", "--", "sleep", "3600")
				require.Equal(t, 0, planned.code, planned.stderr)
				require.Empty(t, planned.stdout, "nothing would be sent")
				require.Contains(t, planned.stderr, "Reusing container c, which already runs")
				require.Equal(t, 0, w.kx(t, "", "debug", "stop", name, "b").code)
				kx("a", "--reuse", "--target", "app", "--", "sleep", "3600")
				require.Equal(t, 0, w.kx(t, "", "debug", "stop", name, "a").code)
				kx("new", "--reuse", "-c", "new", "--target", "app", "--", "sleep", "3600")
				w.has(t, name, "a", "b", "c", "d-a", "d-b", "d-c", "d-d", "d-e", "new")
			}},
		{"--reuse without a command takes a container with another program, and runs sh in it if that has no terminal",
			func(t *testing.T, w *world) {
				name := w.running(t)
				o := debug.Options{Name: "first", Image: image, ImagePullPolicy: "Never", Target: "app",
					Command: []string{"sleep", "3600"}, Env: []resources.EnvVar{{Name: "A", Value: "1"}}, Timeout: waitLimit}
				w.debug(t, name, o)
				o.Name, o.Command, o.Env, o.Reuse, o.Target = "", nil, nil, true, ""
				res, err := debug.Preview(within(t, waitLimit), w.pods, name, o)
				require.NoError(t, err)
				require.False(t, res.Reused, "it has another target")
				o.Target = "app"
				keys, typed := io.Pipe()
				defer typed.Close()
				shown, screen := io.Pipe()
				o.TTY, o.Stdin, o.Stdout = true, keys, screen
				o.Attached = func(*subresource.Session) {
					go func() {
						_, _ = io.WriteString(typed, "echo at $((40+A+1)); exit 7\r")
						readUntil(t, shown, "at 42\r\n")
						_, _ = io.Copy(io.Discard, shown)
					}()
				}
				res, err = debug.Run(within(t, waitLimit), w.pods, name, o)
				screen.Close()
				require.NoError(t, err)
				require.Equal(t, "first", res.Container)
				require.True(t, res.Shell)
				require.Equal(t, 7, res.ExitCode)
				w.has(t, name, "first")
			}},
		{"a container without a terminal reads stdin once, so --reuse adds another for a pipe", func(t *testing.T,
			w *world) {
			name := w.running(t)
			words := []string{"debug", name, "-iq", "--reuse", "--image", image, "--image-pull-policy", "Never"}
			for i := range 2 {
				done := w.kx(t, "echo in; exit 7\n", append(words, "-c", string(rune('a'+i)), "--", "sh")...)
				require.Equal(t, result{"in\n", "", 7}, done)
			}
			w.has(t, name, "a", "b")
		}},
	}
}
