package conformance_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// watchCutter breaks the connection of each watch after some bytes. If forgets is set, it answers
// every fourth watch as a server does that no longer has the events.
type watchCutter struct {
	next    http.RoundTripper
	forgets bool

	mu      sync.Mutex
	watches int
}

// expired is the API server's answer to a watch from a version that it has forgotten.
const expired = `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",` +
	`"message":"too old resource version: 1 (2)","reason":"Expired","code":410}`

func (c *watchCutter) RoundTrip(r *http.Request) (*http.Response, error) {
	if !r.URL.Query().Has("watch") {
		return c.next.RoundTrip(r)
	}
	c.mu.Lock()
	c.watches++
	count := c.watches
	c.mu.Unlock()
	if c.forgets && count%4 == 0 {
		return &http.Response{
			StatusCode: http.StatusGone, Header: http.Header{"Content-Type": {"application/json"}},
			Body: io.NopCloser(strings.NewReader(expired)), Request: r,
		}, nil
	}
	answer, err := c.next.RoundTrip(r)
	if err == nil {
		// The first event arrives whole, so that each watch gets on.
		answer.Body = &cutWatchBody{answer.Body, 1000 + count*701%3000}
	}
	return answer, err
}

func (c *watchCutter) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.watches
}

// cutWatchBody fails after some bytes.
type cutWatchBody struct {
	io.ReadCloser
	left int
}

func (b *cutWatchBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, errors.New("the test has cut the connection")
	}
	n, err := b.ReadCloser.Read(p[:min(len(p), b.left)])
	b.left -= n
	return n, err
}

// cutConfigMaps returns an API whose watches are cut.
func (w *world) cutConfigMaps(t *testing.T, forgets bool) (*resources.API[resources.ConfigMap], *watchCutter) {
	cutter := &watchCutter{forgets: forgets}
	client := connect(t, w.config, transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
		cutter.next = next
		return cutter
	}))
	return resources.New[resources.ConfigMap](client), cutter
}
