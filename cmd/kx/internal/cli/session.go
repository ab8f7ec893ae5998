package cli

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

	"github.com/kx-k8s/kx/subresource"
)

const (
	// endWithin is how long a remote program gets to end after the first signal, and leaveWithin how long this side of the session then has.
	endWithin   = 2 * time.Second
	leaveWithin = time.Second

	interruptKey, endKey = 0x03, 0x04 // ^C and ^D
	// keyPause is between them: a shell that comes back from an interrupted program throws away what was typed meanwhile.
	keyPause = 200 * time.Millisecond
)

// sessionStatus is exitStatus for commands that stay with a remote program.
const sessionStatus = "Exit status: that of the remote program, or 255 when it is above that; 125 when kx itself failed or the stream was lost, 2 when the command line is wrong."

const sessionSignals = `On a first SIGINT, SIGTERM or SIGHUP kx asks the program to end, by the end of its stdin or with ^C and ^D in its terminal,
and leaves after 2 seconds; a second one ends kx at once.`

// session is what belongs to a remote program on this side: the terminal, its size, and signals.
type session struct {
	*kx
	stdin, tty, quiet bool
	keys              detachKeys
	record            recordFlag
	ours              bool // the program was started by this command, which asks it to end before it leaves
	redraw            bool // the program ran before and is to draw itself anew

	where      string   // the container, for messages
	afterwards string   // how to come back to it or end it, to follow on what says that it runs on
	screen     *os.File // the terminal that stdin is, when it is to be raw
	typed      *io.PipeWriter
	program    io.Reader       // what the program gets to read
	over       <-chan struct{} // closed when the command is done
	gone       chan struct{}   // closed when the terminal is no more
	open       atomic.Pointer[subresource.Session]
	pumping    bool // keys are being read
	detached   atomic.Bool
}

func (s *session) register(cmd *cobra.Command, stdin, tty string) {
	f := cmd.Flags()
	f.BoolVarP(&s.stdin, "stdin", "i", false, stdin)
	f.BoolVarP(&s.tty, "tty", "t", false, tty)
	f.BoolVarP(&s.quiet, "quiet", "q", false, "print only what the program prints, and errors")
	s.record.register(cmd)
}

// note tells on stderr what is worth knowing, unless the session is to be quiet.
func (s *session) note(format string, args ...any) {
	if !s.quiet {
		fmt.Fprintln(s.err, oneLine(fmt.Sprintf(format, args...)))
	}
}

// checkTTY drops -t where there is nothing to make a terminal of.
func (s *session) checkTTY() {
	switch {
	case !s.tty:
	case !s.stdin:
		s.tty = false
		s.note("Warning: -t is left out: it needs -i")
	case terminalOf(s.in) == nil:
		s.tty = false
		s.note("Warning: -t is left out: stdin is not a terminal")
	}
}

// reader gives the program's stdin, nil without -i. With a terminal of its own at both ends, keys go there as they are typed.
func (s *session) reader() io.Reader {
	if !s.stdin {
		return nil
	}
	if s.tty {
		s.screen = terminalOf(s.in)
	}
	s.program = s.in
	if s.screen != nil {
		s.program, s.typed = io.Pipe()
	}
	return s.program
}

// stdout gives the program's. A terminal that is gone takes what the program writes until it has ended.
func (s *session) stdout() io.Writer {
	if s.screen == nil {
		return s.out
	}
	return writerFunc(func(p []byte) (int, error) {
		n, err := s.out.Write(p)
		if errors.Is(err, syscall.EIO) {
			return len(p), nil
		}
		return n, err
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// stderr gives the program's, nil where its terminal has one output.
func (s *session) stderr() io.Writer {
	if s.tty {
		return nil
	}
	return s.err
}

// run does the work of a command that opens a session, with a record of it where that is asked for.
func (s *session) run(ctx context.Context, work func(context.Context) error) error {
	s.failed = exitLost
	if err := s.record.begin(s.terminal.size()); err != nil {
		return err
	}
	return s.record.end(s.kx, s.attend(ctx, work))
}

// attend does the work, and returns at the latest a moment after the first signal's time is over: the work's context outlives the signal, which ctx does not.
func (s *session) attend(ctx context.Context, work func(context.Context) error) error {
	// A write to a stdout that nobody reads shall fail, not end the program and leave a raw terminal behind. Ignored, the signal would be so in credential plugins too.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	defer end()
	s.over, s.gone = life.Done(), make(chan struct{})
	defer s.terminal.restore()
	done := make(chan error, 1)
	go func() {
		defer s.restore() // in a panic too
		done <- work(life)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	case <-s.gone:
	}
	if open := s.open.Load(); open != nil && s.ask(open) {
		select {
		case err := <-done:
			return err
		case <-time.After(endWithin):
		}
	}
	end()
	select {
	case err := <-done:
		if err == nil || s.open.Load() == nil || errors.As(err, new(*subresource.ExitError)) || errors.As(err, new(*leftBehindError)) {
			return err
		}
	case <-time.After(leaveWithin): // stdout takes nothing
	}
	return &leftBehindError{"the program in " + s.where + " may still run" + s.afterwards}
}

// ask has the program end, and tells whether there was a way to.
func (s *session) ask(open *subresource.Session) bool {
	switch {
	case !s.ours:
		return false
	case s.typed != nil:
		go func() {
			_, _ = s.typed.Write([]byte{interruptKey}) // it fails when the session has ended
			time.Sleep(keyPause)
			_, _ = s.typed.Write([]byte{endKey})
		}()
		return true
	case s.program != nil && open.CanCloseStdin():
		go func() { _ = open.CloseStdin() }() // it waits while the program reads nothing
		return true
	}
	return false
}

// attached begins what a session needs on this side. With nil, which says that there is none after all, it waits for another.
func (s *session) attached(open *subresource.Session) {
	again := s.open.Swap(open) != nil || s.pumping
	switch {
	case open == nil:
		s.terminal.restore()
		return
	case s.screen == nil && again:
		return
	case s.screen == nil:
		if len(s.keys) > 0 {
			s.note("Warning: --detach-keys is left out: it needs -i and a terminal at both ends")
		}
		return
	}
	if err := s.terminal.makeRaw(s.screen); err != nil {
		s.warn(fmt.Sprintf("the terminal cannot be made raw: %v", err))
	}
	go s.guard(func() { s.followSize(open.Resize) })
	if !s.pumping {
		s.pumping = true
		go s.guard(s.pump)
	}
}

// guard gives the terminal back when work panics, which would otherwise end the program with a raw one.
func (s *session) guard(work func()) {
	panics := true
	defer func() {
		if panics {
			s.terminal.restore()
		}
	}()
	work()
	panics = false
}

// restore gives the terminal back, and ends what reads it.
func (s *session) restore() {
	s.terminal.restore()
	if s.typed != nil {
		s.typed.Close()
	}
}

// followSize tells the remote terminal the size of the one here. At first it does so several times, as containerd drops a size that comes before
// the program runs; the same size again is no change to the program.
func (s *session) followSize(resize func(width, height int) error) {
	changed, stop := watchSize()
	defer stop()
	pause := 100 * time.Millisecond
	again := time.NewTimer(pause)
	defer again.Stop()
	width, height := s.terminal.size()
	if s.redraw && width > 0 {
		_ = resize(width+1, height+1)
	}
	for told := [2]int{}; ; width, height = s.terminal.size() {
		size := [2]int{width, height}
		if size != told && width > 0 {
			told = size
			if resize(width, height) != nil {
				return // the session has ended
			}
		}
		select {
		case <-changed:
		case <-again.C:
			told, pause = [2]int{}, 4*pause
			if pause < 2*time.Second { // after 0.1, 0.5 and 2.1 seconds
				again.Reset(pause)
			}
		case <-s.over:
			return
		}
		s.terminal.stayRaw()
	}
}

// pump gives the program what is typed.
func (s *session) pump() {
	filter := keyFilter{sequence: s.keys}
	buffer := make([]byte, 4096)
	for {
		n, err := s.screen.Read(buffer)
		keys, found := filter.pass(buffer[:n])
		if len(keys) > 0 {
			_, closed := s.typed.Write(keys)
			if closed != nil {
				return
			}
		}
		if found {
			s.detached.Store(true)
			sent := make(chan struct{})
			go func() {
				_, _ = s.typed.Write(nil) // it waits until what came before is sent
				close(sent)
			}()
			select {
			case <-sent:
			case <-time.After(replyWithin): // the program takes nothing
			}
			open := s.open.Load()
			if open != nil {
				open.Close()
			}
			return
		}
		if err != nil { // the terminal is gone, and nobody can type ^C any more
			close(s.gone)
			return
		}
	}
}
