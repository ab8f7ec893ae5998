package command

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// Manifest is one object of a file.
type Manifest struct {
	// source is the file, and the number of the object where the file holds several.
	source string
	// JSON is the object as it was written. YAML is converted.
	JSON jsontext.Value

	Namespace, Name string
	// Kind and API are those of the server, in the namespace of the object.
	Kind resources.Kind
	API  *resources.API[resources.Object]

	apiVersion, kindName string
}

// manifests reads the objects of all files. validation says what becomes of a key that comes twice.
func (k *Invocation) manifests(files *FileFlags, validation string) ([]Manifest, error) {
	var all []Manifest
	err := Interruptibly(k, func() (err error) {
		all, err = k.readManifests(files, validation)
		return err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

func (k *Invocation) readManifests(files *FileFlags, validation string) ([]Manifest, error) {
	names, err := files.expand()
	if err != nil {
		return nil, err
	}
	var all []Manifest
	for _, file := range names {
		text, name, err := ReadFile(k, file)
		if err != nil {
			return nil, err
		}
		docs, err := Documents(text, k.onDuplicate(name, validation))
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

// onDuplicate returns the function that handles a key that comes twice in a file.
func (k *Invocation) onDuplicate(file, validation string) func(*patch.DuplicateKeyError) {
	if validation == "strict" {
		return nil
	}
	return func(e *patch.DuplicateKeyError) {
		if validation == "warn" {
			k.Warn(fmt.Sprintf("%s: duplicate key on line %d, first on line %d: the last one "+
				"counts", file, e.Line, e.FirstLine))
		}
	}
}

// maxFile is how large a file that kx reads as a whole may be, in bytes.
const maxFile = 256 << 20

// ReadFile returns the text of a file, or of stdin for "-", and the name of it for messages.
func ReadFile(k *Invocation, file string) (text []byte, name string, err error) {
	in, name := k.In, "stdin"
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, file, err
		}
		defer f.Close()
		in, name = f, file
	}
	text, err = io.ReadAll(io.LimitReader(in, maxFile+1))
	if len(text) > maxFile {
		err = fmt.Errorf("%s is larger than 256 MiB", name)
	}
	return text, name, err
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
	return Manifest{source: source, JSON: doc, Namespace: view.Metadata.Namespace,
		Name: view.Metadata.Name, apiVersion: view.APIVersion, kindName: view.Kind}, nil, nil
}
