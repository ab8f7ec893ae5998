// Package wiretest has plain HTTP and WebSocket clients, and pods, for the tests of kxtest.
package wiretest

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

// Client is a plain HTTP client of a server, for tests of what is on the wire.
type Client struct {
	T      *testing.T
	HTTP   *http.Client
	Base   string
	Token  string
	Header http.Header
}

// NewClient returns a client with the credentials of config.
func NewClient(t *testing.T, config *kubeconfig.Config) *Client {
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(config.TLS.CAData))
	settings := &tls.Config{RootCAs: pool}
	if config.TLS.CertData != nil {
		pair, err := tls.X509KeyPair(config.TLS.CertData, config.TLS.KeyData)
		require.NoError(t, err)
		settings.Certificates = []tls.Certificate{pair}
	}
	transport := &http.Transport{TLSClientConfig: settings, ForceAttemptHTTP2: true,
		DisableCompression: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &Client{
		T:      t,
		HTTP:   &http.Client{Transport: transport},
		Base:   config.Server,
		Token:  config.BearerToken,
		Header: http.Header{"User-Agent": {"test/1"}},
	}
}

// With returns a client that sends one more header.
func (c *Client) With(name, value string) *Client {
	copied := *c
	copied.Header = c.Header.Clone()
	copied.Header.Add(name, value)
	return &copied
}

// Answer is the answer to a request, its body read.
type Answer struct {
	T    *testing.T
	Code int
	Head http.Header
	Body []byte
}

// Open sends a request and returns the answer with its body open.
func (c *Client) Open(method, path, body string) (*http.Response, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	request, err := http.NewRequestWithContext(c.T.Context(), method, c.Base+path, reader)
	require.NoError(c.T, err)
	request.Header = c.Header.Clone()
	if c.Token != "" {
		request.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if body != "" && request.Header.Get("Content-Type") == "" {
		request.Header.Set("Content-Type", "application/json")
	}
	return c.HTTP.Do(request)
}

// Do sends a request and returns its answer.
func (c *Client) Do(method, path, body string) *Answer {
	c.T.Helper()
	response, err := c.Open(method, path, body)
	require.NoError(c.T, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	require.NoError(c.T, err)
	return &Answer{T: c.T, Code: response.StatusCode, Head: response.Header, Body: data}
}

// Get sends a GET.
func (c *Client) Get(path string) *Answer { c.T.Helper(); return c.Do("GET", path, "") }

// Is requires a status code, and returns the answer.
func (a *Answer) Is(code int) *Answer {
	a.T.Helper()
	require.Equal(a.T, code, a.Code, "%s", a.Body)
	return a
}

// At returns the value under a path of names and indexes in the body.
func (a *Answer) At(path ...any) any {
	a.T.Helper()
	var value any
	require.NoError(a.T, json.Unmarshal(a.Body, &value), "%s", a.Body)
	return Follow(value, path...)
}

// Follow returns the value under a path of names and indexes in value.
func Follow(value any, path ...any) any {
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

// Eventually reads until holds returns true.
func (c *Client) Eventually(path string, holds func(*Answer) bool) *Answer {
	c.T.Helper()
	var last *Answer
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		last = c.Get(path)
		if holds(last) {
			return last
		}
	}
	require.Fail(c.T, "it never came", "%s", last.Body)
	return nil
}

// Pods is the path of the pods in the namespace default.
const Pods = "/api/v1/namespaces/default/pods"

// WebPod is a pod named web that sleeps.
const WebPod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web",` +
	`"labels":{"app":"web"}},"spec":{"containers":[{"name":"app",` +
	`"image":"kx.local/busybox:1","command":["sleep","1000"]}]}}`

// IsRunning reports whether the pod in a runs.
func IsRunning(a *Answer) bool { return a.At("status", "phase") == "Running" }

// MergePatch is the content type of a JSON Merge Patch (RFC 7396).
const MergePatch = "application/merge-patch+json"

// The content types of the other patches.
const (
	StrategicType = "application/strategic-merge-patch+json"
	JSONPatchType = "application/json-patch+json"
	ApplyType     = "application/apply-patch+yaml"
)
