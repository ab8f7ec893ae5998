package object

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// fieldSet is a set of fields in the form of FieldsV1: a tree. A key is "f:NAME" for a field,
// `k:{"name":"app"}` for an item of a list of maps, or `v:"x"` for an item of a set. A node is a
// member of the set, or only the parent of one.
type fieldSet struct {
	member   bool
	children map[string]*fieldSet
}

func (s *fieldSet) child(key string) *fieldSet {
	if s == nil {
		return nil
	}
	return s.children[key]
}

// insert adds the field at the path. The root is never a member.
func (s *fieldSet) insert(path []string) {
	for _, key := range path {
		if s.children == nil {
			s.children = map[string]*fieldSet{}
		}
		if s.children[key] == nil {
			s.children[key] = &fieldSet{}
		}
		s = s.children[key]
	}
	s.member = len(path) > 0
}

func (s *fieldSet) empty() bool {
	if s == nil {
		return true
	}
	if s.member {
		return false
	}
	for _, c := range s.children {
		if !c.empty() {
			return false
		}
	}
	return true
}

// combine returns the set of the fields for which keep returns true, given their membership in a
// and b.
func combine(a, b *fieldSet, keep func(inA, inB bool) bool) *fieldSet {
	out := &fieldSet{member: keep(a != nil && a.member, b != nil && b.member)}
	for _, s := range []*fieldSet{a, b} {
		if s == nil {
			continue
		}
		for key := range s.children {
			if out.child(key) != nil {
				continue
			}
			c := combine(a.child(key), b.child(key), keep)
			if !c.empty() {
				if out.children == nil {
					out.children = map[string]*fieldSet{}
				}
				out.children[key] = c
			}
		}
	}
	return out
}

func union(a, b *fieldSet) *fieldSet {
	return combine(a, b, func(inA, inB bool) bool { return inA || inB })
}

func intersection(a, b *fieldSet) *fieldSet {
	return combine(a, b, func(inA, inB bool) bool { return inA && inB })
}

func difference(a, b *fieldSet) *fieldSet {
	return combine(a, b, func(inA, inB bool) bool { return inA && !inB })
}

// without removes the members of b and everything below them.
func (s *fieldSet) without(b *fieldSet) *fieldSet {
	if b == nil {
		return s
	}
	out := &fieldSet{member: s.member, children: map[string]*fieldSet{}}
	for key, c := range s.children {
		other := b.child(key)
		if other != nil && other.member {
			continue
		}
		out.children[key] = c.without(other)
	}
	return out
}

func setOf(paths ...[]string) *fieldSet {
	s := &fieldSet{}
	for _, p := range paths {
		s.insert(p)
	}
	return s
}

// paths lists the members. The members of a node precede those below it.
func (s *fieldSet) paths() [][]string {
	var out [][]string
	keys := slices.SortedFunc(maps.Keys(s.children), compareElements)
	for _, key := range keys {
		if s.children[key].member {
			out = append(out, []string{key})
		}
	}
	for _, key := range keys {
		for _, p := range s.children[key].paths() {
			out = append(out, append([]string{key}, p...))
		}
	}
	return out
}

// compareElements orders fields by name, and list items by the values of their keys.
func compareElements(a, b string) int {
	if a[0] != b[0] || a[0] == 'f' {
		return strings.Compare(a, b)
	}
	x, _ := decodeValue([]byte(a[2:]))
	y, _ := decodeValue([]byte(b[2:]))
	return compare(x, y)
}

// encode returns the set as FieldsV1.
func (s *fieldSet) encode() map[string]any {
	out := map[string]any{}
	for key, c := range s.children {
		if c.empty() {
			continue
		}
		encoded := c.encode()
		if c.member && len(encoded) > 0 {
			encoded["."] = map[string]any{}
		}
		out[key] = encoded
	}
	return out
}

// decodeFieldSet decodes FieldsV1. It ignores unknown keys.
func decodeFieldSet(fieldsV1 map[string]any) *fieldSet {
	s := &fieldSet{children: map[string]*fieldSet{}}
	for key, value := range fieldsV1 {
		if key == "." || len(key) < 2 || key[1] != ':' || !strings.Contains("fkv", key[:1]) {
			continue
		}
		c := decodeFieldSet(Fields(value))
		_, self := Fields(value)["."]
		c.member = self || len(c.children) == 0
		s.children[key] = c
	}
	return s
}

// fieldPath formats a path as conflicts do: `.spec.containers[name="app"].image`.
func fieldPath(path []string) string {
	var b strings.Builder
	for _, element := range path {
		if element[0] == 'i' {
			b.WriteString("[" + element[2:] + "]")
			continue
		}
		if element[0] == 'f' {
			b.WriteString("." + element[2:])
			continue
		}
		value, _ := decodeValue([]byte(element[2:]))
		if element[0] == 'v' {
			b.WriteString("[=" + scalarText(value) + "]")
			continue
		}
		keys := Fields(value)
		for i, name := range slices.Sorted(maps.Keys(keys)) {
			b.WriteString([]string{"[", ","}[min(i, 1)] + name + "=" + scalarText(keys[name]))
		}
		b.WriteString("]")
	}
	return b.String()
}

func scalarText(value any) string {
	if s, ok := value.(string); ok {
		return strconv.Quote(s)
	}
	text, _ := Encode(value)
	return string(text)
}
