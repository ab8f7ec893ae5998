package machine

import (
	"errors"
	"io"
	"slices"
)

// Process is a process of a machine.
type Process struct {
	task      *task
	args      []string
	errorName string // the prefix of errors; the command's name if empty
}

// PID returns the process number in its namespace.
func (p *Process) PID() int { return p.task.pid }

// Args returns the words of the command, its name first.
func (p *Process) Args() []string { return p.args }

// Wait waits for [Process.Done] and returns the exit code. After a signal, the code is 128 plus the
// signal's number.
func (p *Process) Wait() int {
	<-p.task.delivered
	return p.task.code
}

// Done returns a channel that is closed when the process has ended and Stdout and Stderr have taken
// its output. It is also closed after [Machine.Kill]. The container's own process is done after all
// others.
func (p *Process) Done() <-chan struct{} { return p.task.delivered }

// Signal sends a signal. As in Linux, the first process of a namespace ignores a signal without a
// handler, except SIGKILL.
func (p *Process) Signal(s Signal) { p.task.signal(s) }

// Resize sets the size of the process's terminal, if it has one.
func (p *Process) Resize(width, height int) {
	if p.task.tty != nil {
		p.task.tty.resize(width, height)
	}
}

// Size returns the size of the process's terminal, or 0, 0 without one.
func (p *Process) Size() (width, height int) {
	if p.task.tty == nil {
		return 0, 0
	}
	return p.task.tty.size()
}

// Getenv returns the value of an environment variable, or "".
func (p *Process) Getenv(name string) string {
	value, _ := getEnv(p.task.env, name)
	return value
}

// Environ returns the environment as NAME=VALUE entries.
func (p *Process) Environ() []string { return slices.Clone(p.task.env) }

// Dir returns the working directory.
func (p *Process) Dir() string { return p.task.dir }

// Stdin returns the standard input. Reading fails once the process is killed.
func (p *Process) Stdin() io.Reader { return stream{p.task, p.task.fds[0]} }

// Stdout returns the standard output.
func (p *Process) Stdout() io.Writer { return stream{p.task, p.task.fds[1]} }

// Stderr returns the standard error.
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
	for n < len(b) && err == nil { // a nearly full disk takes a part
		var more int
		more, err = s.d.file.write(s.t.ctx, b[n:])
		n += more
	}
	if errors.Is(err, errPipe) {
		s.t.signal(sigPipe)
	}
	return n, err
}
