package object

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// LabelSelector selects objects by their labels. Its zero value selects all.
type LabelSelector struct{ requirements []labelRequirement }

type labelRequirement struct {
	key, operator string // exists, !, in, notin, > or <; = and == become in, != becomes notin
	values        []string
}

// ParseLabelSelector parses a selector such as "a=b,c!=d,e in (f,g),!h,i>1". The error is the
// server's message for a 400
// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/).
func ParseLabelSelector(text string) (LabelSelector, error) {
	p := &labelParser{tokens: labelTokens(text)}
	var s LabelSelector
	for {
		next := p.peek()
		switch {
		case next.isName() || next.text == "!" && next.special:
			r, err := p.requirement()
			if err != nil {
				return LabelSelector{}, fmt.Errorf("unable to parse requirement: %w", err)
			}
			s.requirements = append(s.requirements, r)
			t := p.next()
			if t.end {
				return s, nil
			}
			if !t.is(",") {
				return LabelSelector{}, fmt.Errorf("found '%s', expected: ',' or 'end of string'",
					t.text)
			}
			t = p.peek()
			if !t.isName() && !t.is("!") {
				return LabelSelector{}, fmt.Errorf("found '%s', expected: identifier after ','",
					t.text)
			}
		case next.end:
			return s, nil
		default:
			return LabelSelector{}, fmt.Errorf(
				"found '%s', expected: !, identifier, or 'end of string'", next.text)
		}
	}
}

// Matches reports whether an object's metadata.labels satisfy the selector.
func (s LabelSelector) Matches(object map[string]any) bool {
	labels := Fields(object, "metadata", "labels")
	for _, r := range s.requirements {
		value, ok := labels[r.key].(string)
		if !r.matches(value, ok) {
			return false
		}
	}
	return true
}

func (r labelRequirement) matches(value string, has bool) bool {
	switch r.operator {
	case "exists":
		return has
	case "!":
		return !has
	case "in":
		return has && slices.Contains(r.values, value)
	case "notin":
		return !has || !slices.Contains(r.values, value)
	}
	number, err := strconv.ParseInt(value, 10, 64)
	limit, limitErr := strconv.ParseInt(r.values[0], 10, 64)
	return has && err == nil && limitErr == nil &&
		(r.operator == ">" && number > limit || r.operator == "<" && number < limit)
}

type labelToken struct {
	text         string
	special, end bool
}

func (t labelToken) isName() bool        { return !t.special && !t.end }
func (t labelToken) is(text string) bool { return t.special && t.text == text }

// labelTokens splits a selector into names and the operators ( ) , ! = == != > <.
func labelTokens(text string) []labelToken {
	const space, signs = " \t\r\n", "()=!,><"
	var tokens []labelToken
	for text = strings.TrimLeft(text, space); text != ""; text = strings.TrimLeft(text, space) {
		n := strings.IndexAny(text, signs+space)
		switch {
		case n < 0:
			n = len(text)
		case n == 0 && (strings.HasPrefix(text, "==") || strings.HasPrefix(text, "!=")):
			n = 2
		case n == 0:
			n = 1
		}
		tokens = append(tokens, labelToken{text: text[:n], special: strings.ContainsAny(text[:n],
			signs)})
		text = text[n:]
	}
	return append(tokens, labelToken{end: true})
}

type labelParser struct{ tokens []labelToken }

func (p *labelParser) peek() labelToken { return p.tokens[0] }

func (p *labelParser) next() labelToken {
	t := p.tokens[0]
	if !t.end {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *labelParser) requirement() (labelRequirement, error) {
	r := labelRequirement{}
	t := p.next()
	if t.is("!") {
		r.operator = "!"
		t = p.next()
	}
	if !t.isName() {
		return r, fmt.Errorf("found '%s', expected: identifier", t.text)
	}
	r.key = t.text
	faults := labelKey(r.key)
	if len(faults) > 0 {
		return r, badRequirement("<nil>", r.key, strings.Join(faults, "; "))
	}
	next := p.peek()
	if r.operator == "" && (next.end || next.is(",")) {
		r.operator = "exists"
	}
	if r.operator != "" {
		return r, nil
	}
	var err error
	t = p.next()
	switch {
	case !t.special && (t.text == "in" || t.text == "notin"):
		r.operator = t.text
		r.values, err = p.set()
	case t.is("="), t.is("=="):
		r.operator = "in"
		r.values, err = p.value()
	case t.is("!="):
		r.operator = "notin"
		r.values, err = p.value()
	case t.is(">"), t.is("<"):
		r.operator = t.text
		r.values, err = p.value()
	default:
		return r, fmt.Errorf("found '%s', expected: in, notin, =, ==, !=, gt, lt", t.text)
	}
	if err != nil {
		return r, err
	}
	return r, r.check()
}

// value parses the operand of =, !=, > and <. It may be empty.
func (p *labelParser) value() ([]string, error) {
	t := p.peek()
	if t.end || t.is(",") {
		return []string{""}, nil
	}
	p.next()
	if !t.isName() {
		return nil, fmt.Errorf("found '%s', expected: identifier", t.text)
	}
	return []string{t.text}, nil
}

// set parses a list of names in parentheses. A name may be empty.
func (p *labelParser) set() ([]string, error) {
	t := p.next()
	if !t.is("(") {
		return nil, fmt.Errorf("found '%s' expected: '('", t.text)
	}
	values := map[string]bool{}
	t = p.peek()
	switch {
	case t.is(")"):
		p.next()
		return []string{""}, nil
	case !t.isName() && !t.is(","):
		return nil, fmt.Errorf("found '%s', expected: ',', ')' or identifier", t.text)
	}
	for {
		t := p.next()
		switch {
		case t.isName():
			values[t.text] = true
			next := p.peek()
			switch {
			case next.is(")"):
				p.next()
				return slices.Sorted(maps.Keys(values)), nil
			case !next.is(","):
				return nil, fmt.Errorf("found '%s', expected: ',' or ')'", next.text)
			}
		case t.is(","):
			if len(values) == 0 {
				values[""] = true
			}
			next := p.peek()
			switch {
			case next.is(")"):
				p.next()
				values[""] = true
				return slices.Sorted(maps.Keys(values)), nil
			case next.is(","):
				p.next()
				values[""] = true
			}
		default:
			return nil, fmt.Errorf("found '%s', expected: ',', or identifier", t.text)
		}
	}
}

func (r labelRequirement) check() error {
	if r.operator == ">" || r.operator == "<" {
		if _, err := strconv.ParseInt(r.values[0], 10, 64); err != nil {
			return badRequirement("values[0]", r.values[0],
				"for 'Gt', 'Lt' operators, the value must be an integer")
		}
	}
	for i, value := range r.values {
		faults := labelValue(value)
		if len(faults) > 0 {
			return badRequirement(fmt.Sprintf("values[%d][%s]", i, r.key), value,
				strings.Join(faults, "; "))
		}
	}
	return nil
}

func badRequirement(field, value, detail string) error {
	return fmt.Errorf("%s: Invalid value: %q: %s", field, value, detail)
}
