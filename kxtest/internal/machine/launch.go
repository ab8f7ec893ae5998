package machine

import (
	"context"
	"io"
	"slices"
)

// fork runs a part of this shell in a new process. prepare may change its files. fork returns nil
// if no process can be made.
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
	if s.jobControl() && t.group == s.t.group {
		t.group = 0
	}
	if err := t.start(program); err != nil {
		t.abort()
		if s.t.ctx.Err() == nil {
			s.fatalf("can't fork: %s", reason(err))
		}
		s.status = 2
		return nil
	}
	return t
}

// jobControl reports whether each job has a process group of its own.
func (s *sh) jobControl() bool { return s.options['i'] && s.main && s.t.tty != nil }

// foreground makes a process group the one that the terminal's signals go to.
func (s *sh) foreground(group int) {
	if s.jobControl() {
		s.t.tty.foreground.Store(int64(group))
	}
}

// await waits for a process in the foreground and makes its exit code the status.
func (s *sh) await(t *task) {
	if t == nil {
		return
	}
	s.foreground(t.group)
	defer s.foreground(s.t.group)
	// ^C arrived while the shell was in the foreground
	if s.jobControl() && closed(s.t.signalled()) {
		s.t.takeSignal()
		_ = s.t.kill(-t.group, INT)
	}
	select {
	case <-t.done:
		s.status = t.code
	case <-s.t.ctx.Done():
		return
	}
	s.reportSignal(t)
	if s.jobControl() && t.killedBy == INT {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, "\n")
		s.flow = flowPrompt
	}
}

// reportSignal prints the signal that ended a process, except SIGINT and SIGPIPE.
func (s *sh) reportSignal(t *task) {
	if t.killedBy != 0 && !slices.Contains([]Signal{INT, sigPipe}, t.killedBy) {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, t.killedBy.statusText()+"\n")
	}
}
