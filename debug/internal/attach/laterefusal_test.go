package attach

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// attachServer is a server in memory. serve handles each session. log is called for each log, if it
// is set, and beforeAttach before the answer to each attach, which fails with its error.
type attachServer struct {
	log          func() string
	beforeAttach func(ctx context.Context) error
	attempts     int
	serve        func(attempt int, p *wstest.Peer)
}

func (s *attachServer) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Header.Get("Upgrade") == "" {
		log := ""
		if s.log != nil {
			log = s.log()
		}
		return &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"text/plain"}},
			Body: io.NopCloser(strings.NewReader(log)), Request: req}, nil
	}
	if s.beforeAttach != nil {
		if err := s.beforeAttach(req.Context()); err != nil {
			return nil, err
		}
	}
	resp, peer := wstest.Accept(req, "v5.channel.k8s.io", 64<<10)
	s.attempts++
	go s.serve(s.attempts, peer)
	return resp, nil
}

// attacher returns an Attacher to a container of the server, whose program ends with the code 3.
func (s *attachServer) attacher(t *testing.T, start PendingStart, stdout io.Writer) *Attacher {
	t.Helper()
	config := &kubeconfig.Config{Server: "https://kx.invalid:6443", Namespace: "default"}
	client, err := transport.New(config,
		transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return s }))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return &Attacher{
		Pods: resources.New[resources.PodOutline](client), Pod: "web", Container: "debugger",
		Stdout: stdout, Start: start,
		AwaitExit: func(context.Context, time.Duration) (State, error) { return State{ExitCode: 3}, nil },
		OnRunning: func(context.Context) {},
	}
}

func running() (State, error) { return State{Running: true}, nil }

func TestALateRefusalByASlowNodeLosesNoStdin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stdin, keys := io.Pipe()
		started, done := make(chan struct{}), make(chan struct{})
		close(started)
		var got string
		server := &attachServer{serve: func(attempt int, p *wstest.Peer) {
			read := func(want string) {
				for got = ""; len(got) < len(want); {
					m, err := p.NextMessage()
					if err != nil {
						return
					}
					got += string(m[1:])
				}
			}
			status := `{"metadata":{},"status":"Success"}`
			if attempt == 1 {
				go func() { _, _ = io.WriteString(keys, "typed") }()
				read("typed")
				time.Sleep(aliveAfter + finalAfter/4)
				close(done)
				time.Sleep(finalAfter / 4)
				go func() { _, _ = io.WriteString(keys, " more") }()
				read(" more")
				time.Sleep(finalAfter / 4)
				status = `{"status":"Failure","code":500,"message":"container debugger not found in pod web"}`
			} else {
				read("typed more")
			}
			_ = p.Message(3, status)
			_ = p.SendClose(1000)
			p.WaitClosed()
		}}
		a := server.attacher(t, PendingStart{Started: started, Done: done, State: running}, io.Discard)
		a.Stdin = stdin
		state, err := a.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, State{ExitCode: 3}, state)
		require.Equal(t, 2, server.attempts)
		require.Equal(t, "typed more", got)
		keys.Close()
	})
}
