package machine

import (
	"context"
	"io"
	"slices"
)

// fork runs a part of this shell in a process of its own; prepare changes its files. It is nil when no process can be made.
func (s *sh) fork(body func(*sh), prepare func(*task)) *task {
	t := s.t.fork()
	if prepare != nil {
		prepare(t)
	}
	child := s.subshell(t)
	return s.launch(t, func(context.Context, *Process) int {
		body(child)
		return child.end()
	})
}

func (s *sh) launch(t *task, program Program) *task {
	if s.control() && t.group == s.t.group {
		t.group = 0
	}
	if err := t.start(program); err != nil {
		t.abort()
		if s.t.ctx.Err() == nil {
			s.fatal(2, "can't fork: %s", reason(err))
		}
		s.status = 2
		return nil
	}
	return t
}

// control reports that each job has a process group of its own.
func (s *sh) control() bool { return s.options['i'] && s.main && s.t.tty != nil }

// foreground says whom the terminal's signals are for.
func (s *sh) foreground(group int) {
	if s.control() {
		s.t.tty.foreground.Store(int64(group))
	}
}

// await waits for a process in the foreground, whose exit code becomes the status.
func (s *sh) await(t *task) {
	if t == nil {
		return
	}
	s.foreground(t.group)
	defer s.foreground(s.t.group)
	if s.control() && closed(s.t.noticed()) { // ^C came while the shell was still in the foreground
		s.t.caught()
		_ = s.t.kill(-t.group, INT)
	}
	select {
	case <-t.done:
		s.status = t.code
	case <-s.t.ctx.Done():
		return
	}
	s.mourn(t)
	if s.control() && t.killedBy == INT {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, "\n")
		s.flow = aborts
	}
}

// mourn tells what signal has ended a process, unless everybody knows.
func (s *sh) mourn(t *task) {
	if t.killedBy != 0 && !slices.Contains([]Signal{INT, sigPipe}, t.killedBy) {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, t.killedBy.wording()+"\n")
	}
}
