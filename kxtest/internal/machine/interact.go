package machine

import (
	"io"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// interact reads commands from a terminal.
func (s *sh) interact() {
	s.t.handle(INT, handleCatch)
	s.t.handle(TERM, handleIgnore)
	s.t.handle(sigQuit, handleIgnore)
	for {
		r := &script{sh: s}
		parser := newParser()
		r.beforeLine = func() error {
			s.foreground(s.t.group)
			s.reportJobs()
			name := "PS1"
			if parser.Incomplete() {
				name = "PS2"
			}
			text := s.prompt(s.vars[name].value)
			_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, text)
			d := s.t.fds[0]
			if d != nil {
				if terminal, ok := d.file.(*terminal); ok {
					terminal.setPrompt(text)
				}
			}
			return nil
		}
		syntaxFailed := false
		r.parseEach(parser, func(statements []*syntax.Stmt, err error) bool {
			if err != nil {
				syntaxFailed = true
				if !closed(s.t.signalled()) {
					s.syntaxError(err)
				}
				return false
			}
			s.run(statements, false)
			return !s.stopped()
		})
		eof := !syntaxFailed && s.flow == flowNext
		if s.t.ctx.Err() != nil || s.flow == flowExit || eof || r.atEnd {
			if eof && s.t.ctx.Err() == nil { // ^D
				_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, "\n")
			}
			return
		}
		for s.t.takeSignal() != 0 { // ^C
			s.status = 130
			_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, "\n")
		}
		s.flow, s.depth, s.loops, s.errExitIgnored = flowNext, 0, 0, 0
		s.unwind(0)
	}
}

// prompt expands the escapes of a prompt.
func (s *sh) prompt(text string) string {
	sign := "$"
	if s.t.m.config.UID == 0 {
		sign = "#"
	}
	dir := s.vars["PWD"].value
	home := s.vars["HOME"].value
	if home != "" && home != "/" && (dir == home || strings.HasPrefix(dir, home+"/")) {
		dir = "~" + dir[len(home):]
	}
	return strings.NewReplacer(`\w`, dir, `\W`, path.Base(dir), `\$`, sign,
		`\u`, s.t.m.userName(s.t.m.config.UID), `\h`, s.t.m.config.Hostname,
		`\n`, "\n", `\e`, "\x1b", `\[`, "", `\]`, "", `\\`, `\`).
		Replace(text)
}

func (s *sh) isTerminal(fd int) bool {
	d := s.t.fds[fd]
	if d == nil {
		return false
	}
	_, ok := d.file.(*terminal)
	return ok
}
