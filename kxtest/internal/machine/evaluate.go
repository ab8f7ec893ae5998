package machine

import (
	"io"
	"time"

	"mvdan.cc/sh/v3/syntax"
)

// stopped reports that control goes elsewhere. It is asked before every command, and so is where a shell notices signals.
func (s *sh) stopped() bool {
	if s.t.ctx.Err() != nil {
		s.flow = exits
	}
	for s.flow == onward && !s.trapping {
		if s.options['i'] && s.main && s.traps[INT] == "" {
			if closed(s.t.noticed()) { // ^C: the prompt takes it
				s.flow = aborts
			}
			break
		}
		sig := s.t.caught()
		if sig == 0 {
			break
		}
		s.trapped(sig)
	}
	return s.flow != onward
}

// trapped runs what a trap asks for. The exit code stays what it was.
func (s *sh) trapped(sig Signal) {
	status := s.status
	s.trapping = true
	s.eval(s.traps[sig])
	s.trapping = false
	if s.flow != exits && s.flow != returns {
		s.status = status
	}
}

// run runs commands in order.
func (s *sh) run(statements []*syntax.Stmt, tail bool) {
	for i, statement := range statements {
		s.tail = tail && i == len(statements)-1 && !s.trapsSet()
		s.statement(statement)
		if s.flow != onward {
			return
		}
	}
}

// trapsSet reports that the shell has to stay to run a trap.
func (s *sh) trapsSet() bool {
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
		s.line-- // counted from 0 there
	}
	if s.stopped() {
		return
	}
	word := foreign(statement)
	if word != "" {
		s.fatal(2, "syntax error: unexpected \"%s\"", word)
		return
	}
	if s.options['n'] && !s.options['i'] {
		return
	}
	s.depth++
	if s.depth > maxDepth {
		s.depth--
		s.fatal(2, "nested too deep")
		return
	}
	defer func() { s.depth-- }()
	if statement.Background {
		s.background(statement)
		return
	}
	if statement.Negated {
		s.quiet++
		defer func() { s.quiet-- }()
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
	if statement.Negated && s.flow == onward {
		if s.status == 0 {
			s.status = 1
		} else {
			s.status = 0
		}
		return
	}
	if s.status != 0 && s.options['e'] && s.quiet == 0 && s.flow == onward {
		if b, ok := statement.Cmd.(*syntax.BinaryCmd); !ok || b.Op == syntax.Pipe || b.Op == syntax.PipeAll {
			s.flow = exits
		}
	}
}

// foreign names what the parser takes for bash's sake and busybox's shell does not know.
func foreign(statement *syntax.Stmt) string {
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

// condition runs commands whose failure is an answer.
func (s *sh) condition(statements []*syntax.Stmt) bool {
	s.quiet++
	s.run(statements, false)
	s.quiet--
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
		s.branch(c)
	case *syntax.WhileClause:
		status := 0
		s.loops++
		for s.condition(c.Cond) != c.Until && s.flow == onward {
			s.run(c.Do, false)
			status = s.status
			if s.leavesLoop() {
				break
			}
		}
		s.leavesLoop() // a break in the condition
		s.loops--
		if s.flow == onward {
			s.status = status
		}
	case *syntax.ForClause:
		s.each(c)
	case *syntax.CaseClause:
		s.choose(c)
	case *syntax.FuncDecl:
		if s.t.reserve(32*int(c.End().Offset()-c.Pos().Offset())) != nil { // about what the tree takes
			s.fatal(2, "out of memory")
			return
		}
		s.funcs[c.Name.Value] = c.Body
		s.status = 0
	case *syntax.TestClause:
		s.status = 1
		if s.test(c.X) && s.flow == onward {
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
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, "real\t"+minutes(took)+"\nuser\t0m 0.00s\nsys\t0m 0.00s\n")
	default:
		s.fatal(2, "syntax error: unknown command")
	}
}

// leavesLoop reports that a loop is to be left, after a break, a continue of an outer loop, or anything that ends more.
func (s *sh) leavesLoop() bool {
	if s.flow == breaks || s.flow == proceeds {
		s.levels--
		if s.levels > 0 {
			return true
		}
		again := s.flow == proceeds
		s.flow = onward
		return !again
	}
	return s.stopped()
}

func (s *sh) branch(c *syntax.IfClause) {
	for ; c != nil; c = c.Else {
		if len(c.Cond) == 0 || s.condition(c.Cond) && s.flow == onward {
			s.run(c.Then, false)
			return
		}
		if s.flow != onward {
			return
		}
	}
	s.status = 0
}

func (s *sh) each(c *syntax.ForClause) {
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
		if !s.set(loop.Name.Value, item) {
			return
		}
		s.run(c.Do, false)
		if s.leavesLoop() {
			return
		}
	}
}

func (s *sh) choose(c *syntax.CaseClause) {
	word, ok := s.literal(c.Word)
	if !ok {
		return
	}
	s.status = 0
	through := false
	for _, item := range c.Items {
		for _, p := range item.Patterns {
			if through {
				break
			}
			pattern, ok := s.pattern(p)
			if !ok {
				return
			}
			through = matches(pattern, word)
		}
		if through {
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
		s.quiet++
		s.statement(c.X)
		s.quiet--
		if s.flow == onward && (s.status == 0) == (c.Op == syntax.AndStmt) {
			s.statement(c.Y)
		}
	default:
		s.pipeline(c)
	}
}
