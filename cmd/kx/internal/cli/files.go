package cli

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
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func registerFiles(cmd *cobra.Command, files *[]string) {
	cmd.Flags().StringArrayVarP(files, "filename", "f", nil, "the `FILE` with the objects, in JSON or YAML, or - for stdin; may come several times")
}

// manifest is one object of a file.
type manifest struct {
	// source says where it stands: the file, and which of the objects there when there are several.
	source string
	// json is the object as it was written, YAML made JSON.
	json jsontext.Value

	apiVersion, kind, namespace, name string
}

// manifests reads the objects of all files.
func (k *kx) manifests(files []string) ([]manifest, error) {
	if len(files) == 0 || slices.Contains(files, "") {
		return nil, usagef("no file is given: use -f FILE, or -f - for stdin")
	}
	var all []manifest
	stdin := false
	for _, file := range files {
		if file == "-" && stdin {
			return nil, usagef("-f - is given twice, and stdin can be read once only")
		}
		stdin = stdin || file == "-"
		text, name, err := k.readFile(file)
		if err != nil {
			return nil, err
		}
		docs, err := documents(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found, err := objects(name, docs)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			return nil, fmt.Errorf("%s: there is no object in it", name)
		}
		all = append(all, found...)
	}
	return all, nil
}

// readFile gives the text of a file, or of stdin for "-", and how to call it in a message.
func (k *kx) readFile(file string) (text []byte, name string, err error) {
	if file == "-" {
		text, err = io.ReadAll(k.in)
		return text, "stdin", err
	}
	text, err = os.ReadFile(file)
	return text, file, err
}

// objects takes lists apart into their items.
func objects(file string, docs []jsontext.Value) ([]manifest, error) {
	var all []manifest
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

// readManifest looks at what an object is. For a list it gives the items as well.
func readManifest(source string, doc jsontext.Value) (manifest, []jsontext.Value, error) {
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
		return manifest{}, nil, fmt.Errorf("%s: it is no object: one starts with apiVersion and kind", source)
	}
	if err := json.Unmarshal(doc, &view); err != nil {
		var semantic *json.SemanticError
		if errors.As(err, &semantic) && semantic.JSONPointer != "" {
			return manifest{}, nil, fmt.Errorf("%s: %s is not what it must be: apiVersion, kind, name and namespace are strings, metadata is a mapping and items is a list", source, semantic.JSONPointer)
		}
		return manifest{}, nil, fmt.Errorf("%s: %w", source, err)
	}
	switch {
	case view.Kind == "":
		return manifest{}, nil, fmt.Errorf("%s: kind is missing, such as Pod", source)
	case view.APIVersion == "":
		return manifest{}, nil, fmt.Errorf("%s: apiVersion is missing, such as v1", source)
	case strings.HasSuffix(view.Kind, "List") && view.Items != nil:
		return manifest{}, view.Items, nil
	}
	return manifest{source, doc, view.APIVersion, view.Kind, view.Metadata.Namespace, view.Metadata.Name}, nil, nil
}

var errNoName = errors.New("metadata.name is missing: the object to write must be named")

// failed says which object of the user's files an error is about.
func (m *manifest) failed(err error) error { return fmt.Errorf("%s: %w", m.source, err) }

// eachManifest hands the objects of files to do, one after the other. One that fails does not stop those after it.
func (k *kx) eachManifest(files []string, do func(*transport.Client, manifest) error) error {
	all, err := k.manifests(files)
	if err != nil {
		return err
	}
	client, err := k.connect()
	if err != nil {
		return err
	}
	var failed failures
	for _, m := range all {
		if err := do(client, m); err != nil && !failed.add(err) {
			break
		}
	}
	return failed.err()
}

// locate finds the kind of m, and the calls on it in the namespace that it is for.
func (k *kx) locate(ctx context.Context, client *transport.Client, m manifest) (resources.Kind, *resources.API[resources.Object], error) {
	kind, err := resources.DiscoverObject(ctx, client, m.apiVersion, m.kind)
	if err != nil {
		return kind, nil, m.failed(err)
	}
	namespace := client.Namespace()
	if m.namespace != "" && kind.Namespaced {
		if k.connection.Namespace != "" && k.connection.Namespace != m.namespace {
			return kind, nil, fmt.Errorf("%s: the namespace from the provided object %q does not match the namespace %q: pass --namespace=%s, or leave it out",
				m.source, m.namespace, k.connection.Namespace, m.namespace)
		}
		namespace = m.namespace
	}
	return kind, resources.ForKind(client, kind, resources.InNamespace(namespace)), nil
}
