package machine

import (
	"errors"
	"io"
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// simple runs a simple command: assignments, redirections, and a builtin, a function or a program.
func (s *sh) simple(c *syntax.CallExpr, redirects []*syntax.Redirect, tail bool) {
	s.substituted = 0
	words, ok := s.fields(c.Args)
	if !ok {
		return
	}
	if len(words) > 0 && words[0] == "exec" && len(words) == 1 {
		s.keepRedirects(redirects)
		return
	}
	undo, ok := s.redirect(redirects)
	defer undo()
	if !ok {
		return
	}
	if len(words) == 0 {
		for _, a := range c.Assigns {
			if !s.assign(a, false) {
				return
			}
		}
		s.status = s.substituted
		return
	}
	assigned := map[string]variable{}
	for _, a := range c.Assigns {
		if _, seen := assigned[a.Name.Value]; !seen {
			assigned[a.Name.Value] = s.vars[a.Name.Value]
		}
		if !s.assign(a, true) {
			return
		}
	}
	defer func() {
		for name, old := range assigned {
			s.vars[name] = old
		}
	}()
	if s.options['x'] {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, s.vars["PS4"].value+strings.Join(words, " ")+
			"\n")
	}
	s.command(words, tail, true)
}

// command runs a builtin, a function (with functions set) or a program.
func (s *sh) command(words []string, tail, functions bool) {
	body := s.funcs[words[0]]
	if body != nil && functions {
		s.function(body, words[1:])
		return
	}
	builtin := builtins[words[0]]
	if builtin != nil {
		outer := s.builtin
		s.builtin, s.previous, s.status = words[0], s.status, 0
		builtin(s, words)
		s.builtin = outer
		return
	}
	if inShell[words[0]] {
		if words[0] == "kill" {
			words = s.withoutJobs(words)
		}
		s.status = commands[words[0]](s.t.ctx, &Process{task: s.t, args: words,
			errorName: path.Base(s.name)})
		return
	}
	s.program(words, tail)
}

// function calls a function, and restores the parameters and local variables after it.
func (s *sh) function(body *syntax.Stmt, params []string) {
	old, loops := s.params, s.loops
	s.params, s.loops = params, 0
	s.calls = append(s.calls, map[string]variable{})
	s.status = 0
	s.statement(body)
	s.unwind(len(s.calls) - 1)
	s.params, s.loops = old, loops
	if s.flow == flowReturn {
		s.flow = flowNext
	}
}

// unwind restores the local variables of the functions above the depth.
func (s *sh) unwind(depth int) {
	for len(s.calls) > depth {
		for name, old := range s.calls[len(s.calls)-1] {
			s.vars[name] = old
		}
		s.calls = s.calls[:len(s.calls)-1]
	}
}

// program runs a program in a new process, or in this one with replace set.
func (s *sh) program(words []string, replace bool) {
	s.t.setEnviron(s.environ()) // lookPath reads PATH there, and a child inherits it
	file, err := s.t.lookPath(words[0])
	switch {
	case errors.Is(err, errNoEntry) || errors.Is(err, errNotDirectory):
		s.errorf("%s: not found", words[0])
		s.status = 127
	case err != nil:
		s.errorf("%s: %s", words[0], reason(err))
		s.status = 126
	}
	if err != nil {
		if replace && s.flow == flowNext {
			s.flow = flowExit
		}
		return
	}
	t := s.t
	if !replace {
		t = s.t.fork()
	}
	program, err := t.load(file, words)
	if errors.Is(err, errNotExec) { // a script without #! in its first line
		t.setArgs(t.exe, append([]string{strings.TrimPrefix(s.name, "-"), file}, words[1:]...))
		program, err = Program(shell), nil
	}
	if err != nil {
		s.errorf("%s: %s", words[0], reason(err))
		s.status = 126
		if replace {
			s.flow = flowExit
		} else {
			t.abort()
		}
		return
	}
	if replace {
		t.resetHandlers()
		t.next, s.flow = program, flowExit
		return
	}
	s.await(s.launch(t, program))
}
