package conformance_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// payloadSize is the number of bytes that tests of large data send.
const payloadSize = 64 << 20

// executing are the behaviours of exec on every server.
func executing() []behaviour {
	gives := func(stdout, stderr string, code int, command ...string) func(*testing.T, *world) {
		return func(t *testing.T, w *world) {
			res, err := w.exec(t, w.running(t), subresource.ExecOptions{Command: command})
			require.NoError(t, err)
			require.Equal(t, stdout, string(res.Stdout))
			require.Equal(t, stderr, string(res.Stderr))
			require.Equal(t, code, res.ExitCode)
		}
	}
	return []behaviour{
		{"exec returns a program's output", gives("hello\n", "", 0, "echo", "hello")},
		{"exec passes the arguments unchanged", gives("a  b|$HOME|*\n", "", 0, "echo", "a  b|$HOME|*")},
		{"exec returns a program's exit code", gives("", "", 7, "sh", "-c", "exit 7")},
		{"exec returns the exit code 255", gives("", "", 255, "sh", "-c", "exit 255")},
		{
			"exec keeps stdout and stderr apart",
			gives("out\n", "err\n", 3, "sh", "-c", "echo out; echo err >&2; exit 3"),
		},
		{
			"exec returns the shell's exit code for a command that does not exist",
			gives("", "sh: nosuch: not found\n", 127, "sh", "-c", "nosuch"),
		},
		{"exec returns large binary output completely", func(t *testing.T, w *world) {
			// The program stays for a second: 1.35 may drop output of a program that ends at once.
			w.receivesLargeOutput(t, "; sleep 1", false)
		}},
		{"a session that is passed through returns large output of a program that ends at once", func(t *testing.T, w *world) {
			w.receivesLargeOutput(t, "", true)
		}},
		{"a session that is passed through returns outputs and exit code, and its program reads EOF", func(t *testing.T, w *world) {
			res, err := w.exec(t, w.running(t), subresource.ExecOptions{
				Command: []string{"sh", "-c", "cat; echo out; echo err >&2; exit 3"}, PassThrough: true,
			})
			require.NoError(t, err)
			require.Equal(t, &subresource.Result{Stdout: []byte("out\n"), Stderr: []byte("err\n"), ExitCode: 3}, res)
		}},
		{"a refusal by the node is the same for a session that is passed through", func(t *testing.T, w *world) {
			name := w.name()
			_, err := w.pods.CreateRaw(t.Context(), []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`"},"spec":{
				"restartPolicy":"Never","terminationGracePeriodSeconds":0,"containers":[
				{"name":"app","image":"`+image+`","imagePullPolicy":"Never","command":["sleep","3600"]},
				{"name":"done","image":"`+image+`","imagePullPolicy":"Never","command":["true"]}]}}`))
			require.NoError(t, err)
			w.deleteAtEnd(t, name)
			w.ended(t, name)
			var refusals []string
			for _, passThrough := range []bool{w.version4, true} { // v4 has no translation
				_, err := w.exec(t, name, subresource.ExecOptions{Container: "done", Command: []string{"true"}, PassThrough: passThrough})
				require.ErrorIs(t, err, transport.ErrInternal)
				refusals = append(refusals, statusOf(t, err).Status.Message)
			}
			require.Equal(t, refusals[0], refusals[1])
		}},
		{"a session that is passed through reports a program that does not exist", func(t *testing.T, w *world) {
			_, err := w.exec(t, w.running(t), subresource.ExecOptions{Command: []string{"nosuch"}, PassThrough: true})
			var failed *subresource.CommandError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, 127, failed.Code)
		}},
		{"exec returns every byte unchanged", func(t *testing.T, w *world) {
			res, err := w.exec(
				t,
				w.running(t),
				subresource.ExecOptions{Command: []string{"sh", "-c", `printf '\000\001\002\003\377\376\r\n'`}},
			)
			require.NoError(t, err)
			require.Equal(t, []byte{0, 1, 2, 3, 255, 254, '\r', '\n'}, res.Stdout)
		}},
		{"without stdin, a program of exec reads EOF", gives("0\n", "", 0, "wc", "-c")},
		{"exec sends stdin to a program that reads only a part", func(t *testing.T, w *world) {
			session, err := subresource.Exec(w.pods).Start(within(t, waitLimit), w.running(t), subresource.ExecOptions{
				Command: []string{"head", "-n", "1"}, StdinPipe: true, StdoutPipe: true,
			})
			require.NoError(t, err)
			_, err = io.WriteString(session.StdinPipe(), "first\n")
			require.NoError(t, err)
			line, err := io.ReadAll(session.StdoutPipe())
			require.NoError(t, err)
			require.Equal(t, "first\n", string(line))
			require.NoError(t, session.Wait())
		}},
		{"a terminal has the size of the last resize", func(t *testing.T, w *world) {
			session, err := subresource.Exec(w.pods).Start(within(t, waitLimit), w.running(t), subresource.ExecOptions{
				Command: []string{
					"sh", "-c", "echo ready; while read line; do stty size; done",
				}, StdinPipe: true, StdoutPipe: true, TTY: true,
			})
			require.NoError(t, err)
			defer session.Close()
			// containerd drops a resize that precedes the program
			readUntil(t, session.StdoutPipe(), "ready\r\n")
			require.NoError(t, session.Resize(120, 40))
			// a resize has a channel of its own
			eventually(t, "the size is 120 by 40", func() bool {
				w.typeLine(t, session, "go")
				readUntil(t, session.StdoutPipe(), "go\r\n")
				return readUntil(t, session.StdoutPipe(), "\r\n") == "40 120\r\n"
			})
		}},
		{"a terminal has one output", func(t *testing.T, w *world) {
			var out bytes.Buffer
			session, err := subresource.Exec(w.pods).Start(within(t, waitLimit), w.running(t), subresource.ExecOptions{
				Command: []string{"sh", "-c", "echo out; echo err >&2; sleep 0.3; exit 4"}, Stdout: &out, TTY: true,
				// Without stdin, the node loses some output of terminals over WebSocket, for any
				// client: docs/reliability.md has the figures.
				StdinPipe: w.version4,
			})
			require.NoError(t, err)
			var exit *subresource.ExitError
			require.ErrorAs(t, session.Wait(), &exit)
			require.Equal(t, 4, exit.Code)
			require.Equal(t, "out\r\nerr\r\n", out.String())
		}},
		{"a terminal's interrupt key ends a program", func(t *testing.T, w *world) {
			session, err := subresource.Exec(w.pods).Start(within(t, waitLimit), w.running(t), subresource.ExecOptions{
				Command: []string{"sh", "-c", "echo ready; sleep 60"}, StdinPipe: true, StdoutPipe: true, TTY: true,
			})
			require.NoError(t, err)
			readUntil(t, session.StdoutPipe(), "ready\r\n")
			_, err = session.StdinPipe().Write([]byte{3})
			require.NoError(t, err)
			var exit *subresource.ExitError
			require.ErrorAs(t, session.Wait(), &exit)
			require.Equal(t, 130, exit.Code)
		}},
		{"exec in a container that does not exist is refused", func(t *testing.T, w *world) {
			name := w.running(t)
			_, err := w.exec(t, name, subresource.ExecOptions{Container: "nosuch", Command: []string{"true"}})
			refused(t, err, transport.ErrBadRequest, "container nosuch is not valid for pod "+name)
		}},
		{"exec in a pod that does not exist is refused", func(t *testing.T, w *world) {
			_, err := w.exec(t, "nosuch", subresource.ExecOptions{Command: []string{"true"}})
			refused(t, err, transport.ErrNotFound, `pods "nosuch" not found`)
		}},
		{"exec in a pod that is not scheduled is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.exec(t, name, subresource.ExecOptions{Command: []string{"true"}})
			refused(t, err, transport.ErrBadRequest, fmt.Sprintf("pod %s does not have a host assigned", name))
		}},
		{"exec in a pod with two containers needs a container name", func(t *testing.T, w *world) {
			name := w.two(t)
			_, err := w.exec(t, name, subresource.ExecOptions{Command: []string{"true"}})
			refused(
				t, err, transport.ErrBadRequest,
				fmt.Sprintf("a container name must be specified for pod %s, choose one of: [main echo]", name),
			)
			res, err := w.exec(t, name, subresource.ExecOptions{Container: "echo", Command: []string{"echo", "here"}})
			require.NoError(t, err)
			require.Equal(t, "here\n", string(res.Stdout))
		}},
		{"exec of a program that does not exist is an error without an exit code", func(t *testing.T, w *world) {
			_, err := w.exec(t, w.running(t), subresource.ExecOptions{Command: []string{"nosuch"}})
			require.ErrorIs(t, err, transport.ErrInternal)
			var failed *subresource.CommandError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "nosuch", failed.Program)
			require.Equal(t, 127, failed.Code)
			require.ErrorContains(t, failed.Err, `exec: "nosuch": executable file not found in $PATH`)
		}},
		{"exec by a user without the right is refused", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "reader", right{verbs: []string{"get", "list"}, resources: []string{"pods"}})
			name := w.running(t)
			_, err := subresource.Exec(resources.New[resources.Pod](connect(t, cfg))).
				Run(t.Context(), name, subresource.ExecOptions{Command: []string{"true"}})
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.Regexp(
				t,
				fmt.Sprintf(
					`^pods %q is forbidden: User %q cannot (get|create) resource "pods/exec" in API group "" in the `+
						`namespace %q`,
					name,
					user,
					w.config.Namespace,
				),
				statusOf(t, err).Status.Message,
			)
		}},
		{
			"exec runs in a debug container, which sees the files of a target without a shell",
			func(t *testing.T, w *world) {
				name := w.ready(t, `{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}`)
				o := debug.Options{
					Name:            "debugger",
					Image:           image,
					ImagePullPolicy: "Never",
					Target:          "app",
					Command:         []string{"sleep", "3600"},
				}
				_, err := debug.Run(within(t, waitLimit), w.pods, name, o)
				require.NoError(t, err)
				res, err := w.exec(t, name, subresource.ExecOptions{Container: "app", Command: []string{"sh"}})
				require.Error(t, err, "%v", res)
				res, err = w.exec(t, name, subresource.ExecOptions{
					Container: "debugger",
					Command:   []string{"ls", "/proc/1/root"},
				})
				require.NoError(t, err)
				require.Equal(t, 0, res.ExitCode, "%s", res.Stderr)
				require.Contains(t, strings.Fields(string(res.Stdout)), "app", "its program")
				res, err = w.exec(t, name, subresource.ExecOptions{
					Container: "debugger",
					Command:   []string{"ls", "/proc/1/root/bin/sh"},
				})
				require.NoError(t, err)
				require.Equal(t, 1, res.ExitCode, "it has no shell")
			},
		},
	}
}

// endingInput are the behaviours of servers that can receive EOF: Kubernetes 1.30 and later.
func endingInput() []behaviour {
	return []behaviour{
		{"exec sends large binary stdin completely, and then EOF", func(t *testing.T, w *world) {
			seed := [32]byte{1}
			res, err := w.exec(t, w.running(t), subresource.ExecOptions{
				Command: []string{"sha256sum"}, Stdin: io.LimitReader(rand.NewChaCha8(seed), payloadSize),
			})
			require.NoError(t, err)
			require.Equal(t, sumOf(t, rand.NewChaCha8(seed))+"  -\n", string(res.Stdout))
		}},
		{"exec carries data through a program and back", func(t *testing.T, w *world) {
			sent := make([]byte, 3_000_001)
			_, _ = rand.NewChaCha8([32]byte{2}).Read(sent)
			res, err := w.exec(t, w.running(t), subresource.ExecOptions{
				Command: []string{"cat"},
				Stdin:   bytes.NewReader(sent),
			})
			require.NoError(t, err)
			require.True(t, bytes.Equal(sent, res.Stdout))
		}},
		{"exec sends EOF to a program", func(t *testing.T, w *world) {
			res, err := w.exec(t, w.running(t), subresource.ExecOptions{
				Command: []string{"wc", "-c"},
				Stdin:   strings.NewReader("12345"),
			})
			require.NoError(t, err)
			require.Equal(t, "5", strings.TrimSpace(string(res.Stdout)))
		}},
		{"exec sends EOF after an empty stdin", func(t *testing.T, w *world) {
			res, err := w.exec(t, w.running(t), subresource.ExecOptions{
				Command: []string{"wc", "-c"},
				Stdin:   strings.NewReader(""),
			})
			require.NoError(t, err)
			require.Equal(t, "0", strings.TrimSpace(string(res.Stdout)))
		}},
	}
}

// notEndingInput are the behaviours of servers that cannot receive EOF.
func notEndingInput() []behaviour {
	return []behaviour{
		{"kx reports that the server cannot send EOF", func(t *testing.T, w *world) {
			var out bytes.Buffer
			session, err := subresource.Exec(w.pods).Start(within(t, waitLimit), w.running(t), subresource.ExecOptions{
				Command: []string{
					"sh", "-c", "read line; echo $line; sleep 1",
				}, Stdin: strings.NewReader("all\n"), Stdout: &out,
			})
			require.NoError(t, err)
			require.False(t, session.CanCloseStdin())
			require.NoError(t, session.Wait())
			require.Equal(t, "all\n", out.String())
			w.mu.Lock()
			defer w.mu.Unlock()
			require.Len(t, w.warnings, 1)
			require.Contains(t, w.warnings[0], subresource.ErrCannotCloseStdin.Error())
		}},
	}
}

// exec runs a program to its end.
func (w *world) exec(t *testing.T, pod string, o subresource.ExecOptions) (*subresource.Result, error) {
	t.Helper()
	return subresource.Exec(w.pods).Run(within(t, waitLimit), pod, o)
}

// typeLine writes a line to a program's terminal.
func (w *world) typeLine(t *testing.T, session *subresource.Session, line string) {
	t.Helper()
	_, err := io.WriteString(session.StdinPipe(), line+"\n")
	require.NoError(t, err)
}

// readUntil reads until the text ends with end, and returns the text.
func readUntil(t *testing.T, r io.Reader, end string) string {
	t.Helper()
	var text []byte
	for b := make([]byte, 1); !strings.HasSuffix(string(text), end); text = append(text, b[0]) {
		_, err := io.ReadFull(r, b)
		require.NoError(t, err, "after %q", text)
	}
	return string(text)
}

// zeros is an endless file of zero bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func sumOf(t *testing.T, r io.Reader) string {
	h := sha256.New()
	_, err := io.CopyN(h, r, payloadSize)
	require.NoError(t, err)
	return hex.EncodeToString(h.Sum(nil))
}

// counter counts the bytes that it passes on.
type counter struct {
	next  io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return c.next.Write(p)
}

// receivesLargeOutput requires that exec returns each byte of a large output. rest is what the
// program's script does after the output.
func (w *world) receivesLargeOutput(t *testing.T, rest string, passThrough bool) {
	h := sha256.New()
	count := &counter{next: h}
	script := fmt.Sprintf("head -c %d /dev/zero", payloadSize) + rest
	session, err := subresource.Exec(w.pods).Start(within(t, waitLimit), w.running(t), subresource.ExecOptions{
		Command: []string{"sh", "-c", script}, Stdout: count, PassThrough: passThrough,
	})
	require.NoError(t, err)
	require.NoError(t, session.Wait())
	require.EqualValues(t, payloadSize, count.bytes)
	require.Equal(t, sumOf(t, zeros{}), hex.EncodeToString(h.Sum(nil)))
}
