package object

// merged merges an applied configuration into a live value. Maps merge, lists of type map and set
// merge by key, and everything else is replaced.
func (t *Type) merged(live, applied any) any {
	if applied == nil || t.isLeaf() || size(applied) == 0 && size(live) == 0 {
		return copyAny(applied)
	}
	switch a := applied.(type) {
	case map[string]any:
		out := Copy(Fields(live))
		if out == nil {
			out = map[string]any{}
		}
		for name, field := range a {
			ft := t.field(name)
			if old, ok := out[name]; ok && ft != nil {
				out[name] = ft.merged(old, field)
			} else {
				out[name] = copyAny(field)
			}
		}
		return out
	case []any:
		l, _ := live.([]any)
		return t.mergedList(l, a)
	}
	return copyAny(applied)
}

// mergedList keeps the order of the applied items. An item that only the live list has follows the
// shared item that precedes it there.
func (t *Type) mergedList(live, applied []any) []any {
	liveAt, appliedAt := map[string]int{}, map[string]int{}
	for i, item := range live {
		liveAt[t.element(item)] = i
	}
	for i, item := range applied {
		appliedAt[t.element(item)] = i
	}
	var shared []string // in the order of the applied list
	for _, item := range applied {
		key := t.element(item)
		if has(liveAt, key) {
			shared = append(shared, key)
		}
	}
	next := func() string {
		if len(shared) == 0 {
			return ""
		}
		return shared[0]
	}
	elem := t.resolve().Elem
	out, done := []any{}, map[string]bool{}
	take := func(i int) {
		key := t.element(applied[i])
		done[key] = true
		if j, ok := liveAt[key]; ok {
			out = append(out, elem.merged(live[j], applied[i]))
		} else {
			out = append(out, copyAny(applied[i]))
		}
		if next() == key {
			shared = shared[1:]
		}
	}
	for l, a := 0, 0; l < len(live) || a < len(applied); {
		if l < len(live) {
			key := t.element(live[l])
			switch {
			case !has(appliedAt, key):
				out = append(out, copyAny(live[l]))
				l++
				continue
			case a < len(applied) && key == t.element(applied[a]):
				take(a)
				l++
				a++
				continue
			case done[key] || next() != "" && next() != key:
				l++
				continue
			}
		}
		if a < len(applied) {
			take(a)
			a++
		} else {
			l++
		}
	}
	return out
}

func has[V any](m map[string]V, key string) bool { _, ok := m[key]; return ok }
