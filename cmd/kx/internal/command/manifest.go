package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// Manifest is one object of a file.
type Manifest struct {
	// source is the file, and the number of the object where the file holds several.
	source string
	// JSON is the object as it was written. YAML is converted.
	JSON jsontext.Value

	apiVersion, kind, Namespace, Name string
}

// manifests reads the objects of all files.
func (k *Invocation) manifests(files *FileFlags) ([]Manifest, error) {
	names, err := files.expand()
	if err != nil {
		return nil, err
	}
	var all []Manifest
	for _, file := range names {
		text, name, err := k.ReadFile(file)
		if err != nil {
			return nil, err
		}
		docs, err := Documents(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found, err := objects(name, docs)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 && slices.Contains(files.Names, file) { // in a folder it may be
			return nil, fmt.Errorf("%s: the file holds no object", name)
		}
		all = append(all, found...)
	}
	return all, nil
}

// ReadFile returns the text of a file, or of stdin for "-", and the name of it for messages.
func (k *Invocation) ReadFile(file string) (text []byte, name string, err error) {
	if file == "-" {
		text, err = io.ReadAll(k.In)
		return text, "stdin", err
	}
	text, err = os.ReadFile(file)
	return text, file, err
}

// objects replaces each List by its items.
func objects(file string, docs []jsontext.Value) ([]Manifest, error) {
	var all []Manifest
	for i, doc := range docs {
		source := file
		if len(docs) > 1 {
			source = fmt.Sprintf("%s, document %d", file, i+1)
		}
		m, items, err := readManifest(source, doc)
		if err != nil {
			return nil, err
		}
		if items == nil {
			all = append(all, m)
			continue
		}
		for j, item := range items {
			m, _, err := readManifest(fmt.Sprintf("%s, item %d", source, j+1), item)
			if err != nil {
				return nil, err
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// readManifest reads the kind and the name of an object. For a List it returns the items.
func readManifest(source string, doc jsontext.Value) (Manifest, []jsontext.Value, error) {
	var view struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name      string `json:"name"`
			Namespace string `json:"namespace"`
		} `json:"metadata"`
		Items []jsontext.Value `json:"items"`
	}
	if doc.Kind() != '{' {
		return Manifest{}, nil, fmt.Errorf("%s: not an object: an object has apiVersion and kind",
			source)
	}
	if err := json.Unmarshal(doc, &view); err != nil {
		var semantic *json.SemanticError
		if errors.As(err, &semantic) && semantic.JSONPointer != "" {
			return Manifest{}, nil, fmt.Errorf(
				"%s: %s has the wrong type: apiVersion, kind, name and namespace are strings, "+
					"metadata is a mapping, items is a list",
				source, semantic.JSONPointer)
		}
		return Manifest{}, nil, fmt.Errorf("%s: %w", source, err)
	}
	switch {
	case view.Kind == "":
		return Manifest{}, nil, fmt.Errorf("%s: kind is missing, such as Pod", source)
	case view.APIVersion == "":
		return Manifest{}, nil, fmt.Errorf("%s: apiVersion is missing, such as v1", source)
	case strings.HasSuffix(view.Kind, "List") && view.Items != nil:
		return Manifest{}, view.Items, nil
	}
	return Manifest{source, doc, view.APIVersion, view.Kind, view.Metadata.Namespace,
		view.Metadata.Name}, nil, nil
}

// ErrNoName is the error for an object without a name.
var ErrNoName = errors.New("metadata.name is missing")

// Wrap adds the source of the object to err.
func (m *Manifest) Wrap(err error) error { return fmt.Errorf("%s: %w", m.source, err) }

// EachManifest calls do with each object of the files. A failed object does not stop the others.
func (k *Invocation) EachManifest(files *FileFlags, do func(*transport.Client,
	Manifest) error) error {
	all, err := k.manifests(files)
	if err != nil {
		return err
	}
	client, err := k.Connect()
	if err != nil {
		return err
	}
	var failed Failures
	for _, m := range all {
		if err := do(client, m); err != nil && !failed.Add(err) {
			break
		}
	}
	return failed.Err()
}

// Locate returns the kind of m, and the API of that kind in the namespace of m.
func (k *Invocation) Locate(ctx context.Context, client *transport.Client,
	m Manifest) (resources.Kind, *resources.API[resources.Object], error) {
	kind, err := resources.DiscoverObject(ctx, client, m.apiVersion, m.kind)
	if err != nil {
		return kind, nil, m.Wrap(err)
	}
	namespace := client.Namespace()
	if m.Namespace != "" && kind.Namespaced {
		if k.Connection.Namespace != "" && k.Connection.Namespace != m.Namespace {
			return kind, nil, fmt.Errorf(
				"%s: the object is for namespace %q, and --namespace is %q: pass --namespace %s, "+
					"or leave it out",
				m.source, m.Namespace, k.Connection.Namespace, m.Namespace)
		}
		namespace = m.Namespace
	}
	return kind, resources.ForKind(client, kind, resources.InNamespace(namespace)), nil
}
