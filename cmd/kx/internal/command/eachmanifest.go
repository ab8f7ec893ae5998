package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// ObjectError is an error in one object of a file. It does not stop the other objects.
type ObjectError struct{ Err error }

func (e *ObjectError) Error() string { return e.Err.Error() }

func (e *ObjectError) Unwrap() error { return e.Err }

// ErrNoName is the error for an object without a name.
var ErrNoName error = &ObjectError{errors.New("metadata.name is missing")}

// Wrap adds the source of the object to err.
func (m *Manifest) Wrap(err error) error { return fmt.Errorf("%s: %w", m.source, err) }

// checkNamespace fails if the object is for another namespace than given, which is --namespace.
func (m *Manifest) checkNamespace(given string) error {
	if given == "" || m.Namespace == "" || m.Namespace == given {
		return nil
	}
	return fmt.Errorf("%s: the object is for namespace %q, and --namespace is %q: "+
		"pass --namespace %s, or leave it out", m.source, m.Namespace, given, m.Namespace)
}

// EachManifest calls do with each object of the files. A failed object does not stop the others.
// write has the flags of a command that sends the objects. It is nil for a command that reads only
// their names.
func EachManifest(ctx context.Context, k *Invocation, files *FileFlags, write *WriteFlags,
	do func(*Manifest) error) error {
	validation := "warn"
	if write != nil {
		validation = cmp.Or(write.validation.Value, "strict")
		write.validation.Value = validation
	}
	all, err := k.manifests(files, validation)
	if err != nil {
		return err
	}
	client, err := k.Connect()
	if err != nil {
		return err
	}
	kinds := manifestKinds{client: client, known: map[string]resources.Kind{},
		defined: map[string]bool{}}
	var failed Failures
	for i := range all {
		m := &all[i]
		err := k.locate(ctx, &kinds, m)
		if err == nil {
			err = do(m)
		}
		if err == nil && write != nil && write.DryRun.Value == DryRunNone {
			kinds.define(m)
		}
		if err != nil && !failed.Add(err) {
			break
		}
	}
	return failed.Err()
}

// locate sets the kind of m, and the API of that kind in the namespace of m.
func (k *Invocation) locate(ctx context.Context, kinds *manifestKinds, m *Manifest) (err error) {
	if m.Kind, err = kinds.find(ctx, m); err != nil {
		return m.Wrap(err)
	}
	namespace := kinds.client.Namespace()
	if m.Namespace != "" && m.Kind.Namespaced {
		if err := m.checkNamespace(k.Connection.Namespace); err != nil {
			return &ObjectError{err}
		}
		namespace = m.Namespace
	}
	m.API = resources.ForKind(kinds.client, m.Kind, resources.InNamespace(namespace))
	return nil
}

// manifestKinds finds the kinds of the objects of files.
type manifestKinds struct {
	client *transport.Client
	known  map[string]resources.Kind // by apiVersion and kind
	// defined has the kinds that objects of the files have defined, by group and kind.
	defined map[string]bool
}

// maxDefinitionWait is how long the server may take until it serves a new kind. kube-apiserver
// takes less than a second.
const maxDefinitionWait = 30 * time.Second

// find returns the kind of m. It waits for a kind that an object before m defines.
func (kinds *manifestKinds) find(ctx context.Context, m *Manifest) (resources.Kind, error) {
	name := m.apiVersion + " " + m.kindName
	if kind, ok := kinds.known[name]; ok {
		return kind, nil
	}
	group, _, _ := strings.Cut(m.apiVersion, "/")
	isDefined := kinds.defined[group+" "+m.kindName]
	deadline := time.Now().Add(maxDefinitionWait)
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		kind, err := resources.DiscoverObject(ctx, kinds.client, m.apiVersion, m.kindName)
		switch {
		case err == nil:
			kinds.known[name] = kind
			return kind, nil
		case !isDefined || !errors.As(err, new(*resources.UnknownKindError)) ||
			time.Now().After(deadline):
			return kind, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return kind, context.Cause(ctx)
		}
	}
}

// define notes the kind that m defines, if m is a CustomResourceDefinition.
func (kinds *manifestKinds) define(m *Manifest) {
	var definition struct {
		Spec struct {
			Group string `json:"group"`
			Names struct {
				Kind string `json:"kind"`
			} `json:"names"`
		} `json:"spec"`
	}
	if m.kindName == "CustomResourceDefinition" && json.Unmarshal(m.JSON, &definition) == nil {
		kinds.defined[definition.Spec.Group+" "+definition.Spec.Names.Kind] = true
	}
}
