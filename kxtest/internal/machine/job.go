package machine

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// job is a command in the background.
type job struct {
	number int
	task   *task // its last process
	text   string
}

// pipeline runs commands concurrently and connects each one's stdout to the next one's stdin.
func (s *sh) pipeline(c *syntax.BinaryCmd) {
	var parts []*syntax.Stmt
	var both []bool // reports whether stderr goes into the pipe as well
	for {
		parts, both = append(parts, c.Y), append(both, c.Op == syntax.PipeAll)
		left, ok := c.X.Cmd.(*syntax.BinaryCmd)
		if !ok || left.Op != syntax.Pipe && left.Op != syntax.PipeAll || len(c.X.Redirs) > 0 ||
			c.X.Negated {
			parts = append(parts, c.X)
			break
		}
		c = left
	}
	slices.Reverse(parts)
	slices.Reverse(both)
	var tasks []*task
	var previous *description
	group := 0
	for i, part := range parts {
		var in, out *description
		in = previous
		previous = nil
		if i < len(parts)-1 {
			p := newPipe()
			out, previous = open(writeEnd{p}, "pipe:[6]"), open(readEnd{p}, "pipe:[6]")
		}
		t := s.fork(func(child *sh) {
			if child.options['e'] {
				child.errExitIgnored = 0
			}
			child.run([]*syntax.Stmt{part}, true)
		}, func(t *task) {
			put := func(fd int, d *description) {
				if d != nil {
					old := t.setFile(fd, d.share())
					if old != nil {
						old.drop()
					}
				}
			}
			put(0, in)
			put(1, out)
			if i < len(both) && both[i] {
				put(2, out)
			}
			if s.jobControl() && group != 0 {
				t.group = group
			}
		})
		for _, d := range []*description{in, out} {
			if d != nil {
				d.drop()
			}
		}
		if t == nil {
			break
		}
		if group == 0 {
			group = t.group
			s.foreground(group)
		}
		tasks = append(tasks, t)
	}
	if previous != nil {
		previous.drop()
	}
	failed := 0
	for i, t := range tasks {
		s.await(t)
		if s.status != 0 {
			failed = s.status
		}
		if i < len(tasks)-1 && s.flow == flowPrompt && s.jobControl() {
			s.flow = flowNext
		}
	}
	if s.options['p'] && failed != 0 {
		s.status = failed
	}
}

// background runs a command without waiting for it.
func (s *sh) background(statement *syntax.Stmt) {
	part := *statement
	part.Background = false
	t := s.fork(func(child *sh) { child.run([]*syntax.Stmt{&part}, true) }, func(t *task) {
		if s.jobControl() {
			return
		}
		t.handling[INT], t.handling[sigQuit] = handleIgnore, handleIgnore
		old := t.setFile(0, open(nullDevice{}, "/dev/null"))
		if old != nil {
			old.drop()
		}
	})
	if t == nil {
		return
	}
	number := 1
	if len(s.jobs) > 0 {
		number = s.jobs[len(s.jobs)-1].number + 1
	}
	var text strings.Builder
	_ = syntax.NewPrinter(syntax.SingleLine(true)).Print(&text, &part)
	s.jobs = append(s.jobs, &job{number: number, task: t, text: text.String()})
	s.lastJob, s.status = t.pid, 0
	if len(s.jobs) > maxProcesses { // some jobs have ended, since no more can run
		s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool {
			return closed(j.task.done) &&
				j.task.pid != s.lastJob
		})
	}
}

// reportJobs prints the jobs that have ended, ahead of a prompt.
func (s *sh) reportJobs() {
	s.jobs = slices.DeleteFunc(s.jobs, func(j *job) bool {
		if !closed(j.task.done) {
			return false
		}
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, s.jobLine(j))
		return true
	})
}

func (s *sh) jobLine(j *job) string {
	state := "Running"
	if closed(j.task.done) {
		switch {
		case j.task.killedBy != 0:
			state = j.task.killedBy.statusText()
		case j.task.code != 0:
			state = fmt.Sprintf("Done(%d)", j.task.code)
		default:
			state = "Done"
		}
	}
	mark := ' '
	if j == s.jobs[len(s.jobs)-1] {
		mark = '+'
	}
	return fmt.Sprintf("[%d]%c  %-27s%s\n", j.number, mark, state, j.text)
}

// job finds a job by %NUMBER or by process number.
func (s *sh) job(name string) *job {
	number, byNumber := strings.CutPrefix(name, "%")
	n, err := strconv.Atoi(number)
	for _, j := range slices.Backward(s.jobs) {
		switch {
		case byNumber && (j.number == n || number == "" || number == "%" || number == "+"):
			return j
		case !byNumber && err == nil && j.task.pid == n:
			return j
		}
	}
	return nil
}

// withoutJobs replaces jobs by process groups or process numbers, for kill.
func (s *sh) withoutJobs(words []string) []string {
	words = slices.Clone(words)
	for i, word := range words {
		j := s.job(word)
		if strings.HasPrefix(word, "%") && j != nil {
			words[i] = strconv.Itoa(j.task.pid)
			if s.jobControl() {
				words[i] = strconv.Itoa(-j.task.group)
			}
		}
	}
	return words
}

// wait is the builtin: it waits for jobs until a signal arrives.
func wait(s *sh, words []string) {
	waitFor := func(j *job) bool {
		for {
			select {
			case <-j.task.done:
				s.status = j.task.code
				s.reportSignal(j.task)
				return true
			case <-s.t.ctx.Done():
				return false
			case <-s.t.signalled():
				if s.options['i'] && s.main && s.traps[INT] == "" {
					s.flow, s.status = flowPrompt, 130
					return false
				}
				sig := s.t.takeSignal()
				if sig != 0 {
					s.status = 128 + int(sig)
					s.runTrap(sig)
					return false
				}
			}
		}
	}
	if len(words) == 1 {
		for len(s.jobs) > 0 {
			if !waitFor(s.jobs[0]) {
				return
			}
			s.jobs = s.jobs[1:]
		}
		s.status = 0
		return
	}
	for _, word := range words[1:] {
		j := s.job(word)
		if j == nil {
			s.status = 127
			continue
		}
		if !waitFor(j) {
			return
		}
		s.jobs = slices.DeleteFunc(s.jobs, func(other *job) bool { return other == j })
	}
}

func minutes(d time.Duration) string {
	return fmt.Sprintf("%dm %.2fs", int(d.Minutes()), d.Seconds()-60*float64(int(d.Minutes())))
}
