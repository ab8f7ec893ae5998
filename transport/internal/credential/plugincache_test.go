package credential

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// fakePlugin returns its answers one after the other, and then the last one each time.
type fakePlugin struct {
	answers []*pluginCredential
	err     error
	runs    atomic.Int32
}

func (p *fakePlugin) run(ctx context.Context) (*pluginCredential, error) {
	n := int(p.runs.Add(1))
	select {
	case <-time.After(time.Second):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if p.err != nil {
		return nil, p.err
	}
	copied := *p.answers[min(n, len(p.answers))-1]
	return &copied, nil
}

func (p *fakePlugin) cache() *pluginCache {
	return &pluginCache{run: p.run, present: func(*tls.Certificate) {}}
}

func TestAPluginsCredentialIsUsedUntilItExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		soon := time.Now().Add(10 * time.Minute)
		p := &fakePlugin{answers: []*pluginCredential{{token: "one", expires: soon}, {token: "expired", expires: soon},
			{token: "without end"}}}
		s := p.cache()
		require.Nil(t, s.latest())
		requireToken := func(token string, runs int) {
			t.Helper()
			c, err := s.get(t.Context(), nil)
			require.NoError(t, err)
			require.Equal(t, token, c.token)
			require.EqualValues(t, runs, p.runs.Load())
			require.Same(t, c, s.latest())
		}
		requireToken("one", 1)
		time.Sleep(time.Until(soon) - time.Nanosecond)
		requireToken("one", 1)
		time.Sleep(time.Nanosecond)
		requireToken("expired", 2) // used once although it has expired: clocks differ
		requireToken("without end", 3)
		time.Sleep(1000 * time.Hour)
		requireToken("without end", 3)
	})
}

func TestAHundredRequestsShareOneRun(t *testing.T) {
	for name, failure := range map[string]error{"a plugin that returns a credential": nil, "a plugin that fails": errors.New("no")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &fakePlugin{answers: []*pluginCredential{{token: "t"}}, err: failure}
				s := p.cache()
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

func TestAnotherRequestRunsThePluginWhenTheFirstIsCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakePlugin{answers: []*pluginCredential{{token: "t"}}}
		s := p.cache()
		first, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := s.get(first, nil)
			require.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		short, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer stop()
		all.Go(func() {
			start := time.Now()
			_, err := s.get(short, nil)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Equal(t, 200*time.Millisecond, time.Since(start), "a waiting request ends with its own context")
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

func TestAPluginRunsAgainOnlyForTheLatestCredential(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &fakePlugin{answers: []*pluginCredential{{token: "one"}, {token: "two"}, {token: "two"}}}
		s := p.cache()
		first, err := s.get(t.Context(), nil)
		require.NoError(t, err)
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				renewed, err := s.renew(t.Context(), first)
				require.NoError(t, err)
				require.True(t, renewed)
			})
		}
		all.Wait()
		require.EqualValues(t, 2, p.runs.Load())
		second := s.latest()
		renewed, err := s.renew(t.Context(), first)
		require.NoError(t, err)
		require.True(t, renewed)
		require.EqualValues(t, 2, p.runs.Load(), "another request renewed it already")
		for range 2 {
			renewed, err = s.renew(t.Context(), second)
			require.NoError(t, err)
			require.False(t, renewed, "the credential is the same")
			require.EqualValues(t, 3, p.runs.Load(), "no run for an older credential")
		}
	})
}

func TestAPluginsCertificateIsPresentedAndRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expired := time.Now()
		pair := func() *tls.Certificate { return &tls.Certificate{Leaf: new(x509.Certificate)} }
		p := &fakePlugin{answers: []*pluginCredential{
			{cert: "a", key: "a", certificate: pair(), expires: expired},
			{cert: "a", key: "a", certificate: pair(), expires: expired},
			{cert: "b", key: "b", certificate: pair(), expires: expired}, {token: "t", expires: expired},
		}}
		var presented []*tls.Certificate
		s := p.cache()
		s.present = func(c *tls.Certificate) { presented = append(presented, c) }
		for range p.answers {
			_, err := s.get(t.Context(), nil)
			require.NoError(t, err)
		}
		require.Len(t, presented, 4)
		require.Same(t, p.answers[0].certificate, presented[0])
		require.Same(t, p.answers[1].certificate, presented[1], "Certificates compares it with the last")
		require.Same(t, p.answers[2].certificate, presented[2])
		require.Nil(t, presented[3])
	})
}

func TestARunThatPanicsBlocksNoLaterRequest(t *testing.T) {
	runs := 0
	s := &pluginCache{present: func(*tls.Certificate) {}, run: func(context.Context) (*pluginCredential, error) {
		runs++
		if runs == 1 {
			panic("s")
		}
		return &pluginCredential{token: "t"}, nil
	}}
	require.Panics(t, func() { _, _ = s.get(t.Context(), nil) })
	c, err := s.get(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, "t", c.token)
}

func TestTheTimeLimitIsPausedWhileThePluginRuns(t *testing.T) {
	var events []string
	p := &fakePlugin{answers: []*pluginCredential{{token: "one"}, {token: "two"}}}
	cache := p.cache()
	run := cache.run
	cache.run = func(ctx context.Context) (*pluginCredential, error) {
		events = append(events, "run")
		return run(ctx)
	}
	s := &Set{plugin: cache, certificates: &Certificates{}}
	s.PauseLimit = func(context.Context) func() {
		events = append(events, "pause")
		return func() { events = append(events, "resume") }
	}
	synctest.Test(t, func(t *testing.T) {
		_, used, err := s.Sign(httptest.NewRequest(http.MethodGet, "/", nil).WithContext(t.Context()))
		require.NoError(t, err)
		require.Equal(t, []string{"pause", "run", "resume"}, events)
		renewed, err := s.Renew(t.Context(), used)
		require.NoError(t, err)
		require.True(t, renewed)
		require.Equal(t, []string{"pause", "run", "resume", "pause", "run", "resume"}, events)
	})
}
