package credential

import (
	"context"
	"crypto/tls"
	"sync"
	"time"
)

// pluginCache keeps the latest credential of a plugin, and runs the plugin again when it expires.
// One run serves all requests that wait for it.
type pluginCache struct {
	run     func(context.Context) (*pluginCredential, error)
	present func(*tls.Certificate) // sets the client certificate of new connections, nil for none

	mu      sync.Mutex
	current *pluginCredential
	running *pluginRun
}

// pluginRun is one run of the plugin. Its other fields are set before done is closed.
type pluginRun struct {
	done       chan struct{}
	credential *pluginCredential
	err        error
	abandoned  bool // the request that started the run was cancelled
}

// get returns the current credential, unless it is refused or expired, or that of another run.
// refused may be nil.
//
// A request waits for a run that is under way, and shares its credential or its error. When the
// request that started the run is cancelled, a waiting request starts another.
func (c *pluginCache) get(ctx context.Context, refused *pluginCredential) (*pluginCredential,
	error) {
	for {
		c.mu.Lock()
		current := c.current
		if current != nil && current != refused && current.valid() {
			c.mu.Unlock()
			return current, nil
		}
		run := c.running
		if run == nil {
			run = &pluginRun{done: make(chan struct{})}
			c.running = run
			c.mu.Unlock()
			c.execute(ctx, run)
			return run.credential, run.err
		}
		c.mu.Unlock()
		select {
		case <-run.done:
			if !run.abandoned {
				return run.credential, run.err
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (c *pluginCache) execute(ctx context.Context, run *pluginRun) {
	run.abandoned = true // unless c.run returns: it may panic
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.running = nil
		close(run.done)
	}()
	run.credential, run.err = c.run(ctx)
	run.abandoned = run.err != nil && ctx.Err() != nil
	if run.err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = run.credential
	c.present(c.current.certificate)
}

// renew replaces a credential that the server refused, unless another request did so already.
// It reports whether the credential is different now.
func (c *pluginCache) renew(ctx context.Context, refused *pluginCredential) (bool, error) {
	current, err := c.get(ctx, refused)
	return err == nil && !current.equal(refused), err
}

// latest returns the credential of the last run, or nil before the first.
func (c *pluginCache) latest() *pluginCredential {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

// expiry returns when the latest credential expires: the time that the plugin named, or else that
// of its token. It is zero before the first run.
func (c *pluginCache) expiry() time.Time {
	latest := c.latest()
	switch {
	case latest == nil:
		return time.Time{}
	case latest.expires.IsZero():
		return tokenExpiry(latest.token)
	}
	return latest.expires
}
