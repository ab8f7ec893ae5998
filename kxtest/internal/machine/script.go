package machine

import (
	"errors"
	"io"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// script feeds the parser one line at a time, so that the commands of a line run before the next
// line is parsed.
type script struct {
	text       string
	sh         *sh          // if not nil, read its stdin instead of text
	line       string       // the rest of the current line
	size       int          // bytes since the last complete command
	nested     int          // upper bound of their nesting
	beforeLine func() error // called ahead of each line
	atEnd      bool         // stdin has reached EOF
	stopped    bool         // no more commands are wanted
}

var errTooLong = errors.New("command too long")

func (r *script) Read(b []byte) (int, error) {
	if r.stopped {
		return 0, io.EOF
	}
	if r.line == "" {
		line, err := r.nextLine()
		if err != nil {
			return 0, err
		}
		r.size, r.nested = r.size+len(line), r.nested+nesting(line)
		if r.size > maxSource || r.nested > maxNesting {
			return 0, errTooLong
		}
		r.line = line
	}
	n := copy(b, r.line)
	r.line = r.line[n:]
	return n, nil
}

// nesting counts the tokens that may begin something nested.
func nesting(text string) int {
	n, last := 0, byte(0)
	for _, c := range []byte(text) {
		switch c {
		case ' ', '\t':
			continue
		case '(', '{', '[', '`', '!', '?', '=':
			n++
		case '-', '+', '~', '*':
			if strings.IndexByte("-+~*", last) >= 0 {
				n++
			}
		}
		last = c
	}
	for word := range strings.FieldsSeq(text) {
		switch word {
		case "if", "elif", "while", "until", "for", "case", "time", "coproc", "function", "select":
			n++
		}
	}
	return n
}

func (r *script) nextLine() (string, error) {
	if r.beforeLine != nil {
		if err := r.beforeLine(); err != nil {
			return "", err
		}
	}
	for r.sh != nil && !r.atEnd && !strings.Contains(r.text, "\n") && len(r.text) <= maxSource {
		more, err := r.sh.readInput()
		r.text += more
		if errors.Is(err, io.EOF) {
			r.atEnd = true
		} else if err != nil {
			return "", err
		}
	}
	if r.text == "" {
		return "", io.EOF
	}
	line, rest, found := strings.Cut(r.text, "\n")
	r.text = rest
	if found || !strings.HasSuffix(line, "\n") {
		line += "\n"
	}
	return line, nil
}

// readInput reads a piece of stdin.
func (s *sh) readInput() (string, error) {
	d := s.t.fds[0]
	if d == nil {
		return "", io.EOF
	}
	b := make([]byte, 8<<10)
	n, err := d.file.read(s.t.untilSignalled(), b)
	if err != nil && !errors.Is(err, errInterrupted) {
		err = io.EOF
	}
	return string(b[:n]), err
}

// source runs the commands of a script. tail reports that the process ends after them.
func (s *sh) source(r *script, tail bool) {
	r.parseEach(newParser(), func(statements []*syntax.Stmt, err error) bool {
		if s.stopped() {
			return false
		}
		if err != nil {
			s.syntaxError(err)
			return false
		}
		s.run(statements, tail && r.sh == nil && r.text == "")
		return !s.stopped()
	})
}

// parseEach parses a script and calls each with the commands of each line, or with the error that
// ends the script. It stops when each returns false.
//
// The parser's iterator panics if its loop ends early, so it is drained to the end instead.
func (r *script) parseEach(parser *syntax.Parser, each func([]*syntax.Stmt, error) bool) {
	running := false
	defer func() {
		failure := recover()
		if failure != nil {
			if running {
				panic(failure) // each panicked, not the parser
			}
			each(nil, errors.New("syntax error"))
		}
	}()
	parser.InteractiveSeq(r)(func(statements []*syntax.Stmt, err error) bool {
		if r.stopped || err == nil && parser.Incomplete() {
			return true
		}
		r.size, r.nested = 0, 0
		running = true
		r.stopped = !each(statements, err)
		running = false
		return true
	})
}

func newParser() *syntax.Parser { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }

// eval runs the commands of a string.
func (s *sh) eval(text string) { s.source(&script{text: text}, false) }

// syntaxError prints why commands could not be parsed.
func (s *sh) syntaxError(err error) {
	text := err.Error()
	if parsing, ok := errors.AsType[syntax.ParseError](err); ok {
		text = "syntax error: " + parsing.Text
		quoted, rest, _ := strings.Cut(strings.TrimPrefix(parsing.Text, "`"), "`")
		switch {
		case strings.Contains(parsing.Text, "without closing quote"):
			text = "syntax error: unterminated quoted string"
		case strings.HasPrefix(parsing.Text, "`") && strings.Contains(rest, "can only"):
			text = `syntax error: unexpected "` + quoted + `"`
		case parsing.Incomplete:
			text = "syntax error: unexpected end of file"
		}
	}
	s.fatalf("%s", text)
}

// readScript reads a whole file.
func (s *sh) readScript(name string) (string, error) {
	d, err := s.t.open(name, 0)
	if err != nil {
		return "", err
	}
	defer d.drop()
	b, err := io.ReadAll(io.LimitReader(stream{s.t, d}, 8<<20))
	return string(b), err
}
