package kxtest

import (
	"crypto/rand"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// seed stores what is there from the start.
func (s *Server) seed() error {
	s.users.add(rand.Text(), &user{name: adminName, uid: adminName, groups: []string{mastersGroup, authenticatedGroup}})
	for _, name := range []string{"default", "kube-node-lease", "kube-public", "kube-system"} {
		if _, err := s.Create(map[string]any{"apiVersion": "v1", "kind": "Namespace", "metadata": map[string]any{"name": name}}); err != nil {
			return err
		}
	}
	if _, err := s.Create(s.node.object(s.settings.version.String())); err != nil {
		return err
	}
	if s.settings.demo {
		return s.demo()
	}
	return nil
}

// Create stores an object, past users and faults, but with all of the API server's defaults and checks, and
// returns it as it is stored. The object is JSON (a string or []byte) or any value that
// encodes to it with github.com/go-json-experiment/json, with its apiVersion, kind and name; its status is taken too. A missing namespace is "default".
// An object that is there already is an error.
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
	given, err := object.Decode(data)
	if err != nil {
		return nil, err
	}
	k := kindNamed(text(given, "apiVersion"), text(given, "kind"))
	if k == nil {
		return nil, fmt.Errorf("kxtest has no kind %q of %q", text(given, "kind"), text(given, "apiVersion"))
	}
	namespace := ""
	if k.namespaced {
		namespace = text(given, "metadata", "namespace")
		if namespace == "" {
			namespace = "default"
		}
	}
	engine := &object.Write{APIVersion: k.apiVersion(), Kind: k.name, Resource: k.resource, Namespace: namespace, Manager: "kxtest", FieldValidation: "Strict", Time: timestamp()}
	made, err := engine.Create(data)
	if err != nil {
		return nil, err
	}
	status := given["status"]
	if status != nil {
		made = with(made, status, "status")
	}
	created, err := s.store.insert(k, namespace, made, false)
	if err != nil {
		return nil, err
	}
	return typed(k.apiVersion(), k.name, created.body()), nil
}

// Object returns a stored object as JSON, past users and faults; nil when it is not there. resource is "pods" or
// "deployments.apps"; namespace is "" for what has none.
func (s *Server) Object(resource, namespace, name string) []byte {
	for _, k := range kinds {
		if k.qualified() == resource {
			e := s.store.get(k, namespace, name)
			if e != nil {
				return typed(k.apiVersion(), k.name, e.body())
			}
		}
	}
	return nil
}

// Pod returns a stored pod as JSON; nil when it is not there.
func (s *Server) Pod(namespace, name string) []byte { return s.Object("pods", namespace, name) }
