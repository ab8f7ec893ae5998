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

// ErrCannotCloseStdin says that the server speaks v4.channel.k8s.io, in which the end of stdin cannot be told.
var ErrCannotCloseStdin = errors.New("the server speaks " + protocolV4 + ", which cannot tell the end of stdin: the remote program goes on waiting for input")

// stdin is the way to the program's standard input. Each message is on its way before the next is made: nothing is kept here.
type stdin struct {
	session *Session
	copied  bool        // from Stdin, so that nobody else writes
	reading atomic.Bool // a Read of Stdin may be under way

	mu     sync.Mutex
	buffer []byte // a message: the channel, and data
	closed bool
}

// Write sends p, and waits while the program takes nothing.
func (i *stdin) Write(p []byte) (n int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for n < len(p) {
		part := p[n:min(len(p), n+transport.MaxMessage-1)]
		if err := i.send(append(i.message()[:1], part...)); err != nil {
			return n, err
		}
		n += len(part)
	}
	return n, nil
}

// message gives the buffer of one message to stdin, at its full length.
func (i *stdin) message() []byte {
	if i.buffer == nil {
		i.buffer = make([]byte, transport.MaxMessage)
		i.buffer[0] = channelStdin
	}
	return i.buffer
}

func (i *stdin) send(message []byte) error {
	if i.closed {
		return fmt.Errorf("%s: write stdin: %w", i.session.what, io.ErrClosedPipe)
	}
	_, err := i.session.ws.Write(message)
	return i.session.broken(err)
}

// Close tells the end of stdin, once.
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
	return i.session.broken(err)
}

// copyStdin sends r to its end, in a goroutine.
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
			// A Read that waits would take input that is no longer for us.
			<-gone
			_ = deadline.SetReadDeadline(time.Time{}) // it could be set a moment ago
		case !s.stdin.reading.Load():
			<-gone
		}
	})
}

// copyFrom reads r straight into messages.
func (i *stdin) copyFrom(r io.Reader) {
	message := make([]byte, transport.MaxMessage)
	message[0] = channelStdin
	for {
		i.reading.Store(true)
		if i.session.hasEnded() {
			return
		}
		n, err := r.Read(message[1:])
		i.reading.Store(false)
		if n > 0 {
			i.mu.Lock()
			failed := i.send(message[:1+n])
			i.mu.Unlock()
			if failed != nil {
				return // Wait says what became of the session
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
		if closeErr := i.Close(); errors.Is(closeErr, ErrCannotCloseStdin) {
			i.session.client.Warn(transport.Warning{Text: closeErr.Error()})
		}
		return
	}
}
