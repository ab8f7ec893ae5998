package transport_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestAConnectionErrorNamesTheServerAndTheRemedy(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	const in = `context "dev" in /home/me/.kube/config`
	for name, tc := range map[string]struct {
		err  error
		want string
	}{
		"refused": {dial(syscall.ECONNREFUSED),
			"GET /api/v1/pods: cannot reach kx.invalid:6443 (" + in +
				"): dial tcp: connection refused; is the API server running there? check the address in " + in},
		"no such host": {dial(&net.DNSError{Err: "no such host", Name: "kx.invalid", IsNotFound: true}),
			"lookup kx.invalid: no such host; check the host name in " + in + ", or the name server"},
		"no route": {dial(syscall.EHOSTUNREACH),
			"no route to host; there is no route to it: check the network or VPN, or set proxy-url"},
		"no answer": {dial(os.ErrDeadlineExceeded),
			"i/o timeout; nothing answers there: check the address in " + in + ", and the network or VPN"},
		"several lines": {errors.New("a\n\x1b[31mb"), ": a [31mb"},
	} {
		t.Run(name, func(t *testing.T) {
			c := offline(t, roundTripper(func(*http.Request) (*http.Response, error) { return nil, tc.err }))
			req := get()
			req.Query = url.Values{"command": {"s3cret"}}
			_, err := c.Do(t.Context(), req)
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.ErrorIs(t, err, tc.err)
			require.NotContains(t, fmt.Sprintf("%v %+v", err, err), "s3cret")
			for e := err; e != nil; e = errors.Unwrap(e) {
				require.NotContains(t, e.Error(), "s3cret", "by each layer")
			}
			var ce *transport.ConnectionError
			require.ErrorAs(t, err, &ce)
			require.False(t, ce.Sent)
			require.Equal(t, source, ce.Source)
		})
	}
}

func TestAReplacedServerAddressIsNotAttributedToTheContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	given := source
	given.Cluster = ""
	_, err = newClient(t, &kubeconfig.Config{Server: "https://" + address,
		Source: given}).Do(t.Context(), get())
	require.ErrorContains(t, err, "cannot reach "+address+": ")
	require.ErrorContains(t, err, "connection refused; is the API server running there? check the address")
	require.NotContains(t, err.Error(), "context")
}

func TestARefusedConnectionNamesThePort(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	require.NoError(t, l.Close())
	_, err = newClient(t, &kubeconfig.Config{Server: "https://" + address,
		Source: source}).Do(t.Context(),
		send("POST", "{}"))
	requireOneLine(t, err)
	require.ErrorContains(t, err, "cannot reach "+address+` (context "dev" in /home/me/.kube/config)`)
	require.ErrorContains(t, err, "connection refused; is the API server running there?")
	require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
}

func TestAPlainHTTPServerAtAnHTTPSAddressIsRecognised(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	_, err := newClient(t, &kubeconfig.Config{Server: "https://" +
		s.Listener.Addr().String()}).Do(t.Context(), get())
	requireOneLine(t, err)
	require.ErrorContains(t, err, "the server does not speak TLS at this port")
}

func TestAWritesOutcomeIsUnknownWhenTheConnectionIsLost(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			asked := map[string]int{}
			cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) {
				asked[r.Method]++
				panic(http.ErrAbortHandler)
			}, with)
			c := newClient(t, cfg)
			for _, method := range []string{"POST", "PUT", "PATCH", "DELETE"} {
				_, err := c.Do(t.Context(), send(method, "{}"))
				requireOneLine(t, err)
				require.ErrorIs(t, err, transport.ErrOutcomeUnknown, method)
				require.ErrorContains(t, err, "the connection to ")
				require.ErrorContains(t, err, "the write may have happened: read the object before you send it again")
				require.Equal(t, 1, asked[method], "not sent again")
			}
			_, err := c.Do(t.Context(), get())
			requireOneLine(t, err)
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			require.Greater(t, asked["GET"], 1, "sent again")
			dry := send("PATCH", "{}")
			dry.Idempotent = true
			_, err = c.Do(t.Context(), dry)
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
			require.Greater(t, asked["PATCH"], 2, "sent again")
		})
	}
}

func TestFetchSendsAReadOnceMoreWhenTheBodyIsCutOff(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			asked := 0
			cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked++
				w.Header().Set("Content-Length", "100")
				_, _ = w.Write([]byte("half"))
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}, with)
			c := newClient(t, cfg)
			body, err := c.Fetch(t.Context(), get())
			requireOneLine(t, err)
			require.Nil(t, body)
			require.ErrorContains(t, err, "the answer was cut off")
			require.Equal(t, 2, asked)
			_, err = c.Fetch(t.Context(), send("POST", "{}"))
			requireOneLine(t, err)
			require.Equal(t, 3, asked)
			require.ErrorIs(t, err, transport.ErrOutcomeUnknown, "the answer is unknown")
			dry := send("POST", "{}")
			dry.Idempotent = true
			_, err = c.Fetch(t.Context(), dry)
			require.Equal(t, 5, asked)
			require.NotErrorIs(t, err, transport.ErrOutcomeUnknown)
		})
	}
}

func TestACancellationMatchesItsCauseAndTheContextsError(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	asked := 0
	c := offline(t, roundTripper(func(*http.Request) (*http.Response, error) { asked++; return nil, context.Canceled }))
	_, err := c.Do(ctx, get())
	require.EqualError(t, err, "GET /api/v1/pods: enough")
	require.ErrorIs(t, err, cause)
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, asked)
}
