package transport_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestNewFailsForAnInvalidServerURL(t *testing.T) {
	for name, tc := range map[string]struct{ server, want string }{
		"none": {"", "names no server"},
		"a bare host": {"10.0.0.1",
			"server 10.0.0.1 is not an http or https URL: write it as https://HOST:PORT"},
		"host and port":     {"localhost:6443", "is not an http or https URL"},
		"another scheme":    {"ftp://h", "is not an http or https URL"},
		"no host":           {"https:///api", "is not an http or https URL"},
		"control character": {"https://h\x7f", "is not an http or https URL"},
		"credentials":       {"https://me:s3cret@h", "holds a user name or password"},
		"a token":           {"https://s3cret@h:6443", "holds a user name or password"},
		"opaque":            {"me:s3cret@h:6443", "is not an http or https URL"},
		"relative":          {"s3cret@h/x", "is not an http or https URL"},
		"broken port":       {"https://me:s3cret@h:port", "is not an http or https URL"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transport.New(&kubeconfig.Config{Server: tc.server})
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
	_, err := transport.New(nil)
	require.ErrorContains(t, err, "names no server")
}

func TestRequestsAreSentBelowTheServersPathWithoutItsQuery(t *testing.T) {
	var uri string
	cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { uri = r.RequestURI })
	base := cfg.Server[:len(cfg.Server)-len(mount)]
	for server, want := range map[string]string{
		base:                         "/api/v1/pods",
		base + "/":                   "/api/v1/pods",
		base + mount + "//":          mount + "/api/v1/pods",
		base + mount + "?token=x#y":  mount + "/api/v1/pods",
		base + "/a%2Fb%20c/":         "/a%2Fb%20c/api/v1/pods",
		base + "/a%2F":               "/a%2F/api/v1/pods",
		base + "/%7Bid%7D/{literal}": "/%7Bid%7D/%7Bliteral%7D/api/v1/pods",
	} {
		c := newClient(t, &kubeconfig.Config{Server: server, TLS: cfg.TLS})
		_, err := c.Fetch(t.Context(), get())
		require.NoError(t, err, server)
		require.Equal(t, want, uri, server)
	}
}

func TestAConfigMadeByHandWorks(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "application/json", r.Header.Get("Accept"))
		_, _ = io.WriteString(w, r.Proto)
	})
	c := newClient(t, &kubeconfig.Config{Server: cfg.Server, TLS: cfg.TLS})
	body, err := c.Fetch(t.Context(), get())
	require.NoError(t, err)
	require.Equal(t, "HTTP/2.0", string(body))
	require.Equal(t, "default", c.Namespace())
	require.Equal(t, cfg.Server, c.Server())
}

func TestTheUserAgentHasVersionAndPlatform(t *testing.T) {
	var agent string
	cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { agent = r.UserAgent() })
	for want, opts := range map[string][]transport.Option{
		`^kx/\S+ \(` + runtime.GOOS + "/" + runtime.GOARCH + `\)$`: {transport.WithUserAgent("")},
		`^mine/1$`: {transport.WithUserAgent("mine/1")},
	} {
		_, err := newClient(t, cfg, opts...).Fetch(t.Context(), get())
		require.NoError(t, err)
		require.Regexp(t, want, agent)
	}
}

func TestAPrintedClientOrRequestShowsNoSecret(t *testing.T) {
	c := newClient(t, &kubeconfig.Config{Server: "https://h", BearerToken: "s3cret",
		ProxyURL: "http://u:s3cret@p:1"},
		transport.WithTimeout(1))
	req := get("api", "v1")
	req.Query = map[string][]string{"command": {"s3cret"}}
	req.Body = []byte("s3cret")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		shown := fmt.Sprintf(verb+verb+verb, c, req, *req)
		require.NotContains(t, shown, "s3cret")
		require.Contains(t, shown, "https://h")
		require.Contains(t, shown, "GET /api/v1")
	}
}

func TestConnectionsAreReusedAfterFailures(t *testing.T) {
	for name, with := range protocols {
		t.Run(name, func(t *testing.T) {
			var opened counter
			n := 0
			cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				n++
				switch n % 3 {
				case 0:
					w.WriteHeader(http.StatusNotFound)
					_, _ = w.Write(make([]byte, 100_000))
				case 1:
					w.Header().Set("Retry-After", "0")
					w.WriteHeader(http.StatusServiceUnavailable)
					_, _ = w.Write(make([]byte, 20_000))
				default:
					w.WriteHeader(http.StatusCreated)
				}
			}, with, opened.count)
			c := newClient(t, cfg)
			for range 4 {
				_, _ = c.Fetch(t.Context(), send("POST", "{}"))
			}
			require.GreaterOrEqual(t, n, 6)
			require.EqualValues(t, 1, opened.Load())
			require.Eventually(t, func() bool { // HTTP/2 ends a stream shortly after its answer
				c.Close()
				_, _ = c.Fetch(t.Context(), get()) // any of the three answers
				return opened.Load() == 2
			}, time.Minute, time.Millisecond)
		})
	}
}
