package storage

import (
	"slices"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Kinds returns all kinds in the order of discovery: those of Kubernetes, CustomResourceDefinition,
// and those that the stored definitions define.
func (s *Store) Kinds() []*api.Kind {
	s.mu.RLock()
	defer s.mu.RUnlock()
	kinds := append(slices.Clone(api.Kinds), api.DefinitionKind)
	for _, defined := range s.defined {
		kinds = append(kinds, defined.kinds...)
	}
	return kinds
}

// KindByResource returns the kind of a URL's group, version and resource, or nil.
func (s *Store) KindByResource(group, version, resource string) *api.Kind {
	return s.kind(func(k *api.Kind) bool {
		return k.Group == group && k.Version == version && k.Resource == resource
	})
}

// KindByName returns the kind of an object's apiVersion and kind, or nil.
func (s *Store) KindByName(apiVersion, name string) *api.Kind {
	return s.kind(func(k *api.Kind) bool { return k.APIVersion() == apiVersion && k.Name == name })
}

func (s *Store) kind(matches func(*api.Kind) bool) *api.Kind {
	kinds := s.Kinds()
	i := slices.IndexFunc(kinds, matches)
	if i < 0 {
		return nil
	}
	return kinds[i]
}

// definition is what a stored CustomResourceDefinition defines.
type definition struct {
	name    string
	storage *api.Kind
	kinds   []*api.Kind
}

// define serves the kinds of a stored CustomResourceDefinition. The caller holds the lock.
func (s *Store) define(o map[string]any) {
	name := object.Text(o, "metadata", "name")
	i := slices.IndexFunc(s.defined, func(d definition) bool { return d.name == name })
	if i < 0 {
		root := &api.Kind{}
		s.objects[root] = map[string]*Entry{}
		i = len(s.defined)
		s.defined = append(s.defined, definition{name: name, storage: root})
	}
	s.defined[i].kinds = api.KindsOf(o, s.defined[i].storage)
}

// undefine removes the kinds of a CustomResourceDefinition and their objects. The caller holds the
// lock.
func (s *Store) undefine(name string) {
	s.defined = slices.DeleteFunc(s.defined, func(d definition) bool {
		if d.name != name {
			return false
		}
		for key, before := range s.objects[d.storage] {
			gone := s.next(before.Object)
			s.remember(Change{version: s.version, Kind: d.storage, Key: key, Before: before,
				After: gone, Deleted: true})
		}
		delete(s.objects, d.storage)
		return true
	})
}
