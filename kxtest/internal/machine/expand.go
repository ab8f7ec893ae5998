package machine

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

func (s *sh) config() *expand.Config {
	cfg := &expand.Config{Env: s, NoUnset: s.options['u'], CmdSubst: s.substitute}
	if !s.options['f'] {
		cfg.ReadDir2 = s.readDir
	}
	return cfg
}

// readDir lists a directory for pathname expansion and charges its names to the expansion. It
// panics if the process was killed or the expansion is too large, because package expand continues
// after most errors. expansion recovers.
func (s *sh) readDir(name string) ([]fs.DirEntry, error) {
	s.t.ns.mu.Lock()
	defer s.t.ns.mu.Unlock()
	n, err := s.t.find(name, true)
	switch {
	case err != nil:
		return nil, fs.ErrNotExist
	case !n.isDir():
		return nil, syscall.ENOTDIR // tells package expand that the path exists
	case !s.t.allowed(n, mayRead):
		return nil, fs.ErrPermission
	}
	names := n.names()
	for _, base := range names {
		s.expanded += len(name) + len(base) + entrySize
	}
	s.expanded += len(name)
	if s.expanded > maxExpansion || s.t.ctx.Err() != nil {
		panic(errNoMemory)
	}
	var entries []fs.DirEntry
	for _, base := range names {
		child := n.child(base)
		if child != nil {
			entries = append(entries, fs.FileInfoToDirEntry(fileInfo{base, child, child.mode,
				child.size()}))
		}
	}
	return entries, nil
}

// substitute runs a command substitution.
func (s *sh) substitute(w io.Writer, c *syntax.CmdSubst) error {
	if len(c.Stmts) == 0 {
		return nil
	}
	p := newPipe()
	t := s.fork(func(child *sh) {
		r := onlyInput(c.Stmts)
		if r != nil {
			if undo, ok := child.redirect(c.Stmts[0].Redirs); ok {
				child.status = cat(child.t.ctx, &Process{task: child.t, args: []string{"cat"}})
				undo()
			}
			return
		}
		child.run(c.Stmts, true)
	}, func(t *task) {
		old := t.setFile(1, open(writeEnd{p}, "pipe:[4]"))
		if old != nil {
			old.drop()
		}
	})
	if t == nil {
		return errAgain
	}
	b := make([]byte, 4<<10)
	for {
		n, err := p.read(s.t.ctx, b)
		s.expanded += n
		if s.expanded > maxExpansion {
			break
		}
		_, _ = w.Write(b[:n])
		if err != nil {
			break
		}
	}
	p.closeRead()
	s.await(t)
	s.substituted = s.status
	return nil
}

// onlyInput returns the redirection of $(<file), or nil.
func onlyInput(statements []*syntax.Stmt) *syntax.Redirect {
	s := statements[0]
	if len(statements) == 1 && s.Cmd == nil && len(s.Redirs) == 1 &&
		s.Redirs[0].Op == syntax.RdrIn && !s.Background &&
		!s.Negated {
		return s.Redirs[0]
	}
	return nil
}

// expansion calls package expand. An error is printed and ends a script.
func expansion[T any](s *sh, words []*syntax.Word, call func(*expand.Config) (T, error)) (result T,
	ok bool) {
	before := s.expanded
	defer func() {
		r := recover()
		switch {
		case s.expanded > maxExpansion:
			s.fatalf("out of memory")
			ok = false
		case r != nil: // package expand panics at some expressions, such as 1 << -1
			s.fatalf("bad substitution")
			ok = false
		}
		s.expanded = before
	}()
	for _, word := range words {
		text := s.unsupported(word)
		if text != "" {
			s.fatalf("%s", text)
			return result, false
		}
	}
	result, err := call(s.config())
	if err != nil {
		s.expansionError(err)
		return result, false
	}
	return result, s.flow == flowNext
}

func (s *sh) expansionError(err error) {
	if unset, ok := errors.AsType[expand.UnsetParameterError](err); ok {
		message := unset.Message
		if message == "" || strings.Contains(message, "unbound") {
			message = "parameter not set"
			if unset.Node.Exp != nil && unset.Node.Exp.Op == syntax.ErrorUnsetOrNull {
				message += " or null"
			}
		}
		s.fatalf("%s: %s", unset.Node.Param.Value, message)
		return
	}
	text := err.Error()
	if strings.Contains(text, "division by zero") {
		text = "divide by zero"
	}
	s.fatalf("%s", text)
}

// unsupported returns the error for syntax of bash in a word that busybox's shell does not know, or
// "".
func (s *sh) unsupported(word *syntax.Word) string {
	text := ""
	syntax.Walk(word, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ProcSubst, *syntax.ExtGlob:
			text = `syntax error: unexpected "("`
		case *syntax.ParamExp:
			if n.Excl || n.Index != nil || n.Width || n.Names != 0 || n.Flags != nil ||
				n.NestedParam != nil {
				text = "syntax error: bad substitution"
			} else if n.Exp != nil && n.Exp.Op >= syntax.UpperFirst {
				text = "syntax error: bad substitution"
			} else if n.Repl != nil && n.Repl.All && n.Param != nil &&
				s.length(n.Param.Value) > maxExpansion/(1+s.longest(n.Repl.With)) {
				text = "out of memory" // each character could be replaced by that many
			}
		case *syntax.CmdSubst:
			return false
		}
		return text == ""
	})
	return text
}

// length returns the length of a parameter's value.
func (s *sh) length(name string) int {
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > len(s.params) {
			return len(s.name)
		}
		return len(s.params[n-1])
	}
	if name == "@" || name == "*" {
		total := 0
		for _, param := range s.params {
			total += len(param) + 1
		}
		return total
	}
	return len(s.vars[name].value)
}

// longest returns an upper bound of a word's expansion.
func (s *sh) longest(word *syntax.Word) int {
	total := 0
	if word == nil {
		return 0
	}
	syntax.Walk(word, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Lit:
			total += len(n.Value)
		case *syntax.SglQuoted:
			total += len(n.Value)
		case *syntax.ParamExp:
			if n.Param == nil || n.Exp != nil || n.Repl != nil {
				total += maxExpansion // an upper bound is enough
				return false
			}
			total += max(32, s.length(n.Param.Value)) // a number has fewer than 32 characters
			return false
		case *syntax.ArithmExp:
			total += 32
			return false
		case *syntax.CmdSubst:
			total += maxExpansion
			return false
		}
		return true
	})
	return total
}

func (s *sh) fields(words []*syntax.Word) ([]string, bool) {
	words = slices.Clone(words)
	for i, word := range words {
		words[i] = withoutBraces(word)
	}
	return expansion(s, words, func(cfg *expand.Config) ([]string,
		error) {
		return expand.Fields(cfg, words...)
	})
}

func (s *sh) literal(word *syntax.Word) (string, bool) {
	return expansion(
		s,
		[]*syntax.Word{word},
		func(cfg *expand.Config) (string, error) { return expand.Literal(cfg, word) },
	)
}

func (s *sh) pattern(word *syntax.Word) (string, bool) {
	return expansion(
		s,
		[]*syntax.Word{word},
		func(cfg *expand.Config) (string, error) { return expand.Pattern(cfg, word) },
	)
}

func (s *sh) document(word *syntax.Word) (string, bool) {
	return expansion(
		s,
		[]*syntax.Word{word},
		func(cfg *expand.Config) (string, error) { return expand.Document(cfg, word) },
	)
}

func (s *sh) arithmetic(x syntax.ArithmExpr) (int, bool) {
	return expansion(s, nil, func(cfg *expand.Config) (int, error) { return expand.Arithm(cfg, x) })
}

// withoutBraces quotes braces, which package expand would expand as bash does.
func withoutBraces(word *syntax.Word) *syntax.Word {
	if !slices.ContainsFunc(word.Parts, func(p syntax.WordPart) bool {
		lit, ok := p.(*syntax.Lit)
		return ok && strings.Contains(lit.Value, "{")
	}) {
		return word
	}
	quoted := &syntax.Word{}
	for _, part := range word.Parts {
		if lit, ok := part.(*syntax.Lit); ok {
			copied := *lit
			copied.Value = quoteBraces(lit.Value)
			part = &copied
		}
		quoted.Parts = append(quoted.Parts, part)
	}
	return quoted
}

func quoteBraces(text string) string {
	var b strings.Builder
	escaped := false
	for _, c := range []byte(text) {
		if c == '{' && !escaped {
			b.WriteByte('\\')
		}
		escaped = c == '\\' && !escaped
		b.WriteByte(c)
	}
	return b.String()
}
