package object

// element is the path element of an item of a list of type map or set.
func (t *Type) element(item any) string {
	keys := t.listKeys()
	if len(keys) == 0 {
		encoded, _ := Encode(item)
		return "v:" + string(encoded)
	}
	object, key := Fields(item), map[string]any{}
	for _, name := range keys {
		value, ok := object[name]
		if !ok {
			value = t.resolve().Elem.field(name).zero()
		}
		key[name] = value
	}
	encoded, _ := Encode(key)
	return "k:" + string(encoded)
}

func (t *Type) listKeys() []string {
	if len(t.Keys) > 0 {
		return t.Keys
	}
	return t.resolve().Keys
}

// zero is the value that a key has when it is left out.
func (t *Type) zero() any {
	if t.Default != nil {
		return t.Default
	}
	if t.resolve().Type == "integer" {
		return int64(0)
	}
	return ""
}

// isLeaf reports whether a value of the type has one owner: a scalar, and what is atomic.
func (t *Type) isLeaf() bool {
	if t.isFree() {
		return true
	}
	switch t.resolve().Type {
	case "object", "array":
		return t.atomic()
	}
	return true
}

// fieldsOf is the set of the fields that a value holds: what its applier owns.
func (t *Type) fieldsOf(value any) *fieldSet {
	s := &fieldSet{}
	t.collect(value, nil, s)
	return s
}

func (t *Type) collect(value any, path []string, s *fieldSet) {
	if t.isLeaf() {
		s.insert(path)
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for name, field := range v {
			ft, here := t.field(name), join(path, "f:"+name)
			if ft == nil {
				continue
			}
			ft.collect(field, here, s)
			object, isObject := field.(map[string]any)
			if field == nil || isObject && len(object) == 0 || !t.isStruct() {
				s.insert(here)
			}
		}
	case []any:
		seen := map[string]int{}
		for _, item := range v {
			seen[t.element(item)]++
		}
		for _, item := range v {
			here := join(path, t.element(item))
			if seen[here[len(here)-1]] == 1 {
				t.resolve().Elem.collect(item, here, s)
			}
			s.insert(here)
		}
	}
}

func join(path []string, element string) []string {
	return append(path[:len(path):len(path)], element)
}

// removed drops the members of a set from a value; a list or map that loses all
// it had goes as a whole.
func (t *Type) removed(value any, s *fieldSet) any {
	if s == nil || len(s.children) == 0 || t.isLeaf() {
		return value
	}
	switch v := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, field := range v {
			c := s.child("f:" + name)
			switch {
			case c == nil:
				out[name] = field
			case !c.member:
				ft := t.field(name)
				if ft == nil {
					out[name] = field
				} else if kept := ft.removed(field, c); kept != nil {
					out[name] = kept
				}
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	case []any:
		out := []any{}
		for _, item := range v {
			c := s.child(t.element(item))
			switch {
			case c == nil:
				out = append(out, item)
			case !c.member:
				out = append(out, t.resolve().Elem.removed(item, c))
			}
		}
		if len(out) == 0 {
			return nil
		}
		return out
	}
	return value
}

// withNamed adds the fields of structs that are on the way to a member.
func (t *Type) withNamed(s *fieldSet) *fieldSet {
	if s == nil || t == nil {
		return s
	}
	out := &fieldSet{member: s.member, children: map[string]*fieldSet{}}
	for key, c := range s.children {
		var ct *Type
		if key[0] == 'f' {
			ct = t.field(key[2:])
		} else {
			ct = t.resolve().Elem
		}
		cc := ct.withNamed(c)
		if key[0] == 'f' && t.isStruct() && len(c.children) > 0 && ct != nil {
			cc = &fieldSet{member: true, children: cc.children}
		}
		out.children[key] = cc
	}
	return out
}
