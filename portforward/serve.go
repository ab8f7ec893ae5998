package portforward

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"

	"github.com/kx-k8s/kx/transport"
)

const (
	// maxForwarded is how many connections a Forwarder serves at once; more wait to be accepted.
	maxForwarded = 1000
	// acceptPause is the wait after a listener has failed, as when there are too many open files.
	acceptPause = 100 * time.Millisecond
	// farewellWithin is how long the local side has to close its connection after the end.
	farewellWithin = time.Second
)

// Serve gives each connection to l one of its own to a port, as Dial has it, until ctx ends or l is closed; it closes l. A connection that fails, or that cannot be made,
// ends the local one with a reset, where the program's own end is an orderly end. failed is told why, by several goroutines at once, and all others go on.
//
// When the local side shuts its writing side, it gets what the program still sends, up to 10 s of silence: the program is not told
// (subresource.ForwardedConn.CloseWrite).
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
		case f.slots <- struct{}{}:
		case <-ctx.Done():
			local.Close()
			return
		}
		conns.Go(func() {
			defer func() { <-f.slots }()
			if err := f.serve(ctx, local, port); err != nil && ctx.Err() == nil {
				failed(err)
			}
		})
	}
}

// serve connects one.
func (f *Forwarder) serve(ctx context.Context, local net.Conn, port string) error {
	defer local.Close()
	remote, err := f.Dial(ctx, port)
	if err != nil {
		reset(local)
		return err
	}
	defer remote.Close()
	defer context.AfterFunc(ctx, func() {
		remote.Close()
		local.Close()
	})()
	sent := make(chan struct{})
	go func() {
		defer close(sent)
		read, _ := carry(remote.Write, local.Read)
		switch read {
		case nil: // the other way tells what became of the connection
		case io.EOF:
			_ = remote.CloseWrite() // never fails
		default:
			remote.Close()
		}
	}()
	err, gone := carry(local.Write, remote.Read)
	remote.Close()
	switch {
	case gone != nil || errors.Is(err, net.ErrClosed): // nobody is there who would miss anything
		err = nil
	case err == io.EOF:
		farewell(local)
		err = nil
	default:
		reset(local)
	}
	local.Close()
	<-sent
	return err
}

// carry passes on what is read until either side fails; io.EOF is the end of reading.
func carry(write, read func([]byte) (int, error)) (readErr, writeErr error) {
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

// farewell tells local the end, and waits for its own: a connection that is closed with something unread is reset, and what was written last may be lost.
func farewell(local net.Conn) {
	if tcp, ok := local.(*net.TCPConn); ok && tcp.CloseWrite() == nil {
		_ = tcp.SetReadDeadline(time.Now().Add(farewellWithin)) // it does not fail before Close
		for b := make([]byte, 4096); ; {
			if _, err := tcp.Read(b); err != nil {
				return
			}
		}
	}
}

// reset has local end in such a way that what it got is not taken for all.
func reset(local net.Conn) {
	if tcp, ok := local.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // Close says the rest
	}
}
