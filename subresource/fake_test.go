package subresource_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/wstest"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

const (
	success = `{"metadata":{},"status":"Success"}`
	v5      = "v5.channel.k8s.io"
	v4      = "v4.channel.k8s.io"
)

// exited returns the status of a program that ended with code.
func exited(code string) string {
	return fmt.Sprintf(`{"metadata":{},"status":"Failure","message":"command terminated with non-zero exit code","reason":"NonZeroExitCode",`+
		`"details":{"causes":[{"reason":"ExitCode","message":%q}]}}`, code)
}

// fakeServer is a server in memory. serve handles each session, by the protocol or against it.
type fakeServer struct {
	serve    func(*wstest.Peer)
	protocol string // v5 if empty
	buffers  int    // bytes that the network buffers in each direction; 64 KiB if 0
	pod      string // the answer to a GET of a pod
	code     int    // of the answer to each session, with the body refusal; 0 accepts them
	refusal  string

	mu       sync.Mutex
	requests []*http.Request
}

func (s *fakeServer) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	if req.Header.Get("Upgrade") == "" {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.pod)), Request: req}, nil
	}
	if s.code != 0 {
		return &http.Response{StatusCode: s.code, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(s.refusal)), Request: req}, nil
	}
	protocol, buffers := s.protocol, s.buffers
	if protocol == "" {
		protocol = v5
	}
	if buffers == 0 {
		buffers = 64 << 10
	}
	resp, peer := wstest.Accept(req, protocol, buffers)
	go s.serve(peer)
	return resp, nil
}

// pods returns the API for the server's pods.
func (s *fakeServer) pods(t testing.TB, opts ...transport.Option) *resources.API[resources.Pod] {
	t.Helper()
	opts = append(opts, transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return s }))
	client, err := transport.New(&kubeconfig.Config{Server: "https://kx.invalid:6443"}, opts...)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return resources.New[resources.Pod](client)
}

// sent returns the number of requests.
func (s *fakeServer) sent() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.requests)
}

// finish ends a session as a server does: with the status and a close frame.
func finish(p *wstest.Peer, status string) {
	_ = p.Message(3, status)
	_ = p.SendClose(1000)
	_ = p.CloseWrite()
	p.Discard()
	p.Close()
}

// says returns a serve function: the program writes output to stdout, and ends with status.
func says(output, status string) func(*wstest.Peer) {
	return func(p *wstest.Peer) {
		_ = p.Message(1, output)
		finish(p, status)
	}
}
