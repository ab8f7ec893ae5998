package machine

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// sh is the state of a shell process.
type sh struct {
	t        *task
	name     string // $0
	params   []string
	vars     map[string]variable
	funcs    map[string]*syntax.Stmt
	options  map[rune]bool
	status   int
	previous int // status ahead of the running builtin
	pid      int // $$

	flow   flow // where control goes next
	levels int  // loops that a break or continue leaves
	loops  int  // loops that are running
	depth  int
	// for each running function, the variables that it has made local
	calls          []map[string]variable
	errExitIgnored int  // above 0, set -e ignores a failed command
	tail           bool // the current command is the last: it may replace this process

	builtin string // the running builtin, for its errors
	line    int    // the line of the current command

	substituted int // exit code of the last command substitution
	expanded    int // bytes of the current words so far

	jobs     []*job
	lastJob  int               // $!
	traps    map[Signal]string // the key 0 is EXIT
	trapping bool
	main     bool // not a subshell
}

type variable struct {
	value                   string
	set, exported, readOnly bool
}

// flow is where control goes after a command.
type flow int

const (
	flowNext     flow = iota // run the next command
	flowBreak                // leave a loop
	flowContinue             // go to a loop's next round
	flowReturn               // return from a function
	flowPrompt               // return to the prompt
	flowExit                 // end the shell
)

// shell is the command sh.
func shell(_ context.Context, p *Process) int {
	s := &sh{t: p.task, name: p.args[0], vars: map[string]variable{},
		funcs:   map[string]*syntax.Stmt{},
		options: map[rune]bool{}, traps: map[Signal]string{}, pid: p.task.pid, main: true}
	for _, v := range p.task.env {
		name, value, _ := strings.Cut(v, "=")
		if syntax.ValidName(name) {
			s.vars[name] = variable{value: value, set: true, exported: true}
		}
	}
	s.setDefaults()
	args, command := p.args[1:], false
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') {
		option := args[0]
		args = args[1:]
		if option == "--" {
			break
		}
		for _, c := range option[1:] {
			switch {
			case c == 'c':
				command = true
			case c == 'o' && len(args) > 0:
				if !s.setOption(args[0], option[0] == '-') {
					s.errorf("illegal option -o %s", args[0])
					return 2
				}
				args = args[1:]
			case c == 'l':
			case strings.ContainsRune(optionLetters+"is", c):
				s.options[c] = option[0] == '-'
			default:
				s.errorf("illegal option -%c", c)
				return 2
			}
		}
	}
	switch {
	case command && len(args) == 0:
		s.errorf("-c requires an argument")
		return 2
	case command:
		text := args[0]
		s.options['c'] = true
		if len(args) > 1 {
			s.name, s.params = args[1], args[2:]
		}
		s.source(&script{text: text}, true)
	case len(args) > 0 && !s.options['s']:
		text, err := s.readScript(args[0])
		if err != nil {
			s.errorf("can't open '%s': %s", args[0], reason(err))
			return 2
		}
		s.name, s.params = args[0], args[1:]
		s.source(&script{text: text}, false)
	default:
		s.params = args
		s.options['s'] = true
		if s.options['i'] || s.t.tty != nil && s.isTerminal(0) && s.isTerminal(2) {
			s.options['i'] = true
			s.interact()
		} else {
			s.source(&script{sh: s}, false)
		}
	}
	return s.end()
}

// end runs the EXIT trap and returns the shell's exit code.
func (s *sh) end() int {
	if action, ok := s.traps[0]; ok && s.t.next == nil && s.t.ctx.Err() == nil {
		delete(s.traps, 0)
		status := s.status
		s.flow = flowNext
		s.eval(action)
		if s.flow != flowExit {
			s.status = status
		}
	}
	return s.status
}

// setDefaults sets the variables that every shell has.
func (s *sh) setDefaults() {
	set := func(name, value string) { s.vars[name] = variable{value: value, set: true} }
	set("IFS", " \t\n")
	set("PS4", "+ ")
	if v, ok := s.vars["PS1"]; !ok || !v.exported {
		set("PS1", `\w \$ `)
	}
	set("PS2", "> ")
	level := 1
	fmt.Sscan(s.vars["SHLVL"].value, &level)
	if s.vars["SHLVL"].set {
		level++
	}
	s.vars["SHLVL"] = variable{value: fmt.Sprint(level), set: true, exported: true}
	s.vars["PWD"] = variable{value: s.t.dir, set: true, exported: true}
}

// errorf prints an error in the shell's format.
func (s *sh) errorf(format string, args ...any) {
	where := ""
	if s.builtin != "" {
		where = s.builtin + ": "
		if !s.options['i'] {
			where += fmt.Sprintf("line %d: ", s.line)
		}
	}
	_, _ = fmt.Fprintf(stream{s.t, s.t.fds[2]}, "%s: %s%s\n", path.Base(s.name), where,
		fmt.Sprintf(format, args...))
}

// fatalf prints an error that ends a script. At a prompt it ends the command line only.
func (s *sh) fatalf(format string, args ...any) {
	s.errorf(format, args...)
	s.status = 2
	s.flow = flowExit
	if s.options['i'] && s.main {
		s.flow = flowPrompt
	}
}

// subshell returns a copy of the shell for a new process.
func (s *sh) subshell(t *task) *sh {
	child := *s
	child.t, child.main = t, false
	child.vars, child.funcs, child.options = maps.Clone(s.vars), maps.Clone(s.funcs),
		maps.Clone(s.options)
	child.calls = make([]map[string]variable, len(s.calls))
	child.params = slices.Clone(s.params)
	child.jobs, child.traps, child.depth, child.expanded, child.tail = nil, map[Signal]string{}, 0,
		0, false
	for sig, action := range s.traps {
		if action == "" {
			child.traps[sig] = ""
		}
	}
	return &child
}
