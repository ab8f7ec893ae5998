package object

import (
	"fmt"
	"strings"
)

// Write is one write of one object, apart from its body: what the URL and the
// headers say. Its methods are the whole way from the body to the object to
// store: reading, pruning, patching, managed fields, defaults, admission,
// optimistic locking and validation, in the server's order. They set no uid,
// resourceVersion, creationTimestamp and deletionTimestamp: the store does
// (and it sees a write without a change by [Equal] to the stored object).
// Errors are *Status.
type Write struct {
	APIVersion, Kind, Resource string // "v1", "Pod", "pods"
	Namespace, Name            string // of the URL; Name is "" for a POST
	Subresource                string // "", "status", "ephemeralcontainers"
	Manager                    string // fieldManager, or what User-Agent has before its first "/"
	Force                      bool
	DryRun                     bool
	FieldValidation            string // Ignore, Warn (also when empty) or Strict
	Time                       string // now, RFC 3339 in seconds

	Warnings []string // set by the methods: texts for Warning headers
}

// The content types of the patch kinds.
const (
	jsonPatchType      = "application/json-patch+json"
	mergePatchType     = "application/merge-patch+json"
	strategicPatchType = "application/strategic-merge-patch+json"
	applyPatchType     = "application/apply-patch+yaml"
)

func (w *Write) kind() *Type { return Lookup(w.APIVersion, w.Kind) }

func (w *Write) group() string {
	group, _, ok := strings.Cut(w.APIVersion, "/")
	if ok {
		return group
	}
	return ""
}

func (w *Write) manager() Manager {
	return Manager{Name: w.Manager, Subresource: w.Subresource, Time: w.Time}
}

// Create makes a new object of a POST's body.
func (w *Write) Create(body []byte) (map[string]any, error) {
	object, err := w.read(body)
	if err != nil {
		return nil, err
	}
	if err := w.place(object); err != nil {
		return nil, err
	}
	wipe(object)
	return w.create(w.kind().Update(nil, object, w.manager()))
}

// Replace makes the object that a PUT's body turns the stored one into.
func (w *Write) Replace(stored map[string]any, body []byte) (map[string]any, error) {
	object, err := w.read(body)
	if err != nil {
		return nil, err
	}
	if err := w.identify(object); err != nil {
		return nil, err
	}
	uid := Text(object, "metadata", "uid")
	if uid != "" && uid != Text(stored, "metadata", "uid") {
		key := "/registry/"
		if w.DryRun {
			key = "/" // a dry run does not go as far as where the prefix is put before it
		}
		return nil, w.conflict("StorageError: invalid object, Code: 4, Key: %s%s/%s/%s, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object meta: %s",
			key, w.Resource, w.Namespace, w.Name, uid, Text(stored, "metadata", "uid"))
	}
	return w.update(stored, w.kind().Update(stored, object, w.manager()))
}

// Patch makes the object that a PATCH turns the stored one into; stored is nil
// for a server-side apply of a new object. The content type is one of the four
// of the API, without parameters; the body of an apply is JSON.
func (w *Write) Patch(stored map[string]any, contentType string, body []byte) (map[string]any, error) {
	if contentType == applyPatchType {
		return w.apply(stored, body)
	}
	patched, err := w.patched(stored, contentType, body)
	if err != nil {
		return nil, err
	}
	Default(w.APIVersion, w.Kind, patched)
	updated := w.kind().Update(stored, patched, w.manager())
	if err := w.identify(updated); err != nil {
		return nil, err
	}
	return w.update(stored, updated)
}

// place puts the object into the namespace of the request.
func (w *Write) place(object map[string]any) error {
	metadata := ensureFields(object, "metadata")
	namespace := Text(metadata, "namespace")
	switch {
	case w.Namespace == "":
		delete(metadata, "namespace")
	case namespace != "" && namespace != w.Namespace:
		return badRequest("the namespace of the provided object does not match the namespace sent on the request")
	default:
		metadata["namespace"] = w.Namespace
	}
	return nil
}

// identify requires that the object is the one of the request.
func (w *Write) identify(object map[string]any) error {
	if err := w.place(object); err != nil {
		return err
	}
	name := Text(object, "metadata", "name")
	switch name {
	case w.Name:
		return nil
	case "":
		return badRequest("the name of the object (%s based on URL) was undeterminable: name must be provided", w.Name)
	default:
		return badRequest("the name of the object (%s) does not match the name on the URL (%s)", name, w.Name)
	}
}

func (w *Write) conflict(format string, args ...any) error {
	resource := w.Resource
	group := w.group()
	if group != "" {
		resource += "." + group
	}
	return &Status{
		Code: 409, Reason: "Conflict", Kind: w.Resource, Group: w.group(), Name: w.Name,
		Message: fmt.Sprintf("Operation cannot be fulfilled on %s %q: %s", resource, w.Name, fmt.Sprintf(format, args...)),
	}
}
