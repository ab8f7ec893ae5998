package portforward

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const (
	// maxConnections is how many connections a Forwarder serves at once. Serve accepts further ones
	// when others end.
	maxConnections = 1000
	// acceptPause is the pause after a failed Accept, for example when too many files are open.
	acceptPause = 100 * time.Millisecond
	// lingerTimeout is how long the local program may take to close its connection after the remote
	// end.
	lingerTimeout = time.Second
)

// Serve accepts connections of l and connects each to a port, as Dial does. It returns when ctx
// ends or l is closed, and closes l.
//
// When the program ends a connection, the local side sees a normal end. When a connection fails or
// cannot be made, Serve resets it, calls failed with the error, and goes on. Several goroutines may
// call failed at once.
//
// If the local side shuts down its writing side, it still receives what the program sends, until
// the program is silent for 10 s. Serve then resets the connection. It calls failed with an error
// that matches subresource.ErrHalfClosed, unless the answer was complete as far as Serve can see:
// the program sent something after the last input, and nothing after the shutdown. A local program
// that has closed its connection looks like that too. The program in the pod sees no EOF: see
// subresource.ForwardedConn.CloseWrite.
func (f *Forwarder) Serve(ctx context.Context, l net.Listener, port string, failed func(error)) {
	defer context.AfterFunc(ctx, func() { l.Close() })()
	defer l.Close()
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		local, err := l.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			failed(err)
			select {
			case <-time.After(acceptPause):
				continue
			case <-ctx.Done():
				return
			}
		}
		select {
		case f.connectionLimit <- struct{}{}:
		case <-ctx.Done():
			local.Close()
			return
		}
		conns.Go(func() {
			defer func() { <-f.connectionLimit }()
			err := f.forward(ctx, local, port)
			if err != nil && ctx.Err() == nil {
				failed(err)
			}
		})
	}
}

// forward connects local to the port, and passes bytes both ways until the remote side ends.
func (f *Forwarder) forward(ctx context.Context, local net.Conn, port string) error {
	defer local.Close()
	remote, err := f.Dial(ctx, port)
	if err != nil {
		resetOnClose(local)
		return err
	}
	defer remote.Close()
	defer context.AfterFunc(ctx, func() {
		remote.Close()
		local.Close()
	})()
	sent := make(chan struct{})
	var answerDue, shutDown atomic.Bool
	go func() {
		defer close(sent)
		readErr, _ := relay(func(p []byte) (int, error) {
			answerDue.Store(true)
			return remote.Write(p)
		}, local.Read)
		shutDown.Store(true)
		switch {
		case readErr == nil: // the write failed: the other direction returns the error
		case errors.Is(readErr, io.EOF):
			_ = remote.CloseWrite() // returns nil always
		default:
			remote.Close()
		}
	}()
	readErr, writeErr := relay(func(p []byte) (int, error) {
		answerDue.Store(shutDown.Load())
		return local.Write(p)
	}, remote.Read)
	remote.Close()
	switch {
	case writeErr != nil || errors.Is(readErr, net.ErrClosed):
		readErr = nil // the local side is gone
	case errors.Is(readErr, io.EOF):
		closeWriteAndDrain(local)
		readErr = nil
	default:
		if errors.Is(readErr, subresource.ErrHalfClosed) && (!answerDue.Load() || isReset(local)) {
			readErr = nil
		}
		resetOnClose(local)
	}
	local.Close()
	<-sent
	return readErr
}

// relay passes on what read returns until one side fails. At the end of reading, readErr is io.EOF.
func relay(write, read func([]byte) (int, error)) (readErr, writeErr error) {
	b := make([]byte, transport.MaxMessage-1)
	for {
		n, err := read(b)
		if n > 0 {
			_, failed := write(b[:n])
			if failed != nil {
				return nil, failed
			}
		}
		if err != nil {
			return err, nil
		}
	}
}

// closeWriteAndDrain closes the writing side of local, and reads until the local program closes the
// other side. The caller then closes local. Closing a connection with unread input would reset it,
// and the last bytes written could be lost.
func closeWriteAndDrain(local net.Conn) {
	tcp, ok := local.(*net.TCPConn)
	if !ok || tcp.CloseWrite() != nil {
		return
	}
	_ = tcp.SetReadDeadline(time.Now().Add(lingerTimeout)) // fails only after Close
	for b := make([]byte, 4096); ; {
		if _, err := tcp.Read(b); err != nil {
			return
		}
	}
}

// isReset reports whether the local program has closed its connection, and not only its side: what
// was written to it then came back as a reset. The caller has read EOF.
func isReset(local net.Conn) bool {
	_, err := local.Read(make([]byte, 1))
	return !errors.Is(err, io.EOF)
}

// resetOnClose makes Close reset the connection, so that the local program does not mistake a
// partial answer for a complete one.
func resetOnClose(local net.Conn) {
	tcp, ok := local.(interface{ SetLinger(seconds int) error })
	if ok {
		_ = tcp.SetLinger(0) // an error leaves an orderly end
	}
}
