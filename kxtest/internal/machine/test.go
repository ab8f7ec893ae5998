package machine

import (
	"context"
	"io/fs"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// testCommand is the command test, and [.
func testCommand(_ context.Context, p *Process) int {
	args := p.args[1:]
	if p.args[0] == "[" {
		if len(args) == 0 || args[len(args)-1] != "]" {
			p.errorf("missing ]")
			return 2
		}
		args = args[:len(args)-1]
	}
	e := &testExpression{t: p.task, words: args}
	result := e.parse()
	if e.err != "" {
		p.errorf("%s", e.err)
		return 2
	}
	if result {
		return 0
	}
	return 1
}

// testExpression evaluates the words of test.
type testExpression struct {
	t     *task
	words []string
	depth int
	err   string
}

// parse follows POSIX: the number of words decides how they are read.
func (e *testExpression) parse() bool {
	w := e.words
	switch {
	case len(w) == 0:
		return false
	case len(w) == 1:
		return w[0] != ""
	case len(w) == 3 && binaryTests[w[1]]:
		return e.binary(w[0], w[1], w[2])
	case w[0] == "!" && len(w) <= 4:
		e.words = w[1:]
		return !e.parse()
	case len(w) == 4 && w[0] == "(" && w[3] == ")":
		e.words = w[1:3]
		return e.parse()
	}
	result := e.or()
	if len(e.words) > 0 && e.err == "" {
		e.err = e.words[0] + ": unknown operand"
	}
	return result
}

func (e *testExpression) next() string {
	if len(e.words) == 0 {
		e.err = "argument expected"
		return ""
	}
	word := e.words[0]
	e.words = e.words[1:]
	return word
}

func (e *testExpression) peek(word string) bool { return len(e.words) > 0 && e.words[0] == word }

func (e *testExpression) or() bool {
	result := e.and()
	for e.peek("-o") {
		e.next()
		right := e.and()
		result = result || right
	}
	return result
}

func (e *testExpression) and() bool {
	result := e.not()
	for e.peek("-a") {
		e.next()
		right := e.not()
		result = result && right
	}
	return result
}

func (e *testExpression) not() bool {
	e.depth++
	if e.depth > maxDepth {
		e.err = "nested too deep"
		return false
	}
	defer func() { e.depth-- }()
	if e.peek("!") {
		e.next()
		return !e.not()
	}
	if e.peek("(") {
		e.next()
		result := e.or()
		if e.next() != ")" && e.err == "" {
			e.err = "closing paren expected"
		}
		return result
	}
	if len(e.words) > 2 && binaryTests[e.words[1]] {
		left, op := e.next(), e.next()
		return e.binary(left, op, e.next())
	}
	word := e.next()
	if len(word) == 2 && word[0] == '-' && strings.Contains(unaryTests, word[1:]) &&
		len(e.words) > 0 {
		return e.unary(word, e.next())
	}
	return word != ""
}

const unaryTests = "bcdefghkLnprSstuwxzOG"

var binaryTests = map[string]bool{
	"=":   true,
	"==":  true,
	"!=":  true,
	"<":   true,
	">":   true,
	"-eq": true,
	"-ne": true,
	"-lt": true,
	"-le": true,
	"-gt": true,
	"-ge": true,
	"-nt": true,
	"-ot": true,
	"-ef": true,
}

func (e *testExpression) number(word string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(word), 10, 64)
	if err != nil && e.err == "" {
		e.err = word + ": bad number"
	}
	return n
}

func (e *testExpression) binary(left, op, right string) bool {
	switch op {
	case "=", "==":
		return left == right
	case "!=":
		return left != right
	case "<":
		return left < right
	case ">":
		return left > right
	case "-nt", "-ot", "-ef":
		return e.files(left, op, right)
	}
	l, r := e.number(left), e.number(right)
	switch op {
	case "-eq":
		return l == r
	case "-ne":
		return l != r
	case "-lt":
		return l < r
	case "-le":
		return l <= r
	case "-gt":
		return l > r
	}
	return l >= r
}

func (e *testExpression) files(left, op, right string) bool {
	e.t.ns.mu.Lock()
	defer e.t.ns.mu.Unlock()
	l, err := e.t.find(left, true)
	if err != nil {
		return op == "-ot" && e.t.exists(right)
	}
	r, err := e.t.find(right, true)
	switch {
	case err != nil:
		return op == "-nt"
	case op == "-nt":
		return l.modified.After(r.modified)
	case op == "-ot":
		return l.modified.Before(r.modified)
	}
	return l == r
}

func (t *task) exists(name string) bool {
	_, err := t.find(name, true)
	return err == nil
}

func (e *testExpression) unary(op, word string) bool {
	switch op {
	case "-n":
		return word != ""
	case "-z":
		return word == ""
	case "-t":
		fd, err := strconv.Atoi(word)
		d := e.t.fds[fd]
		if err != nil || d == nil {
			return false
		}
		_, ok := d.file.(*terminal)
		return ok
	}
	e.t.ns.mu.Lock()
	defer e.t.ns.mu.Unlock()
	n, err := e.t.find(word, op != "-h" && op != "-L")
	if err != nil {
		return false
	}
	switch op {
	case "-f":
		return n.mode.IsRegular()
	case "-d":
		return n.isDir()
	case "-h", "-L":
		return n.mode&fs.ModeSymlink != 0
	case "-s":
		return n.size() > 0
	case "-c":
		return n.mode&fs.ModeCharDevice != 0
	case "-b", "-p", "-S":
		return false // such files do not exist here
	case "-r":
		return e.t.allowed(n, mayRead)
	case "-w":
		return e.t.allowed(n, mayWrite)
	case "-x":
		return e.t.allowed(n, mayExecute)
	case "-O":
		return n.uid == e.t.m.config.UID
	case "-G":
		return n.gid == e.t.m.config.GID
	case "-u":
		return n.mode&fs.ModeSetuid != 0
	case "-g":
		return n.mode&fs.ModeSetgid != 0
	case "-k":
		return n.mode&fs.ModeSticky != 0
	}
	return true // -e
}

// test evaluates [[ … ]].
func (s *sh) test(x syntax.TestExpr) bool {
	e := &testExpression{t: s.t}
	defer func() {
		if e.err != "" {
			s.errorf("%s", e.err)
		}
	}()
	switch x := x.(type) {
	case *syntax.Word:
		word, ok := s.literal(x)
		return ok && word != ""
	case *syntax.ParenTest:
		return s.test(x.X)
	case *syntax.UnaryTest:
		if x.Op == syntax.TsNot {
			return !s.test(x.X)
		}
		word, ok := x.X.(*syntax.Word)
		if !ok {
			return false
		}
		text, ok := s.literal(word)
		return ok && e.unary(x.Op.String(), text)
	case *syntax.BinaryTest:
		switch x.Op {
		case syntax.AndTest:
			return s.test(x.X) && s.test(x.Y)
		case syntax.OrTest:
			return s.test(x.X) || s.test(x.Y)
		}
		left, ok1 := x.X.(*syntax.Word)
		right, ok2 := x.Y.(*syntax.Word)
		if !ok1 || !ok2 {
			return false
		}
		text, ok := s.literal(left)
		if !ok {
			return false
		}
		switch x.Op {
		case syntax.TsMatch, syntax.TsMatchShort, syntax.TsNoMatch:
			pattern, ok := s.pattern(right)
			return ok && matches(pattern, text) == (x.Op != syntax.TsNoMatch)
		}
		other, ok := s.literal(right)
		return ok && binaryTests[x.Op.String()] && e.binary(text, x.Op.String(), other)
	}
	return false
}
