package kxtest

import (
	"crypto/rand"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/apiserver"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// seed stores the administrator, the namespaces and the node.
func (s *Server) seed() error {
	s.users.Add(rand.Text(), &apiserver.User{
		Name: adminName,
		UID:  adminName,
		Groups: []string{apiserver.MastersGroup,
			apiserver.AuthenticatedGroup},
	})
	for _, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		if _, err := s.Create(map[string]any{
			"apiVersion": "v1",
			"kind":       "Namespace",
			"metadata":   map[string]any{"name": name},
		}); err != nil {
			return err
		}
	}
	if _, err := s.Create(s.node.Object(s.settings.version.String())); err != nil {
		return err
	}
	if s.settings.demo {
		if err := s.demo(); err != nil {
			return err
		}
	}
	if s.settings.sandbox {
		return s.sandbox()
	}
	return nil
}

// Create stores an object, with the API server's defaults and checks, and returns the stored object
// as JSON. It bypasses authentication, authorization and faults.
//
// value is JSON (a string or []byte) or encodes to it with github.com/go-json-experiment/json. It
// needs an apiVersion, a kind and a name; its status is stored too. The default namespace is
// "default". Create fails if the object exists.
func (s *Server) Create(value any) ([]byte, error) {
	var data []byte
	switch value := value.(type) {
	case string:
		data = []byte(value)
	case []byte:
		data = value
	default:
		var err error
		if data, err = json.Marshal(value); err != nil {
			return nil, err
		}
	}
	input, err := object.Decode(data)
	if err != nil {
		return nil, err
	}
	kind := s.store.KindByName(object.Text(input, "apiVersion"), object.Text(input, "kind"))
	if kind == nil {
		return nil, fmt.Errorf("kxtest has no kind %q of %q", object.Text(input, "kind"),
			object.Text(input, "apiVersion"))
	}
	namespace := ""
	if kind.Namespaced {
		namespace = object.Text(input, "metadata", "namespace")
		if namespace == "" {
			namespace = "default"
		}
	}
	write := &object.Write{
		APIVersion:      kind.APIVersion(),
		Kind:            kind.Name,
		Resource:        kind.Resource,
		Custom:          kind.Custom,
		Namespace:       namespace,
		Manager:         "kxtest",
		FieldValidation: "Strict",
		Time:            api.Timestamp(),
	}
	defaulted, err := write.Create(data)
	if err != nil {
		return nil, err
	}
	status := input["status"]
	if status != nil {
		defaulted = object.With(defaulted, status, "status")
	}
	stored, err := s.store.Insert(kind, namespace, defaulted, false)
	if err != nil {
		return nil, err
	}
	return api.Typed(kind.APIVersion(), kind.Name, stored.Body()), nil
}

// Object returns a stored object as JSON, or nil. It bypasses authentication, authorization and
// faults. resource is a name such as "pods" or "deployments.apps". namespace is "" for
// cluster-scoped kinds.
func (s *Server) Object(resource, namespace, name string) []byte {
	for _, kind := range s.store.Kinds() {
		if kind.QualifiedName() == resource {
			entry := s.store.Get(kind, namespace, name)
			if entry != nil {
				return api.Typed(kind.APIVersion(), kind.Name, entry.Body())
			}
		}
	}
	return nil
}

// Pod returns a stored pod as JSON, or nil.
func (s *Server) Pod(namespace, name string) []byte { return s.Object("pods", namespace, name) }
