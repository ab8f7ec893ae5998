package jsonpath

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// finder finds the values of one template.
type finder struct {
	text    string
	missing Missing
}

func (f *finder) fail(format string, args ...any) error {
	return fmt.Errorf("jsonpath %s: %s", quoteTemplate(f.text), fmt.Sprintf(format, args...))
}

// parts passes the values of each action to yield, in the order of the template.
func (f *finder) parts(document jsontext.Value, parts []part,
	yield func([]jsontext.Value) error) error {
	for _, p := range parts {
		values, err := f.steps([]jsontext.Value{document}, p.steps)
		if err != nil {
			return err
		}
		if !p.isRange {
			if err := yield(values); err != nil {
				return err
			}
			continue
		}
		for _, value := range values {
			if err := f.parts(value, p.body, yield); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) steps(values []jsontext.Value, steps []step) ([]jsontext.Value, error) {
	for i := range steps {
		found, err := f.step(values, &steps[i])
		if err != nil {
			return nil, err
		}
		values = found
	}
	return values, nil
}

func (f *finder) step(values []jsontext.Value, s *step) (found []jsontext.Value, err error) {
	switch s.kind {
	case memberStep:
		return f.members(values, s.name)
	case wildcardStep:
		for _, value := range values {
			found = append(found, children(value)...)
		}
	case descendantStep:
		for _, value := range values {
			found = appendDescendants(found, value)
		}
	case sliceStep:
		return f.slices(values, s.slice)
	case unionStep:
		for _, steps := range s.union {
			more, err := f.steps(values, steps)
			if err != nil {
				return nil, err
			}
			found = append(found, more...)
		}
	case filterStep:
		return f.filtered(values, &s.filter)
	case literalStep:
		return f.literals(values, s.literal), nil
	}
	return found, nil
}

// literals returns a text once, and another literal once for each value, as client-go does.
func (f *finder) literals(values []jsontext.Value, literal jsontext.Value) []jsontext.Value {
	if literal.Kind() == '"' {
		return []jsontext.Value{literal}
	}
	found := make([]jsontext.Value, len(values))
	for i := range found {
		found[i] = literal
	}
	return found
}

func (f *finder) members(values []jsontext.Value, name string) (found []jsontext.Value, err error) {
	for _, value := range values {
		member := memberOf(value, name)
		if member != nil {
			found = append(found, member)
		}
	}
	if len(values) > 0 && len(found) == 0 && f.missing == MissingMember {
		return nil, f.fail("no value has the member %q", name)
	}
	return found, nil
}

// arrays returns the arrays among values, and leaves out null. Any other value is an error that
// ends with problem, and is left out with MissingNothing.
func (f *finder) arrays(values []jsontext.Value, problem string) (found []jsontext.Value,
	err error) {
	for _, value := range values {
		switch {
		case value.Kind() == '[':
			found = append(found, value)
		case value.Kind() != 'n' && f.missing != MissingNothing:
			return nil, f.fail("%s is not an array%s", typeName(value), problem)
		}
	}
	return found, nil
}

func (f *finder) slices(values []jsontext.Value, s slice) (found []jsontext.Value, err error) {
	arrays, err := f.arrays(values, "")
	if err != nil {
		return nil, err
	}
	for _, array := range arrays {
		items := children(array)
		start, end, err := s.bounds(len(items))
		if err != nil && f.missing == MissingNothing {
			continue
		}
		if err != nil {
			return nil, f.fail("%v", err)
		}
		step := 1
		if s.step != nil {
			step = *s.step
		}
		for i := start; i < end; i += step {
			found = append(found, items[i])
		}
	}
	return found, nil
}

// bounds returns the half-open range of the indices of s in an array.
func (s slice) bounds(length int) (start, end int, err error) {
	fromStart := func(index int) int {
		if index < 0 {
			index += length
		}
		return index
	}
	end = length
	if s.start != nil {
		start = fromStart(*s.start)
	}
	if s.isIndex {
		end = start + 1
	} else if s.end != nil {
		end = fromStart(*s.end)
	}
	switch {
	case start == end:
		return 0, 0, nil
	case start < 0 || start >= length || end > length || end < 0:
		return 0, 0, fmt.Errorf("index %d is out of range: the array has %d items",
			s.outside(start, end, length), length)
	case start > end:
		return 0, 0, fmt.Errorf("a slice starts at %d, after its end at %d", start, end)
	case s.step != nil && *s.step <= 0:
		return 0, 0, fmt.Errorf("the step %d of a slice is not positive", *s.step)
	}
	return start, end, nil
}

// outside returns the index of s that is out of range.
func (s slice) outside(start, end, length int) int {
	switch {
	case s.start != nil && (start < 0 || start >= length):
		return *s.start
	case s.end != nil:
		return *s.end
	}
	return max(start, end-1)
}

func typeName(value jsontext.Value) string {
	switch value.Kind() {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return "a boolean"
}
