package resources

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

type stepKind int

const (
	fieldStep stepKind = iota
	indexStep
	filterStep
)

// pathStep is one step of a JSONPath.
type pathStep struct {
	kind    stepKind
	name    string         // of a field
	index   int            // of an item; a negative one counts from the end
	filter  []pathStep     // from an item to the value that is compared
	literal jsontext.Value // the scalar that the value equals
}

// parseJSONPath parses the part of kubectl's JSONPath that JSONPath describes
// (https://kubernetes.io/docs/reference/kubectl/jsonpath/).
func parseJSONPath(path string) ([]pathStep, error) {
	p := pathParser{path: path, rest: path}
	if inner, ok := strings.CutPrefix(p.rest, "{"); ok {
		if !strings.HasSuffix(inner, "}") {
			return nil, p.fail("it has no closing brace at its end")
		}
		p.rest = strings.TrimSuffix(inner, "}")
		p.end = 1
	}
	p.rest = strings.TrimPrefix(p.rest, "$")
	if p.rest != "" && p.rest[0] != '.' && p.rest[0] != '[' {
		p.rest = "." + p.rest // kubectl accepts status.phase
	}
	steps, err := p.steps()
	switch {
	case err != nil:
		return nil, err
	case p.rest != "":
		return nil, p.fail("unexpected %q", p.rest[:1])
	case len(steps) == 0:
		return nil, p.fail("it names no field")
	}
	return steps, nil
}

// pathParser parses path. rest is what follows, without a closing brace.
type pathParser struct {
	path, rest string
	end        int // bytes after rest
}

// fail returns an error at the present column.
func (p *pathParser) fail(format string, args ...any) error {
	column := len(p.path) - p.end - len(p.rest) + 1
	return fmt.Errorf("jsonpath %q, column %d: %s", p.path, max(column, 1),
		fmt.Sprintf(format, args...))
}

// steps parses steps as far as there are any.
func (p *pathParser) steps() (steps []pathStep, err error) {
	for p.rest != "" && (p.rest[0] == '.' || p.rest[0] == '[') {
		var step pathStep
		if p.rest[0] == '.' {
			step, err = p.field()
		} else {
			step, err = p.bracket()
		}
		if err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, nil
}

const wantedSteps = "use a field, [index], ['key'] or [?(@.field==\"value\")]"

// nameEnds are the bytes that end the name of a field, unless a backslash precedes them.
const nameEnds = ".[]{}()*?@=!<>|&,'\" \t\r\n"

// field parses ".name". A backslash makes the next byte part of the name.
func (p *pathParser) field() (step pathStep, err error) {
	p.rest = p.rest[1:]
	switch {
	case strings.HasPrefix(p.rest, "."):
		return step, p.fail("a search at every depth is not supported: %s", wantedSteps)
	case strings.HasPrefix(p.rest, "*"):
		return step, p.fail("a wildcard is not supported: %s", wantedSteps)
	}
	var name strings.Builder
	i := 0
	for ; i < len(p.rest) && strings.IndexByte(nameEnds, p.rest[i]) < 0; i++ {
		if p.rest[i] == '\\' && i+1 < len(p.rest) {
			i++
		}
		name.WriteByte(p.rest[i])
	}
	if i == 0 {
		return step, p.fail("the name of a field is missing")
	}
	p.rest = p.rest[i:]
	return pathStep{kind: fieldStep, name: name.String()}, nil
}

// bracket parses "[index]", "['key']" or "[?(@.field=="value")]".
func (p *pathParser) bracket() (step pathStep, err error) {
	start := *p
	p.rest = p.rest[1:]
	switch {
	case strings.HasPrefix(p.rest, "?("):
		p.rest = p.rest[2:]
		step, err = p.equality()
	case strings.HasPrefix(p.rest, "'"), strings.HasPrefix(p.rest, `"`):
		var key string
		key, err = p.quoted()
		step = pathStep{kind: fieldStep, name: key}
	default:
		text, _, _ := strings.Cut(p.rest, "]")
		index, parseErr := strconv.Atoi(text)
		if parseErr != nil {
			return step, start.fail("%q is not supported: %s", "["+text+"]", wantedSteps)
		}
		p.rest = p.rest[len(text):]
		step = pathStep{kind: indexStep, index: index}
	}
	if err != nil {
		return step, err
	}
	if !strings.HasPrefix(p.rest, "]") {
		return step, p.fail("a closing bracket is missing")
	}
	p.rest = p.rest[1:]
	return step, nil
}

// equality parses "@.field==literal)".
func (p *pathParser) equality() (step pathStep, err error) {
	if !strings.HasPrefix(p.rest, "@") {
		return step, p.fail("a filter begins with @")
	}
	p.rest = p.rest[1:]
	step.kind = filterStep
	step.filter, err = p.steps()
	if err != nil {
		return step, err
	}
	p.skipSpace()
	if !strings.HasPrefix(p.rest, "==") {
		return step, p.fail("a filter other than == is not supported")
	}
	p.rest = p.rest[2:]
	p.skipSpace()
	step.literal, err = p.scalar()
	if err != nil {
		return step, err
	}
	p.skipSpace()
	if !strings.HasPrefix(p.rest, ")") {
		return step, p.fail("a closing parenthesis is missing")
	}
	p.rest = p.rest[1:]
	return step, nil
}

func (p *pathParser) skipSpace() { p.rest = strings.TrimLeft(p.rest, " ") }

// scalar parses a quoted string, or a number, a boolean or null as in JSON.
func (p *pathParser) scalar() (jsontext.Value, error) {
	if strings.HasPrefix(p.rest, "'") || strings.HasPrefix(p.rest, `"`) {
		text, err := p.quoted()
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(text)
		if err != nil {
			return nil, p.fail("a string before it is not UTF-8")
		}
		return value, nil
	}
	end := strings.IndexAny(p.rest, ") ")
	if end < 0 {
		end = len(p.rest)
	}
	value := jsontext.Value(p.rest[:end])
	if !value.IsValid() || value.Kind() == '{' || value.Kind() == '[' {
		return nil, p.fail("%q is neither a quoted string nor a JSON scalar", p.rest[:end])
	}
	p.rest = p.rest[end:]
	return value, nil
}

// quoted parses a string in single or double quotes, in which a backslash escapes the next byte.
func (p *pathParser) quoted() (string, error) {
	var text strings.Builder
	for i := 1; i < len(p.rest); i++ {
		c := p.rest[i]
		switch {
		case c == p.rest[0]:
			p.rest = p.rest[i+1:]
			return text.String(), nil
		case c == '\\' && i+1 < len(p.rest):
			i++
			text.WriteByte(p.rest[i])
		default:
			text.WriteByte(c)
		}
	}
	return "", p.fail("a closing quote is missing")
}
