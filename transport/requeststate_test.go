package transport

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport/internal/credential"
)

// slowPlugin is credentials whose plugin runs for a minute, each time for another token.
type slowPlugin struct{ token string }

func (p *slowPlugin) Sign(req *http.Request) (*http.Request, credential.Signature, error) {
	if p.token == "" {
		p.run(req.Context(), "one")
	}
	signed := req.Clone(req.Context())
	signed.Header.Set("Authorization", "Bearer "+p.token)
	return signed, credential.Signature{}, nil
}

func (p *slowPlugin) Renew(ctx context.Context, _ credential.Signature) (bool, error) {
	p.run(ctx, "two")
	return true, nil
}

func (p *slowPlugin) run(ctx context.Context, token string) {
	resume := pauseLimit(ctx)
	defer resume()
	time.Sleep(time.Minute)
	p.token = token
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

func TestTheTimeLimitPausesWhileThePluginRuns(t *testing.T) {
	for name, tc := range map[string]struct {
		answer  time.Duration // the server's time for each of two requests
		expires time.Duration // when the limit of 10 s expires, in all; zero if it does not
	}{
		"the server answers within the limit": {answer: 4 * time.Second},
		"the server is too slow":              {answer: 6 * time.Second, expires: 2*time.Minute + 10*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := func(req *http.Request) (*http.Response, error) {
					if err := sleep(req.Context(), tc.answer); err != nil {
						return nil, err
					}
					code := http.StatusUnauthorized
					if req.Header.Get("Authorization") == "Bearer two" {
						code = http.StatusOK
					}
					return &http.Response{StatusCode: code, Body: http.NoBody, Request: req}, nil
				}
				wrap := func(rt http.RoundTripper) http.RoundTripper {
					a := rt.(*authenticator)
					a.next, a.credentials = roundTripFunc(server), &slowPlugin{}
					return a
				}
				c, err := New(&kubeconfig.Config{Server: "https://kx.invalid"},
					WithTimeout(10*time.Second), WithRoundTripper(wrap))
				require.NoError(t, err)
				start := time.Now()
				_, err = c.Fetch(t.Context(), &Request{Method: http.MethodGet, Path: []string{"api"}})
				if tc.expires == 0 {
					require.NoError(t, err)
					return
				}
				require.ErrorAs(t, err, new(*TimeoutError))
				require.Equal(t, tc.expires, time.Since(start))
			})
		})
	}
}
