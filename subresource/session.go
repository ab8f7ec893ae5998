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

// linger is how long the server may be silent after the status before the connection is closed for it. Output may still be on its way then,
// over a network that stalls.
const linger = 10 * time.Second

// ErrSessionClosed says that Session.Close ended the session before the remote side did.
var ErrSessionClosed = errors.New("the session was closed")

// Session is a running exec or attach. Its methods may be called by several goroutines at once.
type Session struct {
	ctx    context.Context // that of Start, to tell its end from a loss
	ws     *transport.WebSocket
	client *transport.Client
	what   string // for errors: `exec in pod "web-0"`
	tty    bool
	exec   bool // the status tells the program's code
	record *Recorder

	stdin          *stdin  // nil when it was not asked for, as the next two
	stdout, stderr *output //

	// Of the goroutine that reads the socket.
	status  statusMessage
	filling *output // whose message is being read

	done    chan struct{} // closed when the connection has ended
	outcome error         // what the session came to; set before done is closed
	release func() bool   // lets go of the context
	copies  sync.WaitGroup

	mu         sync.Mutex
	delivering *output     // what the goroutine that reads writes just now
	patience   *time.Timer // with that
	given      error       // why this side gave the session up
	copyErr    error       // the first of the caller's streams that failed
}

// connector is what sessions need of a resources.Endpoint, whatever its type.
type connector interface {
	Connect(ctx context.Context, name string, query url.Values, protocols []string, opts ...GetOption) (*transport.WebSocket, error)
	Client() *transport.Client
}

// connect opens a session at a subresource of the pod called name.
func connect(ctx context.Context, sub connector, subresource, name string, query url.Values, io streams, opts []GetOption) (*Session, error) {
	ws, err := sub.Connect(ctx, name, query, []string{protocolV5, protocolV4}, opts...)
	if err != nil {
		return nil, err
	}
	s := &Session{
		ctx: ctx, ws: ws, client: sub.Client(), tty: io.TTY, exec: subresource == "exec", record: io.Record, done: make(chan struct{}),
		what: fmt.Sprintf("%s in pod %q", subresource, name),
	}
	container := query.Get("container")
	if container != "" {
		s.what = fmt.Sprintf("%s in container %q of pod %q", subresource, container, name)
	}
	s.record.begin(s.what, query["command"])
	if io.wantsStdin() {
		s.stdin = &stdin{session: s}
	}
	io.Stdout, io.Stderr = oneAtATime(io.Stdout, io.Stderr)
	if io.wantsStdout() {
		s.stdout = newOutput("stdout", io.Stdout, s.show, s.record, channelStdout)
	}
	if io.wantsStderr() {
		s.stderr = newOutput("stderr", io.Stderr, s.show, s.record, channelStderr)
	}
	ws.BeforeWait(s.show)
	s.release = context.AfterFunc(ctx, s.drop)
	s.patience = time.AfterFunc(time.Hour, s.standIn)
	s.patience.Stop()
	go s.run()
	if io.Stdin != nil {
		s.copyStdin(io.Stdin)
	}
	return s, nil
}

// TTY tells whether the remote program has a terminal.
func (s *Session) TTY() bool { return s.tty }

// CanCloseStdin tells whether the server understands the end of stdin. One that speaks v4.channel.k8s.io does not.
func (s *Session) CanCloseStdin() bool { return s.ws.Protocol() == protocolV5 }

// StdinPipe gives the writer to the program's stdin when StdinPipe was set, and nil otherwise. Writes wait while the program takes nothing; Close is CloseStdin.
func (s *Session) StdinPipe() io.WriteCloser {
	if s.stdin == nil || s.stdin.copied {
		return nil
	}
	return s.stdin
}

// StdoutPipe gives the reader of the program's stdout when StdoutPipe was set, and nil otherwise. It ends with io.EOF, whatever became of the session:
// Wait tells. What was not read when the session ended can still be read; closing it drops the rest.
func (s *Session) StdoutPipe() io.ReadCloser { return s.stdout.pipe() }

// StderrPipe is StdoutPipe for stderr. Where the program has a terminal nothing comes from it.
func (s *Session) StderrPipe() io.ReadCloser { return s.stderr.pipe() }

// Resize tells the remote terminal its size in characters, each from 1 to 65,535.
func (s *Session) Resize(width, height int) error {
	switch {
	case !s.tty:
		return fmt.Errorf("%s: resize: it has no terminal", s.what)
	case width < 1 || height < 1 || width > 0xffff || height > 0xffff:
		return fmt.Errorf("%s: resize: %d×%d is no size of a terminal", s.what, width, height)
	}
	s.record.resize(width, height)
	_, err := s.ws.Write(fmt.Appendf([]byte{channelResize}, `{"Width":%d,"Height":%d}`, width, height))
	return s.broken(err)
}

// CloseStdin tells the remote program that no more input comes. The error is ErrCannotCloseStdin where the server does not understand that.
func (s *Session) CloseStdin() error {
	if s.stdin == nil {
		return fmt.Errorf("%s: close stdin: the session has none", s.what)
	}
	return s.stdin.Close()
}

// Wait waits until the program has ended and its output is written, and gives what it came to:
//
//   - nil when it ended with 0, or for attach, when it ended at all;
//   - *ExitError for another code;
//   - *transport.StatusError when the server says that it failed to run it;
//   - *LostError when the connection ended without any of these;
//   - an error that matches the context's, or ErrSessionClosed, when this side ended the session.
//
// Where the program ended with 0, an error of Stdin, Stdout or Stderr comes back. Wait returns after the last Write to Stdout and Stderr: a Write must not
// call it, though it may call every other method. A Read of Stdin that is under way is waited for only if it can be interrupted by SetReadDeadline,
// and Stdin has no read deadline after that. Another Read may go on, and what it reads is lost.
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

// Close ends the session; the remote program is not told to end, and may go on. After the session's end it does nothing.
func (s *Session) Close() error {
	s.abandon(ErrSessionClosed)
	<-s.done
	return nil
}

// abandon ends the session from this side.
func (s *Session) abandon(why error) {
	s.mu.Lock()
	if s.given == nil {
		s.given = why
	}
	s.mu.Unlock()
	s.ws.Close()
	s.drop()
}

// drop gives up the output, so that nobody waits for a reader.
func (s *Session) drop() {
	s.stdout.stop()
	s.stderr.stop()
}

// hasEnded holds once the connection has ended.
func (s *Session) hasEnded() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// run reads the socket, until the session ends or another goroutine has taken that over.
func (s *Session) run() {
	err := s.receive()
	if err == errTakenOver {
		return
	}
	s.ws.Close()
	s.mu.Lock()
	given := s.given
	s.mu.Unlock()
	switch {
	case s.status.complete:
		s.outcome = s.status.outcome(s)
	case given == nil && s.ctx.Err() != nil:
		s.outcome = &canceledError{what: s.what, kind: s.ctx.Err(), cause: context.Cause(s.ctx)}
	case given != nil:
		s.outcome = fmt.Errorf("%s: %w", s.what, given)
	default:
		s.outcome = &LostError{What: s.what, Err: s.status.explain(err)}
	}
	s.record.end(s.exec, s.outcome)
	s.endOutput(s.stdout)
	s.endOutput(s.stderr)
	s.release()
	close(s.done)
}

// receive reads messages until the connection ends. What comes after the status is still output: servers copy their streams side by side.
func (s *Session) receive() error {
	for {
		if s.filling != nil {
			if err := s.fill(); err != nil {
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
		var impatient *time.Timer
		if s.status.complete {
			impatient = time.AfterFunc(linger, func() { s.ws.Close() })
		}
		kind, err := s.ws.Next()
		if impatient != nil {
			impatient.Stop()
		}
		if err != nil {
			return err
		}
		if kind != transport.BinaryMessage {
			return errors.New("the server sent a text message, which the protocol does not have")
		}
		if err := s.message(); err != nil {
			return err
		}
	}
}

// message begins with a message: its first byte is the channel. An unknown channel is passed over.
func (s *Session) message() error {
	var channel [1]byte
	_, err := s.ws.Read(channel[:])
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return err
	}
	switch channel[0] {
	case channelStdout:
		s.filling = s.stdout
		return s.deliver(s.stderr) // which came before
	case channelStderr:
		s.filling = s.stderr
		return s.deliver(s.stdout)
	case channelError:
		return s.status.read(s.ws)
	}
	return nil
}

// fill reads a message of output to its end.
func (s *Session) fill() error {
	for {
		switch _, err := s.ws.Read(nil); {
		case err == io.EOF:
			s.filling = nil
			return nil
		case err != nil:
			return err
		}
		if s.filling.isFull() || !s.ws.Pending() {
			if err := s.deliver(s.filling); err != nil {
				return err
			}
		}
		wanted, err := s.filling.read(s.ws)
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

// broken explains an error of writing to the connection.
func (s *Session) broken(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: the session has ended: %w", s.what, err)
}
