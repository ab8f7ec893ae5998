package machine

import (
	"io"
	"slices"
)

// Process is a process of a machine.
type Process struct {
	task    *task
	args    []string
	speaker string // whom errors name, when it is not the command
}

// PID is the process's number in its namespace.
func (p *Process) PID() int { return p.task.pid }

// Args are the words of the command, its name first.
func (p *Process) Args() []string { return p.args }

// Wait waits for [Process.Done] and returns the exit code, which is 128 and the signal's number when a signal ended the process.
func (p *Process) Wait() int {
	<-p.task.settled
	return p.task.code
}

// Done is closed when the process has ended and all that it wrote was taken by Stdout and Stderr, or its machine was killed.
// The container's own process is done when all others in the container are, too.
func (p *Process) Done() <-chan struct{} { return p.task.settled }

// Signal sends a signal. The first process of a namespace ignores what it has no handler for, except KILL, as in Linux.
func (p *Process) Signal(s Signal) { p.task.signal(s) }

// Resize sets the size of the process's terminal, if it has one.
func (p *Process) Resize(width, height int) {
	if p.task.tty != nil {
		p.task.tty.resize(width, height)
	}
}

// Size is the size of the process's terminal, and 0 0 without one.
func (p *Process) Size() (width, height int) {
	if p.task.tty == nil {
		return 0, 0
	}
	return p.task.tty.size()
}

// Getenv is the value of a variable of the environment, or "".
func (p *Process) Getenv(name string) string {
	value, _ := getEnv(p.task.env, name)
	return value
}

// Environ is the environment, NAME=VALUE each.
func (p *Process) Environ() []string { return slices.Clone(p.task.env) }

// Dir is the working directory.
func (p *Process) Dir() string { return p.task.dir }

// Stdin, Stdout and Stderr are the standard files. Their methods return an error once the process was killed; a write that nobody reads kills it.
func (p *Process) Stdin() io.Reader { return stream{p.task, p.task.fds[0]} }

func (p *Process) Stdout() io.Writer { return stream{p.task, p.task.fds[1]} }

func (p *Process) Stderr() io.Writer { return stream{p.task, p.task.fds[2]} }

// stream is an open file of a process.
type stream struct {
	t *task
	d *description
}

func (s stream) Read(b []byte) (int, error) {
	if s.d == nil {
		return 0, errBadFile
	}
	return s.d.file.read(s.t.ctx, b)
}

func (s stream) Write(b []byte) (int, error) {
	if s.d == nil {
		return 0, errBadFile
	}
	if s.t.ctx.Err() != nil {
		return 0, errInterrupted
	}
	n, err := s.d.file.write(s.t.ctx, b)
	for n < len(b) && err == nil { // a full disk takes a part
		var more int
		more, err = s.d.file.write(s.t.ctx, b[n:])
		n += more
	}
	if err == errPipe {
		s.t.signal(sigPipe)
	}
	return n, err
}
