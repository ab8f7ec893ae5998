package jsonpath

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	// maxDepth limits how deep ranges, unions and filters nest.
	maxDepth = 50
	// maxQuoted is how many bytes of a template an error quotes.
	maxQuoted = 120
)

// Parse parses a template. The error has the column of the fault, in bytes.
func Parse(text string) (*Template, error) {
	p := parser{text: text}
	if err := p.checkEncoding(); err != nil {
		return nil, err
	}
	parts, err := p.parts(false)
	if err != nil {
		return nil, err
	}
	return &Template{text, parts}, nil
}

// ParsePath parses a single path, with or without braces, as kubectl accepts it for columns and
// sorting: "{.status.phase}", ".status.phase" and "status.phase" are the same.
func ParsePath(path string) (*Template, error) {
	p := parser{text: path}
	if err := p.checkEncoding(); err != nil {
		return nil, err
	}
	braced := p.accept("{")
	p.accept("$")
	first, _ := utf8.DecodeRuneInString(p.rest())
	var steps []step
	var err error
	if first != '.' && first != '[' && first != '}' && first != utf8.RuneError {
		var bare step
		bare, err = p.name() // kubectl accepts status.phase
		steps = append(steps, bare)
	}
	if err == nil {
		var more []step
		more, err = p.steps()
		steps = append(steps, more...)
	}
	switch {
	case err != nil:
		return nil, err
	case braced && p.rest() == "":
		return nil, p.failAt(0, "it has no closing brace at its end")
	case braced && !p.accept("}") || p.rest() != "":
		return nil, p.unexpected()
	case len(steps) == 0:
		return nil, p.fail("it names no field")
	}
	return &Template{path, []part{{steps: steps}}}, nil
}

// parser parses text. pos is the offset of the next byte.
type parser struct {
	text     string
	pos      int
	depth    int
	inFilter bool
}

func (p *parser) rest() string { return p.text[p.pos:] }

// accept skips word if it comes next, and reports whether it did.
func (p *parser) accept(word string) bool {
	if !strings.HasPrefix(p.rest(), word) {
		return false
	}
	p.pos += len(word)
	return true
}

// fail returns an error at the present column.
func (p *parser) fail(format string, args ...any) error {
	return fmt.Errorf("jsonpath %s, column %d: %s", quoteTemplate(p.text), p.pos+1,
		fmt.Sprintf(format, args...))
}

// failAt is fail at another column.
func (p *parser) failAt(pos int, format string, args ...any) error {
	moved := parser{text: p.text, pos: pos}
	return moved.fail(format, args...)
}

func (p *parser) unexpected() error {
	if p.rest() == "" {
		return p.fail("a closing brace is missing")
	}
	r, size := utf8.DecodeRuneInString(p.rest())
	if !unicode.IsGraphic(r) {
		return p.fail("unexpected character U+%04X", r)
	}
	return p.fail("unexpected %q", p.rest()[:size])
}

// quoteTemplate quotes a template for an error. A long template is cut.
func quoteTemplate(text string) string {
	if len(text) > maxQuoted {
		text = strings.ToValidUTF8(text[:maxQuoted], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}

func (p *parser) checkEncoding() error {
	valid := len(p.text)
	for i, r := range p.text {
		_, size := utf8.DecodeRuneInString(p.text[i:])
		if r == utf8.RuneError && size == 1 {
			valid = i
			break
		}
	}
	if valid < len(p.text) {
		return p.failAt(valid, "it is not UTF-8")
	}
	return nil
}

// enter counts a level of nesting. The caller must call leave.
func (p *parser) enter() error {
	p.depth++
	if p.depth > maxDepth {
		return p.fail("nested deeper than %d levels", maxDepth)
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// parts parses a template, or the body of a range as far as its {end}.
func (p *parser) parts(inRange bool) (parts []part, err error) {
	for p.rest() != "" {
		text, _, _ := strings.Cut(p.rest(), "{")
		if text != "" {
			p.pos += len(text)
			parts = append(parts, part{steps: []step{literalOf(text)}})
			continue
		}
		next, ended, err := p.action(inRange)
		if err != nil || ended {
			return parts, err
		}
		parts = append(parts, next)
	}
	if inRange {
		return nil, p.fail("a range has no {end}")
	}
	return parts, nil
}

// action parses an action in braces. ended reports whether it is the end of a range.
func (p *parser) action(inRange bool) (next part, ended bool, err error) {
	start := p.pos
	p.pos++ // the brace
	p.skipSpace()
	switch {
	case p.acceptWord("end"):
		p.skipSpace()
		if !inRange {
			return next, false, p.failAt(start, "{end} without a range")
		}
		if !p.accept("}") {
			return next, false, p.unexpected()
		}
		return next, true, nil
	case p.acceptWord("range"):
		next.isRange = true
	}
	next.steps, err = p.steps()
	if err != nil {
		return next, false, err
	}
	if !p.accept("}") {
		return next, false, p.unexpected()
	}
	if next.isRange {
		if err := p.enter(); err != nil {
			return next, false, err
		}
		defer p.leave()
		next.body, err = p.parts(true)
	}
	return next, false, err
}

// acceptWord accepts a word that no letter follows.
func (p *parser) acceptWord(word string) bool {
	after, ok := strings.CutPrefix(p.rest(), word)
	r, _ := utf8.DecodeRuneInString(after)
	if !ok || isWordRune(r) {
		return false
	}
	p.pos += len(word)
	return true
}

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

func (p *parser) skipSpace() { p.pos += len(p.rest()) - len(strings.TrimLeft(p.rest(), " \t\r\n")) }

// literalOf returns the step of a text, which is UTF-8.
func literalOf(text string) step {
	quoted, _ := jsontext.AppendQuote(nil, text)
	return step{kind: literalStep, literal: quoted}
}
