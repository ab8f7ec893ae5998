package object

// element returns the path element of an item of a list of type map or set.
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

// zero returns the value of a key that is omitted.
func (t *Type) zero() any {
	if t.Default != nil {
		return t.Default
	}
	if t.resolve().Type == "integer" {
		return int64(0)
	}
	return ""
}

// isLeaf reports whether a value of the type has one owner: scalars and atomic values have.
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

// fieldsOf returns the set of the fields in a value, which its applier owns.
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
			ft, memberPath := t.field(name), childPath(path, "f:"+name)
			if ft == nil {
				continue
			}
			ft.collect(field, memberPath, s)
			object, isObject := field.(map[string]any)
			if field == nil || isObject && len(object) == 0 || !t.isStruct() {
				s.insert(memberPath)
			}
		}
	case []any:
		seen := map[string]int{}
		for _, item := range v {
			seen[t.element(item)]++
		}
		for _, item := range v {
			memberPath := childPath(path, t.element(item))
			if seen[memberPath[len(memberPath)-1]] == 1 {
				t.resolve().Elem.collect(item, memberPath, s)
			}
			s.insert(memberPath)
		}
	}
}

func childPath(path []string, element string) []string {
	return append(path[:len(path):len(path)], element)
}

// removed removes the members of a set from a value. It removes a list or map that becomes empty.
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
					break
				}
				kept := ft.removed(field, c)
				if kept != nil {
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

// withNamed adds the fields of structs that lead to a member.
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
