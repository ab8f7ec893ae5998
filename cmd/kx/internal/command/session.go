package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/subresource"
)

const (
	// ReplyTimeout is how long a remote program may go on writing after the last byte of stdin.
	ReplyTimeout = time.Second
	// EndTimeout is how long a remote program may take to end after the first signal.
	EndTimeout = 2 * time.Second
	// leaveTimeout is how long kx then waits for its own side of the session.
	leaveTimeout = time.Second

	interruptKey, endKey = 0x03, 0x04 // ^C and ^D
	// keyPause separates the two keys. A shell discards what was typed while its program ended.
	keyPause = 200 * time.Millisecond
)

// SignalsText describes the signals of a session that kx has started. It belongs to
// Help.Background.
const SignalsText = `On the first SIGINT, SIGTERM or SIGHUP kx asks the program to end: it closes
the program's stdin, or types ^C and ^D in its terminal. kx leaves 2 seconds later, or at once on a
second SIGINT or SIGTERM.`

// Session is the local side of a remote program: the terminal, its size, and signals.
type Session struct {
	*Invocation
	Stdin, TTY bool
	DetachKeys term.DetachKeys
	Record     RecordFlag
	// StartedHere is true when the command has started the program. It asks the program to end
	// before it leaves.
	StartedHere bool
	// Redraw is true when the program may have run before. Its terminal gets another size first,
	// so that the program draws itself anew.
	Redraw bool

	Label         string   // names the container in messages
	ReattachHint  string   // follows a message that the program still runs
	LocalTerminal *os.File // the terminal that becomes raw; nil without -t or where there is none

	keyWriter      *io.PipeWriter  // takes the typed keys
	remoteStdin    io.Reader       // what the program reads
	done           <-chan struct{} // closed when the command has ended
	terminalClosed chan struct{}   // closed when the terminal was closed
	remote         atomic.Pointer[subresource.Session]
	readingKeys    bool
	detached       atomic.Bool
}

// Register registers -i, -t, -q and --record, with the usage of the first two.
func (s *Session) Register(cmd *cobra.Command, stdinUsage, ttyUsage string) {
	f := cmd.Flags()
	f.BoolVarP(&s.Stdin, "stdin", "i", false, stdinUsage)
	f.BoolVarP(&s.TTY, "tty", "t", false, ttyUsage)
	RegisterQuiet(s.Invocation, cmd, "print only the program's output and errors")
	s.Record.Register(cmd)
}

// RegisterDetachKeys registers --detach-keys.
func RegisterDetachKeys(cmd *cobra.Command, keys *term.DetachKeys) {
	cmd.Flags().Var(keys, "detach-keys", "detach on these, such as ctrl-p,ctrl-q")
}

// CheckTTY drops -t, with a warning, where it has no effect.
func (s *Session) CheckTTY() {
	switch {
	case !s.TTY:
	case !s.Stdin:
		s.TTY = false
		Notice(s.Invocation, "Warning: ignoring -t: it needs -i")
	case term.FileOf(s.In) == nil:
		s.TTY = false
		Notice(s.Invocation, "Warning: ignoring -t: stdin is not a terminal")
	}
}

// Reader returns the program's stdin, or nil without -i. Where both ends have a terminal, it
// returns each key as it is typed.
func (s *Session) Reader() io.Reader {
	if !s.Stdin {
		return nil
	}
	if s.TTY {
		s.LocalTerminal = term.FileOf(s.In)
	}
	s.remoteStdin = s.In
	if s.LocalTerminal != nil {
		s.remoteStdin, s.keyWriter = io.Pipe()
	}
	return s.remoteStdin
}

// Stdout returns the writer of the program's output. After the terminal was closed it discards the
// output, so that the program can still end.
func (s *Session) Stdout() io.Writer {
	out := s.Out
	if o, ok := out.(*printer.Output); ok {
		out = o.Unescaped()
	}
	if s.LocalTerminal == nil {
		return out
	}
	return WriterFunc(func(p []byte) (int, error) {
		n, err := out.Write(p)
		if errors.Is(err, syscall.EIO) {
			return len(p), nil
		}
		return n, err
	})
}

// WriterFunc is a function as an io.Writer.
type WriterFunc func([]byte) (int, error)

func (f WriterFunc) Write(p []byte) (int, error) { return f(p) }

// Stderr returns the writer of the program's errors. It is nil with -t: a terminal has one output.
func (s *Session) Stderr() io.Writer {
	if s.TTY {
		return nil
	}
	return ProgramErr(s.Invocation)
}

// Run runs the work of a command that opens a session, and records the session with --record.
func (s *Session) Run(ctx context.Context, work func(context.Context) error) error {
	s.FailureStatus = ExitLost
	if err := s.Record.open(s.Terminal.Size()); err != nil {
		return err
	}
	return s.Record.finish(s.Invocation, s.runUntilSignal(ctx, work))
}

// runUntilSignal runs work with a context that outlives the first signal, which ends ctx. It
// returns EndTimeout and leaveTimeout after that signal at the latest.
func (s *Session) runUntilSignal(ctx context.Context, work func(context.Context) error) error {
	// A write to a closed pipe must fail, not end kx with a raw terminal. The signal is caught and
	// not ignored, because credential plugins inherit an ignored signal.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	workCtx, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	s.done, s.terminalClosed = workCtx.Done(), make(chan struct{})
	defer s.Terminal.Restore()
	finished := make(chan error, 1)
	go func() {
		defer s.Restore() // in a panic too
		finished <- work(workCtx)
	}()
	select {
	case err := <-finished:
		return err
	case <-ctx.Done():
	case <-s.terminalClosed:
	}
	remote := s.remote.Load()
	if remote != nil && s.askToEnd(remote) {
		select {
		case err := <-finished:
			return err
		case <-time.After(EndTimeout):
		}
	}
	end()
	select {
	case err := <-finished:
		ended := errors.As(err, new(*subresource.ExitError)) ||
			errors.As(err, new(*subresource.UnknownExitCodeError)) ||
			errors.As(err, new(*InterruptedError))
		if err == nil || ended || s.remote.Load() == nil {
			return err
		}
	case <-time.After(leaveTimeout): // a write to stdout blocks
	}
	return &InterruptedError{"the program in " + s.Label + " may still run" + s.ReattachHint}
}

// askToEnd asks the program to end. It reports whether there was a way to ask.
func (s *Session) askToEnd(remote *subresource.Session) bool {
	switch {
	case !s.StartedHere:
		return false
	case s.keyWriter != nil:
		go func() {
			_, _ = s.keyWriter.Write([]byte{interruptKey}) // fails when the session has ended
			time.Sleep(keyPause)
			_, _ = s.keyWriter.Write([]byte{endKey})
		}()
		return true
	case s.remoteStdin != nil && remote.CanCloseStdin():
		go func() { _ = remote.CloseStdin() }() // blocks while the program reads nothing
		return true
	}
	return false
}

// OnAttached starts the local side of a session: the raw terminal, its size and its keys. A nil
// remote means that the session was none, and that another one follows.
func (s *Session) OnAttached(remote *subresource.Session) {
	reattached := s.remote.Swap(remote) != nil || s.readingKeys
	switch {
	case remote == nil:
		s.Terminal.Restore()
		return
	case s.LocalTerminal == nil && reattached:
		return
	case s.LocalTerminal == nil:
		if len(s.DetachKeys) > 0 {
			Notice(s.Invocation,
				"Warning: ignoring --detach-keys: they need -i and a terminal at both ends")
		}
		return
	}
	if err := s.Terminal.MakeRaw(s.LocalTerminal); err != nil {
		s.Warn(fmt.Sprintf("cannot make the terminal raw: %v", err))
	}
	go s.restoreOnPanic(func() { s.followSize(remote.Resize) })
	if !s.readingKeys {
		s.readingKeys = true
		go s.restoreOnPanic(s.forwardKeys)
	}
}

// restoreOnPanic runs work, and restores the terminal when work panics.
func (s *Session) restoreOnPanic(work func()) {
	panics := true
	defer func() {
		if panics {
			s.Terminal.Restore()
		}
	}()
	work()
	panics = false
}

// Restore restores the terminal, and ends the program's stdin.
func (s *Session) Restore() {
	s.Terminal.Restore()
	if s.keyWriter != nil {
		s.keyWriter.Close()
	}
}

// OnDetached turns the error of a session that the detach keys have closed into a notice.
func (s *Session) OnDetached(err error) error {
	if !s.detached.Load() || !errors.Is(err, subresource.ErrSessionClosed) {
		return err
	}
	s.Restore()
	if s.LocalTerminal != nil && !s.Quiet {
		fmt.Fprintln(s.Err) // the program left the cursor within a line
	}
	Notice(s.Invocation, "Detached: the program in %s still runs%s", s.Label, s.ReattachHint)
	return nil
}

// followSize sends the size of the local terminal to the remote one, and each change of it.
//
// containerd drops a size that arrives before the program runs. So followSize repeats the first
// size, after 0.1, 0.5 and 2.1 seconds. An equal size is no change to the program.
func (s *Session) followSize(resize func(width, height int) error) {
	changed, stop := term.WatchSize()
	defer stop()
	pause := 100 * time.Millisecond
	repeat := time.NewTimer(pause)
	defer repeat.Stop()
	width, height := s.Terminal.Size()
	if s.Redraw && width > 0 {
		_ = resize(width+1, height+1)
	}
	for sent := [2]int{}; ; width, height = s.Terminal.Size() {
		size := [2]int{width, height}
		if size != sent && width > 0 {
			sent = size
			if resize(width, height) != nil {
				return // the session has ended
			}
		}
		select {
		case <-changed:
		case <-repeat.C:
			sent, pause = [2]int{}, 4*pause
			if pause < 2*time.Second {
				repeat.Reset(pause)
			}
		case <-s.done:
			return
		}
		s.Terminal.ReapplyRaw()
	}
}

// forwardKeys sends the typed keys to the program until the detach keys are typed, the session
// ends, or the terminal is closed.
func (s *Session) forwardKeys() {
	filter := term.KeyFilter{Sequence: s.DetachKeys}
	buffer := make([]byte, 4096)
	for {
		n, err := s.LocalTerminal.Read(buffer)
		keys, found := filter.Pass(buffer[:n])
		if len(keys) > 0 {
			_, writeErr := s.keyWriter.Write(keys)
			if writeErr != nil {
				return
			}
		}
		if found {
			s.detach()
			return
		}
		if err != nil { // the terminal was closed, and with it the way to type ^C
			close(s.terminalClosed)
			return
		}
	}
}

// detach closes the session once the keys that were typed before are sent, or after ReplyTimeout.
func (s *Session) detach() {
	s.detached.Store(true)
	sent := make(chan struct{})
	go func() {
		_, _ = s.keyWriter.Write(nil) // returns when the bytes before are read
		close(sent)
	}()
	select {
	case <-sent:
	case <-time.After(ReplyTimeout):
	}
	remote := s.remote.Load()
	if remote != nil {
		remote.Close()
	}
}
