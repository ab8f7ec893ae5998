package kxtest_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// client is a plain HTTP client of a server, so that these tests see what is on the wire.
type client struct {
	t      *testing.T
	http   *http.Client
	base   string
	token  string
	header http.Header
}

func newClient(t *testing.T, config *kubeconfig.Config) *client {
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(config.TLS.CAData))
	settings := &tls.Config{RootCAs: pool}
	if config.TLS.CertData != nil {
		pair, err := tls.X509KeyPair(config.TLS.CertData, config.TLS.KeyData)
		require.NoError(t, err)
		settings.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true, DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &client{t: t, http: &http.Client{Transport: transport}, base: config.Server, token: config.BearerToken,
		header: http.Header{"User-Agent": {"test/1"}}}
}

// with returns a client that sends a header besides.
func (c *client) with(name, value string) *client {
	copied := *c
	copied.header = c.header.Clone()
	copied.header.Add(name, value)
	return &copied
}

type answer struct {
	t    *testing.T
	code int
	head http.Header
	body []byte
}

func (c *client) open(method, path, body string) (*http.Response, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.base+path, reader)
	require.NoError(c.t, err)
	request.Header = c.header.Clone()
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	if body != "" && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return c.http.Do(request)
}

func (c *client) do(method, path, body string) *answer {
	c.t.Helper()
	response, err := c.open(method, path, body)
	require.NoError(c.t, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(c.t, err)
	return &answer{t: c.t, code: response.StatusCode, head: response.Header, body: data}
}

func (c *client) get(path string) *answer { c.t.Helper(); return c.do("GET", path, "") }

// is requires a status code, and returns the body.
func (a *answer) is(code int) *answer {
	a.t.Helper()
	require.Equal(a.t, code, a.code, "%s", a.body)
	return a
}

// at follows names and indexes into the body.
func (a *answer) at(path ...any) any {
	a.t.Helper()
	var value any
	require.NoError(a.t, json.Unmarshal(a.body, &value), "%s", a.body)
	return follow(value, path...)
}

func follow(value any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := value.(map[string]any)
			value = m[step]
		case int:
			l, _ := value.([]any)
			if step >= len(l) {
				return nil
			}
			value = l[step]
		}
	}
	return value
}

// eventually reads until the condition holds.
func (c *client) eventually(path string, holds func(*answer) bool) *answer {
	c.t.Helper()
	var last *answer
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		last = c.get(path)
		if holds(last) {
			return last
		}
	}
	require.Fail(c.t, "it never came", "%s", last.body)
	return nil
}

const pods = "/api/v1/namespaces/default/pods"

const webPod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"kx.local/busybox:1","command":["sleep","1000"]}]}}`

func running(a *answer) bool { return a.at("status", "phase") == "Running" }

const mergeType = "application/merge-patch+json"

const (
	strategicType = "application/strategic-merge-patch+json"
	jsonPatchType = "application/json-patch+json"
	applyType     = "application/apply-patch+yaml"
)
