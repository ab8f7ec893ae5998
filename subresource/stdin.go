package subresource

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kx-k8s/kx/transport"
)

// ErrCannotCloseStdin reports that the server speaks v4.channel.k8s.io, which cannot close stdin.
var ErrCannotCloseStdin = errors.New("the server speaks " + protocolV4 +
	", which cannot signal the end of stdin: the program may wait for input forever")

// stdin sends the program's input. It keeps nothing: Write returns once its messages are sent.
type stdin struct {
	session *Session
	copied  bool        // copyFrom writes, and the caller does not
	reading atomic.Bool // a Read of Stdin may be pending

	mu     sync.Mutex
	closed bool
}

// Write sends p. It blocks while the program reads nothing.
func (i *stdin) Write(p []byte) (n int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch {
	case i.closed:
		return 0, fmt.Errorf("%s: write stdin: %w", i.session.what, io.ErrClosedPipe)
	case len(p) == 0:
		return 0, nil
	}
	i.session.record.data(channelStdin, p) // before the answer arrives
	n, err = i.session.ws.WriteOn(channelStdin, p)
	return n, i.session.writeError(err)
}

// Close closes the program's stdin, once.
func (i *stdin) Close() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.closed {
		return nil
	}
	i.closed = true
	if !i.session.CanCloseStdin() {
		return fmt.Errorf("%s: close stdin: %w", i.session.what, ErrCannotCloseStdin)
	}
	_, err := i.session.ws.Write([]byte{channelClose, channelStdin})
	return i.session.writeError(err)
}

// copyStdin starts a goroutine that sends r up to EOF.
func (s *Session) copyStdin(r io.Reader) {
	s.stdin.copied = true
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		s.stdin.copyFrom(r)
	}()
	s.copies.Go(func() {
		select {
		case <-gone:
			return
		case <-s.done:
		}
		deadline, ok := r.(interface{ SetReadDeadline(time.Time) error })
		switch {
		case ok && deadline.SetReadDeadline(time.Unix(1, 0)) == nil:
			// A pending Read would take input from whoever reads r next.
			<-gone
			_ = deadline.SetReadDeadline(time.Time{}) // succeeded a moment ago
		case !s.stdin.reading.Load():
			<-gone
		}
	})
}

// stdinSize is how many bytes one Read of Stdin may return. They are sent together.
const stdinSize = 4 * (transport.MaxMessage - 1)

// copyFrom sends what r returns.
func (i *stdin) copyFrom(r io.Reader) {
	buffer := make([]byte, stdinSize)
	for {
		i.reading.Store(true)
		if i.session.hasEnded() {
			return
		}
		n, err := r.Read(buffer)
		i.reading.Store(false)
		if n > 0 {
			_, failed := i.Write(buffer[:n])
			if failed != nil {
				return // Wait returns the session's error
			}
		}
		if err == nil {
			continue
		}
		if i.session.hasEnded() {
			return
		}
		if err != io.EOF {
			i.session.copyFailed(fmt.Errorf("read stdin: %w", err))
		}
		closeErr := i.Close()
		if errors.Is(closeErr, ErrCannotCloseStdin) {
			i.session.client.Warn(transport.Warning{Text: closeErr.Error()})
		}
		return
	}
}
