package machine

import (
	"errors"
	"io"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// script gives the parser one line at a time, so that the commands of a line are run before the next one is looked at.
type script struct {
	text   string
	sh     *sh          // reads its standard input instead
	line   string       // what is left of the line at hand
	size   int          // bytes since the last command was complete
	nested int          // what may nest in them
	enter  func() error // before a line is read
	atEnd  bool         // of the standard input
	ended  bool         // nothing more is wanted
}

var errTooLong = errors.New("command too long")

func (r *script) Read(b []byte) (int, error) {
	if r.ended {
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

// nesting counts what may begin something nested.
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
	if r.enter != nil {
		if err := r.enter(); err != nil {
			return "", err
		}
	}
	for r.sh != nil && !r.atEnd && !strings.Contains(r.text, "\n") && len(r.text) <= maxSource {
		more, err := r.sh.readInput()
		r.text += more
		if err == io.EOF {
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

// readInput reads a piece of the standard input.
func (s *sh) readInput() (string, error) {
	d := s.t.fds[0]
	if d == nil {
		return "", io.EOF
	}
	b := make([]byte, 8<<10)
	n, err := d.file.read(s.t.untilNoticed(), b)
	if err != nil && err != errInterrupted {
		err = io.EOF
	}
	return string(b[:n]), err
}

// source runs the commands of a script. With tail set, nothing comes after them in this process.
func (s *sh) source(r *script, tail bool) {
	r.commands(newParser(), func(statements []*syntax.Stmt, err error) bool {
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

// commands parses a script and calls each with the commands of one line after the other, or with the error that ends it, until it returns false.
//
// The parser's own iterator may not be left early: it goes on after that, and panics. So it is led to the end instead.
func (r *script) commands(parser *syntax.Parser, each func([]*syntax.Stmt, error) bool) {
	running := false
	defer func() {
		broken := recover()
		if broken != nil {
			if running {
				panic(broken) // not the parser's
			}
			each(nil, errors.New("syntax error"))
		}
	}()
	parser.InteractiveSeq(r)(func(statements []*syntax.Stmt, err error) bool {
		if r.ended || err == nil && parser.Incomplete() {
			return true
		}
		r.size, r.nested = 0, 0
		running = true
		r.ended = !each(statements, err)
		running = false
		return true
	})
}

func newParser() *syntax.Parser { return syntax.NewParser(syntax.Variant(syntax.LangBash)) }

// eval runs commands from a string.
func (s *sh) eval(text string) { s.source(&script{text: text}, false) }

// syntaxError says why the commands could not be parsed.
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
	s.fatal(2, "%s", text)
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
