package kubelet

import (
	"slices"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// emptyNamespace deletes the objects of a namespace under deletion, and then the namespace.
func (n *Node) emptyNamespace(e *storage.Entry) {
	name := object.Text(e.Object, "metadata", "name")
	if object.Text(e.Object, "metadata", "deletionTimestamp") == "" {
		return
	}
	empty := true
	for _, k := range n.store.Kinds() {
		if !k.Namespaced {
			continue
		}
		items, _, _ := n.store.List(k, name+"/", 0)
		for _, item := range items {
			empty = false
			_, _ = n.store.Delete(k, name, object.Text(item.Object, "metadata", "name"),
				storage.DeleteOptions{},
				false) // fails if the object is gone already
		}
	}
	if empty {
		_, _ = n.store.Write(api.NamespaceKind, "", name,
			func(current map[string]any) (storage.Outcome, error) {
				if current == nil {
					return storage.Outcome{}, storage.ErrChanged
				}
				next := object.With(current, nil, "spec", "finalizers")
				return storage.Outcome{Object: next, Remove: storage.DeletionComplete(next)}, nil
			})
	}
}

// removeCollectorFinalizers removes the garbage collector's finalizers from an object under
// deletion. It reports whether there were any. Dependents of the object stay.
func (n *Node) removeCollectorFinalizers(k *api.Kind, e *storage.Entry) bool {
	waits := func(finalizer any) bool {
		return slices.Contains(storage.CollectorFinalizers,
			finalizer)
	}
	if object.Text(e.Object, "metadata", "deletionTimestamp") == "" ||
		!slices.ContainsFunc(object.List(e.Object, "metadata", "finalizers"), waits) {
		return false
	}
	_, _ = n.store.Write(k, object.Text(e.Object, "metadata", "namespace"),
		object.Text(e.Object, "metadata", "name"),
		func(current map[string]any) (storage.Outcome, error) {
			if current == nil {
				return storage.Outcome{}, storage.ErrChanged
			}
			next := object.With(current, nil, "metadata", "finalizers")
			left := slices.DeleteFunc(slices.Clone(object.List(current, "metadata", "finalizers")),
				waits)
			if len(left) > 0 {
				next = object.With(current, left, "metadata", "finalizers")
			}
			return storage.Outcome{Object: next, Remove: storage.DeletionComplete(next)}, nil
		})
	return true
}

// afterRemoval continues the deletion of a removed object's namespace.
func (n *Node) afterRemoval(k *api.Kind, e *storage.Entry) {
	if !k.Namespaced {
		return
	}
	namespace := n.store.Get(api.NamespaceKind, "", object.Text(e.Object, "metadata", "namespace"))
	if namespace != nil {
		n.emptyNamespace(namespace)
	}
}
