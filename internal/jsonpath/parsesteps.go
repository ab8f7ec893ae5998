package jsonpath

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// nameEnds are the characters that end the name of a member, unless a backslash precedes them.
const nameEnds = " \t\r\n.,[]$@{}"

// filterEnds end the name of a member within a filter as well.
const filterEnds = "!<>=)"

// steps parses steps as far as there are any.
func (p *parser) steps() (steps []step, err error) {
	for {
		p.skipSpace()
		rest := p.rest()
		if rest == "" {
			return steps, nil
		}
		var next step
		c := rest[0]
		switch {
		case c == '$' || c == '@': // the current value
			p.pos++
			continue
		case strings.HasPrefix(rest, ".."):
			next, err = p.descendants(steps)
		case c == '.':
			p.pos++
			next, err = p.name()
		case c == '[':
			next, err = p.bracket()
		case c == '"' || c == '\'':
			next, err = p.quotedText()
		case strings.IndexByte("+-0123456789", c) >= 0:
			next, err = p.number()
		default:
			r, _ := utf8.DecodeRuneInString(rest)
			if !isWordRune(r) {
				return steps, nil
			}
			next, err = p.word()
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, next)
	}
}

// descendants parses "..". A name may follow it without a dot.
func (p *parser) descendants(before []step) (step, error) {
	if len(before) > 0 && before[len(before)-1].kind == descendantStep {
		return step{}, p.fail("two searches at every depth follow each other")
	}
	p.pos++
	r, _ := utf8.DecodeRuneInString(p.rest()[1:])
	if !isWordRune(r) {
		p.pos++ // otherwise the second dot begins the name
	}
	return step{kind: descendantStep}, nil
}

// name parses the name of a member, or "*". A backslash makes the next character part of the name.
func (p *parser) name() (step, error) {
	ends := nameEnds
	if p.inFilter {
		ends += filterEnds
	}
	rest := p.rest()
	var name strings.Builder
	escaped := false
	size := 0
	for i, r := range rest {
		if !escaped && strings.ContainsRune(ends, r) {
			break
		}
		size = i + utf8.RuneLen(r)
		if r == '\\' && !escaped {
			escaped = true
			continue
		}
		escaped = false
		name.WriteRune(r)
	}
	if size == 0 {
		return step{}, p.fail("the name of a field is missing")
	}
	p.pos += size
	if rest[:size] == "*" {
		return step{kind: wildcardStep}, nil
	}
	return step{kind: memberStep, name: name.String()}, nil
}

// bracket parses a filter, or the selectors of a union, which may be a single selector.
func (p *parser) bracket() (next step, err error) {
	start := p.pos
	p.pos++
	if p.accept("?(") {
		return p.filter()
	}
	var union [][]step
	for {
		p.skipSpace()
		next, err = p.selector(start)
		if err != nil {
			return next, err
		}
		union = append(union, []step{next})
		p.skipSpace()
		if p.accept("]") {
			break
		}
		if !p.accept(",") {
			return next, p.fail("a closing bracket is missing")
		}
	}
	if len(union) == 1 {
		return next, nil
	}
	return step{kind: unionStep, union: union}, nil
}

const wantedSelector = "use [index], [start:end], [*], ['key'] or [?(@.field==\"value\")]"

// selector parses a key, an index, a slice or "*". start is the offset of the bracket.
func (p *parser) selector(start int) (step, error) {
	rest := p.rest()
	if rest != "" && (rest[0] == '\'' || rest[0] == '"') {
		key, err := p.key()
		return step{kind: memberStep, name: key}, err
	}
	text := rest
	end := strings.IndexAny(rest, ",]")
	if end >= 0 {
		text = rest[:end]
	}
	p.pos += len(text)
	if strings.TrimSpace(text) == "*" {
		return step{kind: sliceStep}, nil
	}
	var numbers []*int
	for word := range strings.SplitSeq(text, ":") {
		word = strings.TrimSpace(word)
		if word == "" {
			numbers = append(numbers, nil)
			continue
		}
		number, err := strconv.Atoi(word)
		if err != nil {
			return step{}, p.failAt(start, "%q is not supported: %s", p.text[start:p.pos]+"]",
				wantedSelector)
		}
		numbers = append(numbers, &number)
	}
	isIndex := len(numbers) == 1
	if len(numbers) > 3 || isIndex && numbers[0] == nil {
		return step{}, p.failAt(start, "%q is not supported: %s", p.text[start:p.pos]+"]",
			wantedSelector)
	}
	numbers = append(numbers, nil, nil)
	return step{kind: sliceStep, slice: slice{numbers[0], numbers[1], numbers[2], isIndex}}, nil
}

// filter parses what follows "[?(": a path, or two sides and an operator between them.
func (p *parser) filter() (next step, err error) {
	if err := p.enter(); err != nil {
		return next, err
	}
	defer p.leave()
	outer := p.inFilter
	p.inFilter = true
	next.kind = filterStep
	next.filter, err = p.comparison()
	p.inFilter = outer
	if err != nil {
		return next, err
	}
	if !p.accept(")") {
		return next, p.fail("a closing parenthesis is missing")
	}
	if !p.accept("]") {
		return next, p.fail("a closing bracket is missing")
	}
	return next, nil
}

func (p *parser) comparison() (f filter, err error) {
	start := p.pos
	f.left, err = p.steps()
	if err != nil {
		return f, err
	}
	if p.pos == start {
		return f, p.fail("a filter begins with @")
	}
	operator := p.rest()[:len(p.rest())-len(strings.TrimLeft(p.rest(), "!<>="))]
	switch operator {
	case "":
		return f, nil
	case "==", "!=", "<", "<=", ">", ">=":
		f.operator = operator
	default:
		return f, p.fail("unknown operator %q: use ==, !=, <, <=, > or >=", operator)
	}
	p.pos += len(operator)
	p.skipSpace()
	start = p.pos
	f.right, err = p.steps()
	if err == nil && p.pos == start {
		err = p.fail("a value to compare with is missing")
	}
	return f, err
}

// key parses a quoted key, in which a backslash makes the next character part of the key.
func (p *parser) key() (string, error) {
	quote := rune(p.rest()[0])
	var key strings.Builder
	escaped := false
	for i, r := range p.rest()[1:] {
		switch {
		case escaped:
			escaped = false
			key.WriteRune(r)
		case r == quote:
			p.pos += i + 2
			return key.String(), nil
		case r == '\\':
			escaped = true
		default:
			key.WriteRune(r)
		}
	}
	return "", p.fail("a closing quote is missing")
}

// quotedText parses a text in single or double quotes with the escapes of Go.
func (p *parser) quotedText() (step, error) {
	start := p.pos
	quote := p.text[start]
	rest := p.text[start+1:]
	var text []byte
	for rest != "" {
		if rest[0] == quote {
			p.pos = len(p.text) - len(rest) + 1
			return literalOf(string(text)), nil
		}
		r, multibyte, tail, err := strconv.UnquoteChar(rest, quote)
		if err != nil || rest[0] == '\n' {
			return step{}, p.failAt(len(p.text)-len(rest), "a wrong escape in a quoted text")
		}
		rest = tail
		if r < utf8.RuneSelf || multibyte {
			text = utf8.AppendRune(text, r)
			continue
		}
		return step{}, p.failAt(start, "a quoted text is not UTF-8")
	}
	return step{}, p.failAt(start, "a closing quote is missing")
}

// number parses a number, and keeps its text. A plus sign is left out.
func (p *parser) number() (step, error) {
	rest := p.rest()
	size := 1 + len(rest[1:]) - len(strings.TrimLeft(rest[1:], "0123456789.eE+-"))
	literal := jsontext.Value(strings.TrimPrefix(rest[:size], "+"))
	if literal.Kind() != '0' || !literal.IsValid() {
		return step{}, p.fail("%q is not a number", rest[:size])
	}
	p.pos += size
	return step{kind: literalStep, literal: literal}, nil
}

// word parses true, false or null.
func (p *parser) word() (step, error) {
	for _, literal := range []string{"true", "false", "null"} {
		if p.acceptWord(literal) {
			return step{kind: literalStep, literal: jsontext.Value(literal)}, nil
		}
	}
	rest := p.rest()
	end := strings.IndexFunc(rest, func(r rune) bool { return !isWordRune(r) })
	if end < 0 {
		end = len(rest)
	}
	return step{}, p.fail("unknown word %q: a path begins with a dot, and text stands in quotes",
		rest[:end])
}
