package machine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// Get is a variable's value for package expand. It keeps what the words at hand become within bounds.
func (s *sh) Get(name string) expand.Variable {
	text := func(value string) expand.Variable {
		if s.expanded += len(value); s.expanded > maxExpansion {
			value = ""
		}
		return expand.Variable{Set: true, Kind: expand.String, Str: value}
	}
	switch name {
	case "#":
		return text(strconv.Itoa(len(s.params)))
	case "@", "*":
		for _, param := range s.params {
			s.expanded += len(param) + 16
		}
		if s.expanded > maxExpansion {
			return expand.Variable{Set: true, Kind: expand.Indexed, List: []string{}}
		}
		return expand.Variable{Set: true, Kind: expand.Indexed, List: append([]string{}, s.params...)}
	case "?":
		return text(strconv.Itoa(s.status))
	case "$":
		return text(strconv.Itoa(s.shellPID()))
	case "PPID":
		return text(strconv.Itoa(s.t.parentPID()))
	case "!":
		if s.lastJob == 0 {
			return expand.Variable{}
		}
		return text(strconv.Itoa(s.lastJob))
	case "-":
		return text(string(slices.Sorted(maps.Keys(s.options))))
	case "0":
		return text(s.name)
	case "RANDOM":
		return text(strconv.Itoa(rand.IntN(1 << 15)))
	case "LINENO":
		return text("0")
	}
	if user, ok := strings.CutPrefix(name, "HOME "); ok { // asked for by ~user; an answer keeps package expand from asking the host
		if home, ok := s.t.m.homeDir(user); ok {
			return text(home)
		}
		return text("~" + user)
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n > len(s.params) || n < 1 {
			return expand.Variable{}
		}
		return text(s.params[n-1])
	}
	v := s.vars[name]
	if !v.set {
		return expand.Variable{}
	}
	return text(v.value)
}

// Set is for assignments within expansions, as in ${x:=y}.
func (s *sh) Set(name string, v expand.Variable) error {
	if s.vars[name].frozen {
		return fmt.Errorf("%s: is read only", name)
	}
	if len(v.Str) > len(s.vars[name].value) && s.t.reserve(len(v.Str)-len(s.vars[name].value)) != nil {
		return errNoMemory
	}
	s.store(name, v.Str)
	return nil
}

// Each lists the variables for package expand.
func (s *sh) Each(each func(string, expand.Variable) bool) {
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		if v := s.vars[name]; v.set && !each(name, expand.Variable{Set: true, Kind: expand.String, Str: v.value}) {
			return
		}
	}
}

// shellPID is $$: that of the shell which a person or a program started, in its subshells too.
func (s *sh) shellPID() int { return s.pid }

func (s *sh) store(name, value string) {
	v := s.vars[name]
	v.value, v.set = value, true
	v.exported = v.exported || s.options['a']
	s.vars[name] = v
}

// set sets a variable, unless it may not be.
func (s *sh) set(name, value string) bool {
	if s.vars[name].frozen {
		s.fatal(2, "%s: is read only", name)
		return false
	}
	if s.t.reserve(len(value)-len(s.vars[name].value)) != nil {
		s.fatal(2, "out of memory")
		return false
	}
	s.store(name, value)
	return true
}

// assign runs one assignment, of a variable that a command gets in its environment or of the shell's own.
func (s *sh) assign(a *syntax.Assign, export bool) bool {
	value, ok := "", true
	if a.Value != nil {
		if value, ok = s.literal(a.Value); !ok {
			return false
		}
	}
	name := a.Name.Value
	if a.Append {
		value = s.vars[name].value + value
	}
	if len(value) > maxExpansion || !s.set(name, value) {
		return false
	}
	if export {
		v := s.vars[name]
		v.exported = true
		s.vars[name] = v
	}
	if s.options['x'] && !export {
		_, _ = io.WriteString(stream{s.t, s.t.fds[2]}, s.vars["PS4"].value+name+"="+value+"\n")
	}
	return true
}

// environ is the environment of the programs that the shell runs.
func (s *sh) environ() []string {
	var env []string
	seen := map[string]bool{}
	add := func(name string) {
		if v := s.vars[name]; v.set && v.exported && !seen[name] {
			seen[name] = true
			env = append(env, name+"="+v.value)
		}
	}
	for _, v := range s.t.env { // in the order they had
		name, _, _ := strings.Cut(v, "=")
		add(name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.vars)) {
		add(name)
	}
	return env
}

func (s *sh) config() *expand.Config {
	cfg := &expand.Config{Env: s, NoUnset: s.options['u'], CmdSubst: s.substitute}
	if !s.options['f'] {
		cfg.ReadDir2 = s.readDir
	}
	return cfg
}

// readDir lists a directory for a pattern.
func (s *sh) readDir(name string) ([]fs.DirEntry, error) {
	s.t.ns.mu.Lock()
	defer s.t.ns.mu.Unlock()
	n, err := s.t.find(name, true)
	if err != nil || !n.isDir() || !s.t.allowed(n, mayRead) {
		return nil, fs.ErrNotExist
	}
	var entries []fs.DirEntry
	for _, base := range n.names() {
		if child := n.child(base); child != nil {
			entries = append(entries, fs.FileInfoToDirEntry(fileInfo{base, child, child.mode, child.size()}))
		}
	}
	return entries, nil
}

// substitute runs the commands of a $(…).
func (s *sh) substitute(w io.Writer, c *syntax.CmdSubst) error {
	if len(c.Stmts) == 0 {
		return nil
	}
	p := newPipe()
	t := s.fork(func(child *sh) {
		if r := onlyInput(c.Stmts); r != nil {
			if undo, ok := child.redirect(c.Stmts[0].Redirs); ok {
				child.status = cat(child.t.ctx, &Process{task: child.t, args: []string{"cat"}})
				undo()
			}
			return
		}
		child.run(c.Stmts, true)
	}, func(t *task) {
		if old := t.setFile(1, open(writeEnd{p}, "pipe:[4]")); old != nil {
			old.drop()
		}
	})
	if t == nil {
		return errAgain
	}
	b := make([]byte, 4<<10)
	for {
		n, err := p.read(s.t.ctx, b)
		if s.expanded += n; s.expanded > maxExpansion {
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

// onlyInput finds the redirection of $(<file).
func onlyInput(statements []*syntax.Stmt) *syntax.Redirect {
	if s := statements[0]; len(statements) == 1 && s.Cmd == nil && len(s.Redirs) == 1 && s.Redirs[0].Op == syntax.RdrIn && !s.Background && !s.Negated {
		return s.Redirs[0]
	}
	return nil
}

// expansion calls package expand. An error is told, and ends a script.
func expansion[T any](s *sh, words []*syntax.Word, call func(*expand.Config) (T, error)) (result T, ok bool) {
	before := s.expanded
	defer func() {
		if r := recover(); r != nil { // package expand panics at a few expressions, as 1 << -1 is
			s.fatal(2, "bad substitution")
			ok = false
		}
		if s.expanded > maxExpansion {
			s.fatal(2, "out of memory")
			ok = false
		}
		s.expanded = before
	}()
	for _, word := range words {
		if text := s.unsupported(word); text != "" {
			s.fatal(2, "%s", text)
			return result, false
		}
	}
	result, err := call(s.config())
	if err != nil {
		s.expansionError(err)
		return result, false
	}
	return result, s.flow == onward
}

func (s *sh) expansionError(err error) {
	if unset, ok := errors.AsType[expand.UnsetParameterError](err); ok {
		message := unset.Message
		if message == "" || strings.Contains(message, "unbound") {
			if message = "parameter not set"; unset.Node.Exp != nil && unset.Node.Exp.Op == syntax.ErrorUnsetOrNull {
				message += " or null"
			}
		}
		s.fatal(2, "%s: %s", unset.Node.Param.Value, message)
		return
	}
	text := err.Error()
	if strings.Contains(text, "division by zero") {
		text = "divide by zero"
	}
	s.fatal(2, "%s", text)
}

// unsupported says what is wrong with a word that the parser takes for bash's sake.
func (s *sh) unsupported(word *syntax.Word) string {
	text := ""
	syntax.Walk(word, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ProcSubst, *syntax.ExtGlob:
			text = `syntax error: unexpected "("`
		case *syntax.ParamExp:
			if n.Excl || n.Index != nil || n.Width || n.Names != 0 || n.Flags != nil || n.NestedParam != nil {
				text = "syntax error: bad substitution"
			} else if n.Exp != nil && n.Exp.Op >= syntax.UpperFirst {
				text = "syntax error: bad substitution"
			} else if n.Repl != nil && n.Repl.All && n.Param != nil && len(s.vars[n.Param.Value].value) > 1<<12 {
				text = "out of memory" // each of its characters could become many
			}
		case *syntax.CmdSubst:
			return false
		}
		return text == ""
	})
	return text
}

func (s *sh) fields(words []*syntax.Word) ([]string, bool) {
	words = slices.Clone(words)
	for i, word := range words {
		words[i] = withoutBraces(word)
	}
	return expansion(s, words, func(cfg *expand.Config) ([]string, error) { return expand.Fields(cfg, words...) })
}

func (s *sh) literal(word *syntax.Word) (string, bool) {
	return expansion(s, []*syntax.Word{word}, func(cfg *expand.Config) (string, error) { return expand.Literal(cfg, word) })
}

func (s *sh) pattern(word *syntax.Word) (string, bool) {
	return expansion(s, []*syntax.Word{word}, func(cfg *expand.Config) (string, error) { return expand.Pattern(cfg, word) })
}

func (s *sh) document(word *syntax.Word) (string, bool) {
	return expansion(s, []*syntax.Word{word}, func(cfg *expand.Config) (string, error) { return expand.Document(cfg, word) })
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

// unalias puts what an alias stands for in its place.
func (s *sh) unalias(words []*syntax.Word) []*syntax.Word {
	for range 10 {
		if len(words) == 0 || !s.options['i'] {
			break
		}
		name := words[0].Lit()
		text, ok := s.aliases[name]
		if !ok || nesting(text) > maxNesting {
			break
		}
		var put []*syntax.Word
		for word, err := range newParser().WordsSeq(strings.NewReader(text)) {
			if err != nil {
				return words
			}
			put = append(put, word)
		}
		words = append(put, words[1:]...)
		if len(put) > 0 && put[0].Lit() == name {
			break
		}
	}
	return words
}
