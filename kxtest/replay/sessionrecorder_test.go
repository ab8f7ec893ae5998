package replay_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// upper runs a command that answers its stdin in upper case, and sends stdin in the given parts.
func upper(t *testing.T, cfg *kubeconfig.Config, parts []string, options ...transport.Option) (*subresource.Result,
	error) {
	t.Helper()
	pods := resources.New[resources.Pod](clientOf(t, cfg, options...))
	reader := &partReader{parts}
	return subresource.Exec(pods).Run(t.Context(), "shell", subresource.ExecOptions{Container: "main",
		Command: []string{"sh", "-c", "tr a-z A-Z; echo done >&2; exit 7"}, Stdin: reader})
}

// partReader returns one part per Read.
type partReader struct{ parts []string }

func (r *partReader) Read(p []byte) (int, error) {
	if len(r.parts) == 0 {
		return 0, io.EOF
	}
	n := copy(p, r.parts[0])
	r.parts = r.parts[1:]
	return n, nil
}

// demoServer starts a server with the pods of [kxtest.WithDemo], and waits until they run.
func demoServer(t *testing.T) *kxtest.Server {
	t.Helper()
	srv := kxtest.Start(t, kxtest.WithDemo())
	for _, name := range []string{"shell", "distroless"} {
		running := func() bool { return strings.Contains(string(srv.Pod("default", name)), `"phase":"Running"`) }
		require.Eventually(t, running, time.Minute, time.Millisecond)
	}
	return srv
}

func record(t *testing.T) (file string) {
	t.Helper()
	srv := demoServer(t)
	recorder := replay.NewRecorder("a command answers its stdin and ends with 7", "v1.35.4")
	res, err := upper(t, srv.Config(), []string{"he", "llo\n", "\xff\n"}, recorder.Option(srv.Config()))
	require.NoError(t, err)
	require.Equal(t, &subresource.Result{Stdout: []byte("HELLO\n\xff\n"), Stderr: []byte("done\n"), ExitCode: 7}, res)
	file = filepath.Join(t.TempDir(), "session.http")
	require.NoError(t, recorder.WriteFile(file))
	return file
}

func TestASessionIsRecordedAndReplayed(t *testing.T) {
	file := record(t)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "GET /api/v1/namespaces/default/pods/shell/exec?command=sh&")
	require.Contains(t, string(text), "\nSec-Websocket-Protocol: v5.channel.k8s.io, v4.channel.k8s.io\n")
	require.Contains(t, string(text),
		"\n\nHTTP/1.1 101 Switching Protocols\nSec-Websocket-Protocol: v5.channel.k8s.io\n\n{\"dir\":\"")
	require.Contains(t, string(text), `{"dir":"<","opcode":2,"channel":1}`+"\n")
	require.Contains(t, string(text), `{"dir":">","opcode":2,"channel":0,"text":"he"}`)
	require.Contains(t, string(text), `{"dir":">","opcode":2,"channel":0,"base64":"/wo="}`)
	require.Contains(t, string(text), `{"dir":">","opcode":2,"channel":255,"text":"\u0000"}`)
	require.Contains(t, string(text), `{"dir":"<","opcode":8,"code":1000}`)
	require.NotContains(t, string(text), "Authorization")

	for name, parts := range map[string][]string{"unchanged": {"he", "llo\n", "\xff\n"},
		"in other pieces": {"h", "ello\n\xff", "\n"}, "in one piece": {"hello\n\xff\n"}} {
		t.Run(name, func(t *testing.T) {
			res, err := upper(t, replay.Serve(t, file).Config(), parts)
			require.NoError(t, err)
			require.Equal(t, &subresource.Result{Stdout: []byte("HELLO\n\xff\n"), Stderr: []byte("done\n"),
				ExitCode: 7}, res)
		})
	}
}

func TestAReplayedSessionReportsADifference(t *testing.T) {
	file := record(t)
	for name, row := range map[string]struct {
		parts []string
		want  string
	}{
		"other input": {[]string{"help\n\xff\n"}, `channel 0: recorded "llo\n", sent "lp\n`},
		"less input":  {[]string{"he", "llo\n"}, "channel 0: recorded"},
		"more input":  {[]string{"hello\n\xff\nx"}, "channel 0: unexpected input `x`"},
	} {
		t.Run(name, func(t *testing.T) {
			tb := &replayReport{}
			_, err := upper(t, replay.Serve(tb, file).Config(), row.parts)
			if name != "more input" {
				require.Error(t, err)
			}
			require.Contains(t, strings.Join(tb.end(), "\n"), row.want)
		})
	}
}

func TestASecretInASessionIsNotWritten(t *testing.T) {
	srv := demoServer(t)
	cfg := srv.Config()
	recorder := replay.NewRecorder("a token in two messages", "v1.35.4")
	half := len(cfg.BearerToken) / 2
	_, err := upper(t, cfg, []string{cfg.BearerToken[:half], cfg.BearerToken[half:]}, recorder.Option(cfg))
	require.NoError(t, err)
	err = recorder.WriteFile(filepath.Join(t.TempDir(), "x"))
	require.ErrorContains(t, err, "a client's bearer token is in the recording of GET /api/v1/namespaces/default/pods/shell/exec")
	require.NotContains(t, err.Error(), cfg.BearerToken)
}

func TestACutSessionIsReplayedWithItsCut(t *testing.T) {
	srv := demoServer(t)
	srv.Fault(kxtest.Fault{Path: "**", Then: kxtest.CutStream(3)})
	recorder := replay.NewRecorder("a stream is cut", "v1.35.4")
	_, err := upper(t, srv.Config(), []string{"hello"}, recorder.Option(srv.Config()))
	var lost *transport.StatusError
	require.Error(t, err)
	require.False(t, errors.As(err, &lost))
	file := filepath.Join(t.TempDir(), "session.http")
	require.NoError(t, recorder.WriteFile(file))
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), `{"dir":"<","opcode":8,"code":1006}`)
	_, errReplayed := upper(t, replay.Serve(t, file).Config(), []string{"hello"})
	require.Error(t, errReplayed)
}
