package kxtest

import (
	"cmp"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/patch"
)

// maxBody is the longest request body that the API server reads.
const maxBody = 3 << 20

// body reads the request's object as JSON.
func (c *call) body() ([]byte, error) {
	data, err := c.raw()
	if err != nil {
		return nil, err
	}
	mediaType, _, _ := strings.Cut(c.http.Header.Get("Content-Type"), ";")
	switch strings.TrimSpace(mediaType) {
	case "", "application/json":
		return data, nil
	case "application/yaml":
		converted, err := patch.YAMLToJSON(data)
		var syntax *patch.SyntaxError
		if errors.As(err, &syntax) {
			return nil, badRequest(fmt.Sprintf("the object provided is unrecognized (must be of type %s): yaml: line %d: %s (%x)",
				c.kind.name, syntax.Line, syntax.Reason, data[:min(len(data), 30)]))
		}
		if err != nil {
			return nil, badRequest("the object provided is unrecognized (must be of type " + c.kind.name + "): " + err.Error())
		}
		return converted, nil
	}
	return nil, errContentType
}

// raw reads the request's body as it came.
func (c *call) raw() ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(nil, c.http.Body, maxBody))
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return nil, errTooLarge
	}
	if err != nil {
		return nil, badRequest(err.Error())
	}
	return data, nil
}

// writeOptions checks the query of a write; kind is CreateOptions, UpdateOptions or PatchOptions.
func (c *call) writeOptions(kind string) (dryRun bool, err error) {
	var errs []object.FieldError
	add := func(reason, field, message string) {
		errs = append(errs, object.FieldError{Reason: reason, Field: field, Message: message})
	}
	manager := c.query.Get("fieldManager")
	if kind == "PatchOptions" {
		if c.patchType() == applyPatch {
			if manager == "" {
				add("FieldValueRequired", "fieldManager", "Required value: is required for apply patch")
			}
		} else if c.query.Has("force") {
			add("FieldValueForbidden", "force", "Forbidden: may not be specified for non-apply patch")
		}
	}
	if len(manager) > 128 {
		add("FieldValueTooLong", "fieldManager", "Too long: may not be more than 128 bytes")
	}
	for i, r := range manager {
		if !unicode.IsPrint(r) {
			add("FieldValueInvalid", "fieldManager", fmt.Sprintf("Invalid value: %q: invalid character %U (at position %d)", manager, r, i))
			break
		}
	}
	dryRun, bad := checkDryRun(c.query["dryRun"])
	errs = append(errs, bad...)
	validation := c.query.Get("fieldValidation")
	switch validation {
	case "", "Ignore", "Strict", "Warn":
	default:
		add("FieldValueNotSupported", "fieldValidation",
			"Unsupported value: "+strconv.Quote(validation)+`: supported values: "", "Ignore", "Strict", "Warn"`)
	}
	return dryRun, invalidOptions(kind, errs)
}

// checkDryRun reads what dryRun asks for: nothing, or All.
func checkDryRun(values []string) (dryRun bool, errs []object.FieldError) {
	for _, value := range values {
		if value != "All" {
			quoted := make([]string, len(values))
			for i, value := range values {
				quoted[i] = strconv.Quote(value)
			}
			message := "Unsupported value: [" + strings.Join(quoted, ",") + `]: supported values: "All"`
			return true, []object.FieldError{{Reason: "FieldValueNotSupported", Field: "dryRun", Message: message}}
		}
	}
	return len(values) > 0, nil
}

// engine describes the call to the object package.
func (c *call) engine() *object.Write {
	return &object.Write{
		APIVersion: c.kind.apiVersion(), Kind: c.kind.name, Resource: c.kind.resource,
		Namespace: c.namespace, Name: c.name, Subresource: c.subresource,
		Manager:         c.manager(),
		Force:           flag(c.query, "force"),
		DryRun:          len(c.query["dryRun"]) > 0,
		FieldValidation: c.query.Get("fieldValidation"),
		Time:            timestamp(),
	}
}

// manager is who the write's fields belong to.
func (c *call) manager() string {
	agent, _, _ := strings.Cut(c.http.UserAgent(), "/")
	return cmp.Or(c.query.Get("fieldManager"), agent, "unknown")
}

// create stores a new object.
func (c *call) create(w http.ResponseWriter) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	dryRun, err := c.writeOptions("CreateOptions")
	if err != nil {
		return err
	}
	engine := c.engine()
	made, err := engine.Create(body)
	warn(w, engine.Warnings)
	if err != nil {
		return err
	}
	if sent, err := object.Decode(body); err == nil {
		if version, err := strconv.ParseUint(text(sent, "metadata", "resourceVersion"), 10, 64); err == nil && version != 0 {
			return failure(http.StatusInternalServerError, "", "resourceVersion should not be set on objects to be created", nil)
		}
	}
	warnings, err := c.server.podSecurityOf(c.kind, c.namespace).admit(nil, made)
	warn(w, warnings)
	if err != nil {
		return err
	}
	created, err := c.server.insert(c.kind, c.namespace, made, dryRun)
	if err != nil {
		return err
	}
	return c.writeObject(w, http.StatusCreated, created)
}

// insert stores a new object that the engine has made, under its name or one generated for it.
func (s *Server) insert(k *kind, namespace string, made map[string]any, dryRun bool) (*entry, error) {
	if k.namespaced {
		if err := s.checkNamespace(k, namespace, text(made, "metadata", "name")); err != nil {
			return nil, err
		}
	}
	name := text(made, "metadata", "name")
	return s.store.write(k, namespace, name, func(current map[string]any) (verdict, error) {
		if current != nil {
			return verdict{}, alreadyExists(k, name)
		}
		return verdict{object: born(k, namespace, made), dryRun: dryRun}, nil
	})
}

// born gives a new object what the API server does.
func born(k *kind, namespace string, made map[string]any) map[string]any {
	made = with(made, newUID(), "metadata", "uid")
	made = with(made, timestamp(), "metadata", "creationTimestamp")
	if k.namespaced {
		made = with(made, namespace, "metadata", "namespace")
	}
	switch k {
	case namespaceKind:
		made = with(made, []any{"kubernetes"}, "spec", "finalizers")
	case podKind:
		made = withToken(made)
	case jobKind:
		made = withSelector(made)
	}
	return made
}

// withSelector gives a new job that has no selector of its own one by its uid, and its pods the labels for that.
func withSelector(job map[string]any) map[string]any {
	if at(job, "spec", "manualSelector") == true {
		return job
	}
	uid, name := text(job, "metadata", "uid"), text(job, "metadata", "name")
	before := fields(job, "spec", "template", "metadata", "labels")
	labels := map[string]any{"controller-uid": uid, "batch.kubernetes.io/controller-uid": uid, "job-name": name, "batch.kubernetes.io/job-name": name}
	maps.Copy(labels, before)
	own := fields(job, "metadata", "labels")
	if len(own) == 0 || object.Equal(own, before) { // by default they are those of its pods
		job = with(job, labels, "metadata", "labels")
	}
	job = with(job, labels, "spec", "template", "metadata", "labels")
	return with(job, uid, "spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid")
}

// checkNamespace refuses what goes into a namespace that is not there, or is going.
func (s *Server) checkNamespace(k *kind, namespace, name string) error {
	e := s.store.get(namespaceKind, "", namespace)
	if e == nil {
		return notFound(namespaceKind, namespace)
	}
	if text(e.object, "status", "phase") == "Terminating" {
		status := forbidden(k, name, "unable to create new content in namespace "+namespace+" because it is being terminated")
		status.Details.Causes = []statusCause{{Reason: "NamespaceTerminating", Message: "namespace " + namespace + " is being terminated", Field: "metadata.namespace"}}
		return status
	}
	return nil
}

// update replaces an object, or the part of it that a subresource is.
func (c *call) update(w http.ResponseWriter) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	dryRun, err := c.writeOptions("UpdateOptions")
	if err != nil {
		return err
	}
	return c.change(w, dryRun, func(engine *object.Write, current map[string]any) (map[string]any, error) {
		if c.subresource == "scale" {
			return replaceScale(c.kind, current, engine, body)
		}
		return engine.Replace(current, body)
	})
}

// change writes what the engine makes of the stored object, and answers with it.
func (c *call) change(w http.ResponseWriter, dryRun bool, make func(engine *object.Write, current map[string]any) (map[string]any, error)) error {
	engine, created, before := c.engine(), false, ""
	policy := c.server.podSecurityOf(c.kind, c.namespace)
	changed, err := c.server.store.write(c.kind, c.namespace, c.name, func(current map[string]any) (verdict, error) {
		if current == nil && (c.patchType() != applyPatch || c.subresource != "") {
			return verdict{}, notFound(c.kind, c.name)
		}
		before = text(current, "metadata", "resourceVersion")
		next, err := make(engine, current)
		if err != nil {
			return verdict{}, err
		}
		warnings, err := policy.admit(current, next)
		engine.Warnings = append(engine.Warnings, warnings...)
		if err != nil {
			return verdict{}, err
		}
		if current == nil {
			created, next = true, born(c.kind, c.namespace, next)
		}
		return verdict{object: next, dryRun: dryRun, remove: finished(next)}, nil
	})
	warn(w, engine.Warnings)
	if err != nil {
		return err
	}
	if finished(changed.object) { // the write that let go of it is answered with the version before
		changed = &entry{object: with(changed.object, before, "metadata", "resourceVersion")}
	}
	if created {
		return c.writeObject(w, http.StatusCreated, changed)
	}
	return c.writeObject(w, http.StatusOK, changed)
}

// finished reports whether an object under deletion has nothing left to wait for.
func finished(o map[string]any) bool {
	if text(o, "metadata", "deletionTimestamp") == "" || len(list(o, "metadata", "finalizers")) > 0 || len(list(o, "spec", "finalizers")) > 0 {
		return false
	}
	grace, _ := number(o, "metadata", "deletionGracePeriodSeconds")
	return grace == 0
}

func timestamp() string { return time.Now().UTC().Format(time.RFC3339) }

// newUID makes a random UUID (RFC 9562, version 4).
func newUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
}
