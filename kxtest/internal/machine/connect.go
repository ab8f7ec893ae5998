package machine

import (
	"context"
	"io"
	"sync"
)

// connect opens the standard files of a process that is started from outside. Goroutines copy
// between these files and the streams.
func (t *task) connect(s IO) {
	var outputs sync.WaitGroup
	var pipes []*pipe
	out := func(w io.Writer) file {
		if w == nil {
			return nullDevice{}
		}
		p := newPipe()
		pipes = append(pipes, p)
		outputs.Go(func() { copyOutput(w, p) })
		return writeEnd{p}
	}
	if s.TTY {
		t.tty = newTerminal(t.ns, s.Width, s.Height)
		pipes = append(pipes, t.tty.output)
		if s.Stdout != nil {
			outputs.Go(func() { copyOutput(s.Stdout, t.tty.output) })
		} else {
			t.tty.output.closeRead()
		}
		if s.Stdin != nil {
			go copyInput(t.ctx, s.Stdin, t.tty.input, t.tty.endInput)
		} else {
			t.tty.endInput()
		}
		d := &description{file: t.tty, name: "/dev/pts/0"}
		for fd := range 3 {
			t.fds[fd] = d.share()
		}
	} else {
		t.fds[0] = open(nullDevice{}, "/dev/null")
		if s.Stdin != nil {
			p := newPipe()
			t.fds[0] = open(readEnd{p}, "pipe:[1]")
			go copyInput(t.ctx, s.Stdin, p.write, p.closeWrite)
		}
		t.fds[1] = open(out(s.Stdout), "pipe:[2]")
		t.fds[2] = open(out(s.Stderr), "pipe:[3]")
	}
	go func() {
		<-t.done
		for _, p := range pipes {
			p.closeWrite()
		}
		if t.tty != nil {
			t.tty.hangUp()
		}
		delivered := make(chan struct{})
		go func() { outputs.Wait(); close(delivered) }()
		select {
		case <-delivered:
		case <-t.m.killed:
			for _, p := range pipes {
				p.abandon()
			}
		}
		if t == t.m.first {
			t.m.running.Wait()
		}
		close(t.delivered)
	}()
}

// copyInput copies r to a process until either ends.
func copyInput(ctx context.Context, r io.Reader, write func(context.Context, []byte) (int, error),
	end func()) {
	defer end()
	b := make([]byte, 32<<10)
	for {
		n, err := r.Read(b)
		if n > 0 {
			if _, err := write(ctx, b[:n]); err != nil {
				return
			}
		}
		if err != nil || ctx.Err() != nil {
			return
		}
	}
}

// copyOutput copies a process's output to w. A failed write breaks the pipe.
func copyOutput(w io.Writer, p *pipe) {
	defer p.closeRead()
	b := make([]byte, pipeSize)
	for {
		n, err := p.read(context.Background(), b)
		if err != nil {
			return
		}
		if _, err := w.Write(b[:n]); err != nil {
			return
		}
	}
}
