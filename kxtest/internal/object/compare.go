package object

import (
	"maps"
	"slices"
)

// comparison has the fields that a write changes.
type comparison struct{ removed, modified, added *fieldSet }

func (t *Type) compare(old, updated any) comparison {
	c := comparison{&fieldSet{}, &fieldSet{}, &fieldSet{}}
	t.difference(old, updated, nil, c)
	return c
}

// absent is the value of a missing field. Null is a value of its own.
type absent struct{}

func (t *Type) difference(old, updated any, path []string, c comparison) {
	_, gone := updated.(absent)
	_, created := old.(absent)
	leaf := t.isLeaf()
	if !leaf {
		leaf = size(old) == 0 && size(updated) == 0
	}
	switch {
	case !leaf:
		for _, e := range t.pairs(old, updated) {
			e.typ.difference(e.old, e.updated, childPath(path, e.key), c)
		}
		fallthrough
	case created, gone:
		if created {
			c.added.insert(path)
		} else if gone {
			c.removed.insert(path)
		}
	case !Equal(old, updated):
		c.modified.insert(path)
	}
}

func size(value any) int {
	switch v := value.(type) {
	case map[string]any:
		return len(v)
	case []any:
		return len(v)
	}
	return 0
}

type pair struct {
	key          string
	typ          *Type
	old, updated any
}

// pairs pairs the members of two maps or lists by field or key. Repeated items of a list count as
// one value.
func (t *Type) pairs(old, updated any) []pair {
	entries := map[string]*pair{}
	entry := func(key string, typ *Type) *pair {
		if entries[key] == nil {
			entries[key] = &pair{key: key, typ: typ, old: absent{}, updated: absent{}}
		}
		return entries[key]
	}
	for i, value := range []any{old, updated} {
		side := func(p *pair) *any { return []*any{&p.old, &p.updated}[i] }
		switch v := value.(type) {
		case map[string]any:
			for name, field := range v {
				ft := t.field(name)
				if ft != nil {
					*side(entry("f:"+name, ft)) = field
				}
			}
		case []any:
			for _, item := range v {
				p := entry(t.element(item), t.resolve().Elem)
				if twice, ok := (*side(p)).(duplicates); ok {
					*side(p) = append(twice, item)
				} else if _, ok := (*side(p)).(absent); !ok {
					*side(p) = duplicates{*side(p), item}
				} else {
					*side(p) = item
				}
			}
		}
	}
	out := make([]pair, 0, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		p := entries[key]
		a, b := isDuplicates(p.old), isDuplicates(p.updated)
		if a || b {
			p.typ = &Type{} // compared as a whole
			p.old, p.updated = flat(p.old), flat(p.updated)
		}
		out = append(out, *p)
	}
	return out
}

// duplicates are the items of a list with the same key.
type duplicates []any

func isDuplicates(value any) bool { _, ok := value.(duplicates); return ok }

func flat(value any) any {
	if d, ok := value.(duplicates); ok {
		return []any(d)
	}
	return value
}
