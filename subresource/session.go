package subresource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"sync"
	"time"

	"github.com/kx-k8s/kx/transport"
)

// ErrSessionClosed reports that Session.Close ended the session before the server did.
var ErrSessionClosed = errors.New("the session was closed")

// Session is a running exec or attach. Several goroutines may call its methods at once.
type Session struct {
	ctx    context.Context // the caller's, to distinguish its end from a lost connection
	ws     *transport.WebSocket
	client *transport.Client
	what   string // for errors: `exec in pod web-0`
	// pod, container and program are those of the request. program is empty for an attach.
	pod, container, program string

	tty    bool
	exec   bool // the status holds the exit code
	record *Recorder

	stdin          *stdin  // nil if not requested
	stdout, stderr *output // nil if not requested

	// Used only by the goroutine that reads the socket.
	status  statusMessage
	channel [1]byte // of the message; a local variable would be allocated for each message
	filling *output // the output whose message is being read
	end     endClock

	done    chan struct{} // closed when the connection has ended
	outcome error         // the result of the session; set before done is closed
	// stopWatchingContext stops the AfterFunc on ctx.
	stopWatchingContext func() bool
	copies              sync.WaitGroup

	mu         sync.Mutex
	delivering *output     // the output that the reading goroutine writes now
	slowTimer  *time.Timer // fires if that Write is slow
	localErr   error       // why this side ended the session
	copyErr    error       // first error of the caller's streams
}

// connector is the part of a resources.Endpoint that sessions need, whatever its type parameter.
type connector interface {
	Connect(ctx context.Context, name string, query url.Values, protocols []string,
		opts ...GetOption) (*transport.WebSocket, error)
	Client() *transport.Client
}

// connect opens a session at a subresource of the pod called name.
func connect(ctx context.Context, sub connector, subresource, name string, query url.Values,
	connected streams, opts []GetOption) (*Session, error) {
	ws, err := sub.Connect(ctx, name, query, connected.protocols(), opts...)
	if err != nil && connected.PassThrough {
		err = asNodeRefusal(err)
	}
	if err != nil {
		return nil, err
	}
	s := &Session{
		ctx: ctx, ws: ws, client: sub.Client(), tty: connected.TTY, exec: subresource == "exec",
		record: connected.Record, done: make(chan struct{}),
		what: fmt.Sprintf("%s in pod %s", subresource, name),
		pod:  name, container: query.Get("container"), program: query.Get("command"),
	}
	if s.container != "" {
		s.what = fmt.Sprintf("%s in container %s of pod %s", subresource, s.container, name)
	}
	s.record.begin(s.what, query["command"])
	if connected.wantsStdin() {
		s.stdin = &stdin{session: s}
	}
	connected.Stdout, connected.Stderr = serialize(connected.Stdout, connected.Stderr)
	if connected.wantsStdout() {
		s.stdout = newOutput("stdout", connected.Stdout, s.announceOutput, s.record, channelStdout)
	}
	if connected.wantsStderr() {
		s.stderr = newOutput("stderr", connected.Stderr, s.announceOutput, s.record, channelStderr)
	}
	ws.BeforeWait(s.announceOutput)
	s.stopWatchingContext = context.AfterFunc(ctx, s.discardOutput)
	s.slowTimer = time.AfterFunc(time.Hour, s.onSlowWrite)
	s.slowTimer.Stop()
	go s.run()
	if ws.Protocol() == protocolV4 {
		go s.keepAlive()
	}
	if connected.Stdin != nil {
		s.copyStdin(connected.Stdin)
	}
	return s, nil
}

// keepAliveInterval is how often a session of v4.channel.k8s.io sends a message: a tenth of the
// shortest idle timeout that is common, 5 minutes. The kubelet's default is 4 hours.
const keepAliveInterval = 30 * time.Second

// keepAlive sends empty messages until the session ends. The node drops them, but ends a session on
// which no message arrives for its idle timeout; a ping is none (wsstream.Conn of
// k8s.io/apimachinery). With v5 the API server keeps the node's connection alive.
func (s *Session) keepAlive() {
	ticker := time.NewTicker(keepAliveInterval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			if _, err := s.ws.Write(nil); err != nil {
				return // reads fail as well
			}
		case <-s.done:
			return
		}
	}
}

// TTY reports whether the remote program has a terminal.
func (s *Session) TTY() bool { return s.tty }

// CanCloseStdin reports whether the server can close the program's stdin. With v4.channel.k8s.io it
// cannot.
func (s *Session) CanCloseStdin() bool { return s.ws.Protocol() == protocolV5 }

// StdinPipe returns the writer to the program's stdin, or nil if StdinPipe was not set. A Write
// blocks while the program reads nothing. Close is CloseStdin.
func (s *Session) StdinPipe() io.WriteCloser {
	if s.stdin == nil || s.stdin.copied {
		return nil
	}
	return s.stdin
}

// StdoutPipe returns the reader of the program's stdout, or nil if StdoutPipe was not set. It ends
// with io.EOF even if the session failed: Wait returns the error. Buffered output can still be read
// after the session's end. Closing the pipe drops the rest.
func (s *Session) StdoutPipe() io.ReadCloser { return s.stdout.pipe() }

// StderrPipe is StdoutPipe for stderr. It is empty if the program has a terminal.
func (s *Session) StderrPipe() io.ReadCloser { return s.stderr.pipe() }

// Resize sends the terminal's size in characters, each from 1 to 65,535.
func (s *Session) Resize(width, height int) error {
	switch {
	case !s.tty:
		return fmt.Errorf("%s: resize: the program has no terminal", s.what)
	case width < 1 || height < 1 || width > 0xffff || height > 0xffff:
		return fmt.Errorf("%s: resize: %d×%d is not the size of a terminal", s.what, width, height)
	}
	s.record.resize(width, height)
	_, err := s.ws.Write(fmt.Appendf([]byte{channelResize}, `{"Width":%d,"Height":%d}`, width,
		height))
	return s.writeError(err)
}

// CloseStdin closes the program's stdin. It fails with ErrCannotCloseStdin if the server cannot do
// that.
func (s *Session) CloseStdin() error {
	if s.stdin == nil {
		return fmt.Errorf("%s: close stdin: the session has no stdin", s.what)
	}
	return s.stdin.Close()
}

// Wait waits until the program has ended and its output is written. It returns
//
//   - nil if the program ended with 0, or, for attach, if it ended at all;
//   - an *ExitError if it ended with another code, and an *UnknownExitCodeError if the server did
//     not report which;
//   - a *transport.StatusError if the server failed to run it;
//   - a *LostError if the connection ended without a status;
//   - the error of a Write to Stdout or Stderr, which ends the session;
//   - an error that matches the context's, or ErrSessionClosed, if this side ended the session.
//
// If the session succeeded, Wait returns the first error of Stdin, Stdout or Stderr.
//
// Wait returns after the last Write to Stdout and Stderr, so a Write must not call Wait. It may
// call every other method. Wait interrupts a pending Read of Stdin with SetReadDeadline, if Stdin
// has that method, and then clears the deadline. A Stdin without that method may keep a Read
// pending after Wait; what that Read returns is lost.
func (s *Session) Wait() error {
	<-s.done
	s.copies.Wait()
	if s.outcome != nil {
		return s.outcome
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.copyErr
}

// Close ends the session. The program may go on: the server does not stop it. After the session's
// end, Close does nothing.
func (s *Session) Close() error {
	s.abandon(ErrSessionClosed)
	<-s.done
	return nil
}

// abandon ends the session from this side.
func (s *Session) abandon(why error) {
	s.mu.Lock()
	if s.localErr == nil {
		s.localErr = why
	}
	s.mu.Unlock()
	s.ws.Close()
	s.discardOutput()
}

// discardOutput discards further output, so that the session does not wait for a reader.
func (s *Session) discardOutput() {
	s.stdout.stop()
	s.stderr.stop()
}

// hasEnded reports whether the connection has ended.
func (s *Session) hasEnded() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// run reads the socket until the session ends or another goroutine takes over.
func (s *Session) run() {
	err := s.receive()
	if errors.Is(err, errTakenOver) {
		return
	}
	s.end.stop()
	s.ws.Close()
	s.mu.Lock()
	localErr := s.localErr
	s.mu.Unlock()
	switch {
	case s.status.complete:
		s.outcome = s.status.outcome(s)
	case localErr == nil && s.ctx.Err() != nil:
		s.outcome = &canceledError{what: s.what, kind: s.ctx.Err(), cause: context.Cause(s.ctx)}
	case localErr != nil:
		s.outcome = fmt.Errorf("%s: %w", s.what, localErr)
	default:
		s.outcome = &LostError{What: s.what, Err: s.status.lossCause(err)}
	}
	s.record.end(s.exec, s.outcome)
	s.endOutput(s.stdout)
	s.endOutput(s.stderr)
	s.stopWatchingContext()
	close(s.done)
}

// receive reads messages until the connection ends. Output may follow the status: servers copy
// their streams in parallel.
func (s *Session) receive() error {
	for {
		s.startEndClock()
		if s.filling != nil {
			if err := s.readOutput(); err != nil {
				return err
			}
		}
		if !s.ws.Pending() {
			for _, o := range []*output{s.stdout, s.stderr} {
				if err := s.deliver(o); err != nil {
					return err
				}
			}
		}
		kind, err := s.ws.Next()
		if err != nil {
			return err
		}
		if kind != transport.BinaryMessage {
			return errors.New("the server sent a text message, which the protocol does not have")
		}
		if err := s.readMessage(); err != nil {
			return err
		}
	}
}

// readMessage reads the first byte of a message, which is its channel. It skips an unknown channel.
func (s *Session) readMessage() error {
	_, err := s.ws.Read(s.channel[:])
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err != nil:
		return err
	}
	switch s.channel[0] {
	case channelStdout:
		s.filling = s.stdout
		return s.deliver(s.stderr) // it arrived before
	case channelStderr:
		s.filling = s.stderr
		return s.deliver(s.stdout)
	case channelError:
		return s.status.read(s.ws)
	}
	return nil
}

// readOutput reads a message of output to its end.
func (s *Session) readOutput() error {
	for {
		_, err := s.ws.Read(nil)
		switch {
		case errors.Is(err, io.EOF):
			s.filling = nil
			return nil
		case err != nil:
			return err
		}
		if s.filling.needsBlock() || !s.ws.Pending() {
			if err := s.deliver(s.filling); err != nil {
				return err
			}
		}
		if s.end.stop() {
			s.filling.room() // the caller may be slow
			s.end.start()
		}
		wanted, err := s.filling.readFrom(s.ws)
		if err != nil {
			return err
		}
		if !wanted {
			s.filling = nil
			return nil
		}
	}
}

func (s *Session) copyFailed(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.copyErr == nil {
		s.copyErr = fmt.Errorf("%s: %w", s.what, err)
	}
}

// writeError explains an error of writing to the connection.
func (s *Session) writeError(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: the session has ended: %w", s.what, err)
}
