package machine

import (
	"io"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// stopped reports whether the next command must not run. It is called ahead of every command and
// handles the signals that have arrived.
func (s *sh) stopped() bool {
	if s.t.ctx.Err() != nil {
		s.flow = flowExit
	}
	for s.flow == flowNext && !s.trapping {
		if s.options['i'] && s.main && s.traps[INT] == "" {
			if closed(s.t.signalled()) { // the prompt handles ^C
				s.flow = flowPrompt
			}
			break
		}
		sig := s.t.takeSignal()
		if sig == 0 {
			break
		}
		s.runTrap(sig)
	}
	return s.flow != flowNext
}

// runTrap runs the action of a trap. It keeps the exit code.
func (s *sh) runTrap(sig Signal) {
	status := s.status
	s.trapping = true
	s.eval(s.traps[sig])
	s.trapping = false
	if s.flow != flowExit && s.flow != flowReturn {
		s.status = status
	}
}

// run runs commands in order.
func (s *sh) run(statements []*syntax.Stmt, tail bool) {
	for i, statement := range statements {
		s.tail = tail && i == len(statements)-1 && !s.hasTraps()
		s.statement(statement)
		if s.flow != flowNext {
			return
		}
	}
}

// hasTraps reports whether the shell must stay in its process to run a trap.
func (s *sh) hasTraps() bool {
	for _, action := range s.traps {
		if action != "" {
			return true
		}
	}
	return false
}

func (s *sh) statement(statement *syntax.Stmt) {
	tail := s.tail
	s.tail, s.builtin, s.line = false, "", int(statement.Pos().Line())
	if s.options['c'] {
		s.line-- // busybox counts the lines of -c from 0
	}
	if s.stopped() {
		return
	}
	word := unsupportedSyntax(statement)
	if word != "" {
		s.fatalf("syntax error: unexpected \"%s\"", word)
		return
	}
	if s.options['n'] && !s.options['i'] {
		return
	}
	s.depth++
	if s.depth > maxDepth {
		s.depth--
		s.fatalf("nested too deep")
		return
	}
	defer func() { s.depth-- }()
	if statement.Background {
		s.background(statement)
		return
	}
	if statement.Negated {
		s.errExitIgnored++
		defer func() { s.errExitIgnored-- }()
		tail = false
	}
	if call, ok := statement.Cmd.(*syntax.CallExpr); ok {
		s.simple(call, statement.Redirs, tail)
	} else {
		undo, ok := s.redirect(statement.Redirs)
		if ok && statement.Cmd != nil {
			s.compound(statement.Cmd, tail && len(statement.Redirs) == 0)
		} else if ok {
			s.status = 0
		}
		undo()
	}
	if statement.Negated && s.flow == flowNext {
		if s.status == 0 {
			s.status = 1
		} else {
			s.status = 0
		}
		return
	}
	if s.status != 0 && s.options['e'] && s.errExitIgnored == 0 && s.flow == flowNext {
		if b, ok := statement.Cmd.(*syntax.BinaryCmd); !ok || b.Op == syntax.Pipe ||
			b.Op == syntax.PipeAll {
			s.flow = flowExit
		}
	}
}

// unsupportedSyntax returns the token of bash's syntax that busybox's shell does not know, or "".
func unsupportedSyntax(statement *syntax.Stmt) string {
	switch command := statement.Cmd.(type) {
	case *syntax.CoprocClause:
		return "coproc"
	case *syntax.FuncDecl:
		if command.Name == nil {
			return "("
		}
	case *syntax.ForClause:
		if _, ok := command.Loop.(*syntax.CStyleLoop); ok || command.Select {
			return "("
		}
	case *syntax.CallExpr:
		for _, a := range command.Assigns {
			if a.Array != nil || a.Index != nil {
				return "("
			}
		}
	case *syntax.DeclClause:
		for _, a := range command.Args {
			if a.Array != nil || a.Index != nil {
				return "("
			}
		}
	}
	return ""
}

// condition runs commands and reports whether they succeed. set -e ignores their failure.
func (s *sh) condition(statements []*syntax.Stmt) bool {
	s.errExitIgnored++
	s.run(statements, false)
	s.errExitIgnored--
	return s.status == 0
}

func (s *sh) compound(command syntax.Command, tail bool) {
	switch c := command.(type) {
	case *syntax.Block:
		s.run(c.Stmts, tail)
	case *syntax.Subshell:
		s.await(s.fork(func(child *sh) { child.run(c.Stmts, true) }, nil))
	case *syntax.BinaryCmd:
		s.binary(c)
	case *syntax.IfClause:
		s.ifClause(c)
	case *syntax.WhileClause:
		status := 0
		s.loops++
		for s.condition(c.Cond) != c.Until && s.flow == flowNext {
			s.run(c.Do, false)
			status = s.status
			if s.leavesLoop() {
				break
			}
		}
		s.leavesLoop() // a break in the condition
		s.loops--
		if s.flow == flowNext {
			s.status = status
		}
	case *syntax.ForClause:
		s.forClause(c)
	case *syntax.CaseClause:
		s.caseClause(c)
	case *syntax.FuncDecl:
		// about the size of the syntax tree
		if s.t.reserve(32*int(c.End().Offset()-c.Pos().Offset())) != nil {
			s.fatalf("out of memory")
			return
		}
		s.funcs[c.Name.Value] = c.Body
		s.status = 0
	case *syntax.TestClause:
		s.status = 1
		if s.test(c.X) && s.flow == flowNext {
			s.status = 0
		}
	case *syntax.ArithmCmd:
		s.status = 1
		if n, ok := s.arithmetic(c.X); ok && n != 0 {
			s.status = 0
		}
	case *syntax.LetClause:
		s.status = 1
		for _, x := range c.Exprs {
			n, ok := s.arithmetic(x)
			s.status = 1
			if ok && n != 0 {
				s.status = 0
			}
		}
	case *syntax.DeclClause:
		s.declare(c)
	case *syntax.TimeClause:
		start := time.Now()
		if c.Stmt != nil {
			s.statement(c.Stmt)
		}
		took := time.Since(start)
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, "real\t"+minutes(took)+
			"\nuser\t0m 0.00s\nsys\t0m 0.00s\n")
	default:
		s.fatalf("syntax error: unknown command")
	}
}

// leavesLoop reports whether a loop ends: after break, after continue of an outer loop, and when
// the function or the shell ends.
func (s *sh) leavesLoop() bool {
	if s.flow == flowBreak || s.flow == flowContinue {
		s.levels--
		if s.levels > 0 {
			return true
		}
		continues := s.flow == flowContinue
		s.flow = flowNext
		return !continues
	}
	return s.stopped()
}

func (s *sh) ifClause(c *syntax.IfClause) {
	for ; c != nil; c = c.Else {
		if len(c.Cond) == 0 || s.condition(c.Cond) && s.flow == flowNext {
			s.run(c.Then, false)
			return
		}
		if s.flow != flowNext {
			return
		}
	}
	s.status = 0
}

func (s *sh) forClause(c *syntax.ForClause) {
	loop := c.Loop.(*syntax.WordIter)
	items := s.params
	if loop.InPos.IsValid() {
		var ok bool
		if items, ok = s.fields(loop.Items); !ok {
			return
		}
	}
	s.status = 0
	s.loops++
	defer func() { s.loops-- }()
	for _, item := range items {
		if !s.setVariable(loop.Name.Value, item) {
			return
		}
		s.run(c.Do, false)
		if s.leavesLoop() {
			return
		}
	}
}

func (s *sh) caseClause(c *syntax.CaseClause) {
	word, ok := s.literal(c.Word)
	if !ok {
		return
	}
	s.status = 0
	matched := false
	for _, item := range c.Items {
		for _, p := range item.Patterns {
			if matched {
				break
			}
			pattern, ok := s.pattern(p)
			if !ok {
				return
			}
			matched = matches(pattern, word)
		}
		if matched {
			s.run(item.Stmts, false)
			if item.Op != syntax.Fallthrough {
				return
			}
		}
	}
}

func (s *sh) binary(c *syntax.BinaryCmd) {
	switch c.Op {
	case syntax.AndStmt, syntax.OrStmt:
		s.errExitIgnored++
		s.statement(c.X)
		s.errExitIgnored--
		if s.flow == flowNext && (s.status == 0) == (c.Op == syntax.AndStmt) {
			s.statement(c.Y)
		}
	default:
		s.pipeline(c)
	}
}
