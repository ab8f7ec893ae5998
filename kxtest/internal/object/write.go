package object

import (
	"fmt"
	"strings"
)

// Write is a write of one object: what the URL and the headers say. Its methods do everything
// between the body and the object to store, in the server's order: read, prune, patch, managed
// fields, defaults, admission, optimistic locking and validation.
//
// The store sets uid, resourceVersion, creationTimestamp and deletionTimestamp. It detects a write
// without a change by comparing the result with the stored object ([Equal]). Errors are *Status.
type Write struct {
	APIVersion, Kind, Resource string // such as "v1", "Pod", "pods"
	Namespace, Name            string // from the URL; Name is "" for a POST
	Subresource                string // "", "status", "ephemeralcontainers" or "resize"
	// fieldManager, or the part of User-Agent ahead of the first "/"
	Manager         string
	Force           bool
	DryRun          bool
	FieldValidation string // Ignore, Warn (also if empty) or Strict
	Time            string // the current time, RFC 3339 in seconds

	Custom *Custom // nil for the kinds of the schema

	Warnings []string // the texts for Warning headers, set by the methods
}

// The content types of the patch kinds.
const (
	jsonPatchType      = "application/json-patch+json"
	mergePatchType     = "application/merge-patch+json"
	strategicPatchType = "application/strategic-merge-patch+json"
	applyPatchType     = "application/apply-patch+yaml"
)

func (w *Write) kind() *Type {
	if w.Custom != nil {
		return w.Custom.Type
	}
	return Lookup(w.APIVersion, w.Kind)
}

func (w *Write) group() string {
	group, _, ok := strings.Cut(w.APIVersion, "/")
	if ok {
		return group
	}
	return ""
}

// kindGroup returns the group of the kind in messages. The server names an Event as its internal
// type, which is that of the core group.
func (w *Write) kindGroup() string {
	if w.Kind == "Event" {
		return ""
	}
	return w.group()
}

func (w *Write) manager() Manager {
	return Manager{Name: w.Manager, Subresource: w.Subresource, Time: w.Time}
}

// Create returns the new object of a POST's body.
func (w *Write) Create(body []byte) (map[string]any, error) {
	if w.Custom != nil {
		return w.Custom.create(w, body)
	}
	object, err := w.read(body)
	if err != nil {
		return nil, err
	}
	if err := w.setNamespace(object); err != nil {
		return nil, err
	}
	clearServerFields(object)
	return w.finishCreate(w.kind().Update(nil, object, w.manager()))
}

// Decode returns the object of a POST's body that is not stored, such as an Eviction.
func (w *Write) Decode(body []byte) (map[string]any, error) {
	object, err := w.read(body)
	if err != nil {
		return nil, err
	}
	return object, w.setNamespace(object)
}

// Replace returns the stored object as a PUT's body changes it.
func (w *Write) Replace(stored map[string]any, body []byte) (map[string]any, error) {
	if w.Custom != nil {
		return w.Custom.replace(w, stored, body)
	}
	object, err := w.read(body)
	if err != nil {
		return nil, err
	}
	if err := w.checkIdentity(object); err != nil {
		return nil, err
	}
	if err := w.checkUID(stored, object); err != nil {
		return nil, err
	}
	return w.finishUpdate(stored, w.kind().Update(stored, object, w.manager()))
}

// Patch returns the stored object as a PATCH changes it. stored is nil for a server-side apply of a
// new object. The content type is one of the API's four, without parameters. The body of an apply
// is JSON.
func (w *Write) Patch(stored map[string]any, contentType string, body []byte) (map[string]any,
	error) {
	if w.Custom != nil {
		return w.Custom.patch(w, stored, contentType, body)
	}
	if contentType == applyPatchType {
		return w.apply(stored, body)
	}
	patched, err := w.patched(stored, contentType, body)
	if err != nil {
		return nil, err
	}
	Default(w.APIVersion, w.Kind, patched)
	updated := w.kind().Update(stored, patched, w.manager())
	if err := w.checkIdentity(updated); err != nil {
		return nil, err
	}
	return w.finishUpdate(stored, updated)
}

// setNamespace sets the namespace of the request.
func (w *Write) setNamespace(object map[string]any) error {
	metadata := ensureFields(object, "metadata")
	namespace := Text(metadata, "namespace")
	switch {
	case w.Namespace == "":
		delete(metadata, "namespace")
	case namespace != "" && namespace != w.Namespace:
		return badRequest(
			"the namespace of the provided object does not match the namespace sent on the request")
	default:
		metadata["namespace"] = w.Namespace
	}
	return nil
}

// checkUID requires the uid of the stored object, or none.
func (w *Write) checkUID(stored, object map[string]any) error {
	uid := Text(object, "metadata", "uid")
	if uid != "" && uid != Text(stored, "metadata", "uid") {
		key := "/registry/"
		if w.DryRun {
			key = "/" // a dry run fails before the server adds the prefix
		}
		return w.conflict(
			"StorageError: invalid object, Code: 4, Key: %s%s/%s/%s, ResourceVersion: 0, "+
				"AdditionalErrorMsg: Precondition failed: UID in precondition: %s, UID in object "+
				"meta: %s",
			key,
			w.Resource,
			w.Namespace,
			w.Name,
			uid,
			Text(stored, "metadata", "uid"),
		)
	}
	return nil
}

// checkIdentity requires the object of the request.
func (w *Write) checkIdentity(object map[string]any) error {
	if err := w.setNamespace(object); err != nil {
		return err
	}
	name := Text(object, "metadata", "name")
	switch name {
	case w.Name:
		return nil
	case "":
		return badRequest(
			"the name of the object (%s based on URL) was undeterminable: name must be provided",
			w.Name)
	default:
		return badRequest("the name of the object (%s) does not match the name on the URL (%s)",
			name, w.Name)
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
		Message: fmt.Sprintf(
			"Operation cannot be fulfilled on %s %q: %s", resource, w.Name,
			fmt.Sprintf(format, args...),
		),
	}
}
