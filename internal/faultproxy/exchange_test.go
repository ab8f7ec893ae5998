package faultproxy

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// brokenOff counts the answers that are broken off.
type brokenOff struct {
	sender
	count int
}

func (b *brokenOff) breakOff(Effect) { b.count++ }

func TestARequestThatTheClientHasCancelledDoesNotBreakItsConnection(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for sentence, tc := range map[string]struct {
		ctx  context.Context
		want int
	}{
		"the client has cancelled the request": {cancelled, 0},
		"the API server is down":               {t.Context(), 1},
	} {
		t.Run(sentence, func(t *testing.T) {
			// Nothing listens on port 0.
			upstream := &Upstream{base: &url.URL{Scheme: "https", Host: "127.0.0.1:0"}, transport: &http.Transport{}}
			p := &Proxy{upstream: upstream}
			r := &Record{Method: http.MethodGet, URL: &url.URL{Path: "/version"}, Header: http.Header{}}
			s := new(brokenOff)
			require.Error(t, p.exchange(tc.ctx, r, nil, s))
			require.Equal(t, tc.want, s.count)
		})
	}
}
