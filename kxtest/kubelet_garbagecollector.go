package kxtest

import "slices"

// clear removes what a namespace that goes holds, and then the namespace.
func (n *node) clear(e *entry) {
	name := text(e.object, "metadata", "name")
	if text(e.object, "metadata", "deletionTimestamp") == "" {
		return
	}
	empty := true
	for _, k := range kinds {
		if !k.namespaced {
			continue
		}
		items, _, _ := n.store.list(k, name+"/", 0)
		for _, item := range items {
			empty = false
			_, _ = n.store.remove(k, name, text(item.object, "metadata", "name"), deleteOptions{}, false) // or it has gone
		}
	}
	if empty {
		_, _ = n.store.write(namespaceKind, "", name, func(current map[string]any) (verdict, error) {
			if current == nil {
				return verdict{}, errConflict
			}
			next := with(current, nil, "spec", "finalizers")
			return verdict{object: next, remove: finished(next)}, nil
		})
	}
}

// collect takes the garbage collector's finalizers from an object under deletion; false when it has none.
// What depends on the object stays.
func (n *node) collect(k *kind, e *entry) bool {
	waits := func(finalizer any) bool { return slices.Contains(collectorFinalizers, finalizer) }
	if text(e.object, "metadata", "deletionTimestamp") == "" || !slices.ContainsFunc(list(e.object, "metadata", "finalizers"), waits) {
		return false
	}
	_, _ = n.store.write(k, text(e.object, "metadata", "namespace"), text(e.object, "metadata", "name"), func(current map[string]any) (verdict, error) {
		if current == nil {
			return verdict{}, errConflict
		}
		next := with(current, nil, "metadata", "finalizers")
		left := slices.DeleteFunc(slices.Clone(list(current, "metadata", "finalizers")), waits)
		if len(left) > 0 {
			next = with(current, left, "metadata", "finalizers")
		}
		return verdict{object: next, remove: finished(next)}, nil
	})
	return true
}

// emptied looks at the namespace of a deleted object again, should it wait for that.
func (n *node) emptied(k *kind, e *entry) {
	if !k.namespaced {
		return
	}
	namespace := n.store.get(namespaceKind, "", text(e.object, "metadata", "namespace"))
	if namespace != nil {
		n.clear(namespace)
	}
}
