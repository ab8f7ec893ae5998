// Package canceltest ends a context at any point of an exchange with a server.
//
//	ctx, cancel := context.WithCancel(t.Context())
//	c := &canceltest.Transport{Base: base, Cancel: cancel, Left: steps}
package canceltest

import (
	"context"
	"io"
	"net/http"
	"sync"
)

// pieceSize is the size of the pieces of a body, in bytes.
const pieceSize = 40

// Transport ends a context after a number of steps. A step is a request, an answer or a Read of a
// body. Left and Open are to be read after the call that is tested.
type Transport struct {
	Base   http.RoundTripper
	Cancel context.CancelFunc
	Left   int // steps before the context ends; negative after its end
	Open   int // bodies that are not closed

	mu sync.Mutex
}

func (t *Transport) step() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.Left == 0 {
		t.Cancel()
	}
	t.Left--
}

func (t *Transport) open(bodies int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.Open += bodies
}

// RoundTrip sends a request by Base, and counts the steps.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.step()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response, err := t.Base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	t.open(1)
	response.Body = &body{ReadCloser: response.Body, transport: t, ctx: r.Context()}
	t.step()
	return response, nil
}

// body returns a body in pieces.
type body struct {
	io.ReadCloser
	transport *Transport
	ctx       context.Context
	closed    bool
}

func (b *body) Read(p []byte) (int, error) {
	b.transport.step()
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.ReadCloser.Read(p[:min(len(p), pieceSize)])
}

func (b *body) Close() error {
	if !b.closed {
		b.closed = true
		b.transport.open(-1)
	}
	return b.ReadCloser.Close()
}
