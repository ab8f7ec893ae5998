package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// fakePlugin gives its answers one after the other, the last again and again, and takes its time for each.
type fakePlugin struct {
	answers []*execCredential
	err     error
	takes   time.Duration // a second if zero
	runs    atomic.Int32
}

func (p *fakePlugin) run(ctx context.Context) (*execCredential, error) {
	n := int(p.runs.Add(1))
	select {
	case <-time.After(cmp.Or(p.takes, time.Second)):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.err != nil {
		return nil, p.err
	}
	copied := *p.answers[min(n, len(p.answers))-1]
	return &copied, nil
}

func (p *fakePlugin) source() *execSource {
	return &execSource{make: p.run, present: func(*tls.Certificate) {}}
}

func TestAPluginsCredentialIsUsedUntilItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		soon := time.Now().Add(10 * time.Minute)
		p := &fakePlugin{answers: []*execCredential{{token: "one", expires: soon}, {token: "past", expires: soon}, {token: "for ever"}}}
		s := p.source()
		require.Nil(t, s.latest())
		gives := func(token string, runs int) {
			t.Helper()
			c, err := s.get(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, token, c.token)
			require.EqualValues(t, runs, p.runs.Load())
			require.Same(t, c, s.latest())
		}
		gives("one", 1)
		time.Sleep(time.Until(soon) - time.Nanosecond)
		gives("one", 1)
		time.Sleep(time.Nanosecond)
		gives("past", 2) // what has expired when it comes is used once: the clocks may differ
		gives("for ever", 3)
		time.Sleep(1000 * time.Hour)
		gives("for ever", 3)
	})
}

func TestAHundredRequestsShareOneRun(t *testing.T) {
	for name, failure := range map[string]error{"that gives a credential": nil, "that fails": errors.New("no")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &fakePlugin{answers: []*execCredential{{token: "t"}}, err: failure}
				s := p.source()
				var all sync.WaitGroup
				for range 100 {
					all.Go(func() {
						_, err := s.get(t.Context(), nil)
						require.Equal(t, failure, err)
					})
				}
				all.Wait()
				require.EqualValues(t, 1, p.runs.Load())
				_, err := s.get(t.Context(), nil)
				require.Equal(t, failure, err)
				if failure != nil {
					require.EqualValues(t, 2, p.runs.Load(), "a failure is not kept")
				}
			})
		})
	}
}

func TestWhenTheRequestThatHasThePluginRunIsCancelledAnotherTakesOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakePlugin{answers: []*execCredential{{token: "t"}}}
		s := p.source()
		first, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := s.get(first, nil)
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		impatient, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer stop()
		all.Go(func() {
			start := time.Now()
			_, err := s.get(impatient, nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, 200*time.Millisecond, time.Since(start), "a waiter waits no longer than its own context")
		})
		for range 100 {
			all.Go(func() {
				c, err := s.get(t.Context(), nil)
				require.NoError(t, err)
				require.Equal(t, "t", c.token)
			})
		}
		synctest.Wait()
		time.Sleep(500 * time.Millisecond)
		cancel()
		all.Wait()
		require.EqualValues(t, 2, p.runs.Load())
	})
}

func TestAPluginRunsAgainForTheCredentialThatWasRefusedAndForNoOlderOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakePlugin{answers: []*execCredential{{token: "one"}, {token: "two"}, {token: "two"}}}
		s := p.source()
		one, err := s.get(t.Context(), nil)
		require.NoError(t, err)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				renewed, err := s.renew(t.Context(), one)
				require.NoError(t, err)
				require.True(t, renewed)
			})
		}
		all.Wait()
		require.EqualValues(t, 2, p.runs.Load())
		two := s.latest()
		renewed, err := s.renew(t.Context(), one)
		require.NoError(t, err)
		require.True(t, renewed)
		require.EqualValues(t, 2, p.runs.Load(), "another request has renewed it already")
		for range 2 {
			renewed, err = s.renew(t.Context(), two)
			require.NoError(t, err)
			require.False(t, renewed, "the same again")
			require.EqualValues(t, 3, p.runs.Load(), "and whoever was refused the same asks no more")
		}
	})
}

func TestConnectionsAreToldOfAPluginsCertificateAndOfItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expired := time.Now()
		pair := func() *tls.Certificate { return &tls.Certificate{Leaf: new(x509.Certificate)} }
		p := &fakePlugin{answers: []*execCredential{
			{cert: "a", key: "a", certificate: pair(), expires: expired}, {cert: "a", key: "a", certificate: pair(), expires: expired},
			{cert: "b", key: "b", certificate: pair(), expires: expired}, {token: "t", expires: expired},
		}}
		var presented []*tls.Certificate
		s := p.source()
		s.present = func(c *tls.Certificate) { presented = append(presented, c) }
		for range p.answers {
			_, err := s.get(t.Context(), nil)
			require.NoError(t, err)
		}
		require.Len(t, presented, 4)
		require.Same(t, p.answers[0].certificate, presented[0])
		require.Same(t, p.answers[1].certificate, presented[1], "that it is the same again is for the connections to see")
		require.Same(t, p.answers[2].certificate, presented[2])
		require.Nil(t, presented[3])
	})
}

func TestAPluginThatPanicsHoldsNobodyUp(t *testing.T) {
	runs := 0
	s := &execSource{present: func(*tls.Certificate) {}, make: func(context.Context) (*execCredential, error) {
		runs++
		if runs == 1 {
			panic("s")
		}
		return &execCredential{token: "t"}, nil
	}}
	require.Panics(t, func() { _, _ = s.get(t.Context(), nil) })
	c, err := s.get(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "t", c.token)
}

func TestTheTimeLimitStandsStillWhileThePluginRuns(t *testing.T) {
	for name, tc := range map[string]struct {
		answers time.Duration // of the server, for each of two requests
		want    time.Duration // in all, until the limit of 10 s has run out; zero for an answer
	}{
		"a minute each, before and after a 401": {answers: 4 * time.Second},
		"the server is as slow as ever":         {answers: 6 * time.Second, want: time.Minute + 6*time.Second + time.Minute + 4*time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &fakePlugin{answers: []*execCredential{{token: "one"}, {token: "two"}}, takes: time.Minute}
				server := func(req *http.Request) (*http.Response, error) {
					select {
					case <-time.After(tc.answers):
					case <-req.Context().Done():
						return nil, req.Context().Err()
					}
					code := http.StatusUnauthorized
					if req.Header.Get("Authorization") == "Bearer two" {
						code = http.StatusOK
					}
					return &http.Response{StatusCode: code, Body: http.NoBody, Request: req}, nil
				}
				c, err := New(&kubeconfig.Config{Server: "https://kx.invalid"}, WithTimeout(10*time.Second), WithRoundTripper(func(rt http.RoundTripper) http.RoundTripper {
					a := rt.(*authenticator)
					a.next, a.credentials.plugin = roundTripFunc(server), p.source()
					return a
				}))
				require.NoError(t, err)
				start := time.Now()
				_, err = c.Fetch(t.Context(), &Request{Method: http.MethodGet, Path: []string{"api"}})
				if tc.want == 0 {
					require.NoError(t, err)
					return
				}
				require.ErrorAs(t, err, new(*TimeoutError))
				require.Equal(t, tc.want, time.Since(start))
			})
		})
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
