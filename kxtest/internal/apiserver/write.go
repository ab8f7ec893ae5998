package apiserver

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/podsecurity"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// engine describes the request to package object.
func (c *call) engine() *object.Write {
	return &object.Write{
		APIVersion:      c.kind.APIVersion(),
		Kind:            c.kind.Name,
		Resource:        c.kind.Resource,
		Custom:          c.kind.Custom,
		Namespace:       c.namespace,
		Name:            c.name,
		Subresource:     c.subresource,
		Manager:         c.manager(),
		Force:           queryBool(c.query, "force"),
		DryRun:          len(c.query["dryRun"]) > 0,
		FieldValidation: c.query.Get("fieldValidation"),
		Time:            api.Timestamp(),
	}
}

// manager returns the field manager of a write.
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
	if sent, err := object.Decode(body); err == nil && !dryRun { // etcd's client checks it
		if version, err := strconv.ParseUint(object.Text(sent, "metadata", "resourceVersion"), 10,
			64); err == nil &&
			version != 0 {
			return api.Failure(http.StatusInternalServerError, "",
				"resourceVersion should not be set on objects to be created", nil)
		}
	}
	warnings, err := c.podSecurity().Admit(nil, made)
	warn(w, warnings)
	if err != nil {
		return err
	}
	created, err := c.server.Store.Insert(c.kind, c.namespace, made, dryRun)
	if err != nil {
		return err
	}
	return c.writeObject(w, http.StatusCreated, created)
}

// update replaces an object, or the part of it that belongs to the subresource.
func (c *call) update(w http.ResponseWriter) error {
	body, err := c.body()
	if err != nil {
		return err
	}
	dryRun, err := c.writeOptions("UpdateOptions")
	if err != nil {
		return err
	}
	return c.modify(w, dryRun, func(engine *object.Write, current map[string]any) (map[string]any,
		error) {
		if c.subresource == "scale" {
			return replaceScale(c.kind, current, engine, body)
		}
		return engine.Replace(current, body)
	})
}

// mayCreate reports whether the user of an apply may create an object that does not exist.
func (c *call) mayCreate() bool {
	attributes := c.attributes()
	attributes.verb = "create"
	return c.user.May(attributes)
}

// modify calls decide with the current object, stores the outcome and responds with it.
func (c *call) modify(
	w http.ResponseWriter, dryRun bool,
	decide func(engine *object.Write, current map[string]any) (map[string]any, error),
) error {
	engine, created, before := c.engine(), false, ""
	policy := c.podSecurity()
	changed, err := c.server.Store.Write(c.kind, c.namespace, c.name,
		func(current map[string]any) (storage.Outcome,
			error) {
			if current == nil && (c.patchType() != applyPatch || c.subresource != "") {
				return storage.Outcome{}, api.NotFound(c.kind, c.name)
			}
			if current == nil && !c.mayCreate() {
				return storage.Outcome{}, c.forbiddenTo("create")
			}
			before = object.Text(current, "metadata", "resourceVersion")
			next, err := decide(engine, current)
			if err != nil {
				return storage.Outcome{}, err
			}
			warnings, err := policy.Admit(current, next)
			engine.Warnings = append(engine.Warnings, warnings...)
			if err != nil {
				return storage.Outcome{}, err
			}
			if current == nil {
				created, next = true, c.server.Store.PrepareForCreate(c.kind, c.namespace, next)
			}
			return storage.Outcome{Object: next, DryRun: dryRun,
				Remove: storage.DeletionComplete(next)}, nil
		})
	warn(w, engine.Warnings)
	if err != nil {
		return err
	}
	if storage.DeletionComplete(changed.Object) {
		// The API server responds to the last write with the previous resourceVersion.
		changed = &storage.Entry{Object: object.With(changed.Object, before, "metadata",
			"resourceVersion")}
	}
	if created {
		return c.writeObject(w, http.StatusCreated, changed)
	}
	return c.writeObject(w, http.StatusOK, changed)
}

// podSecurity returns the policy of the request's namespace. For kinds other than Pod it is empty.
func (c *call) podSecurity() podsecurity.Policy {
	if c.kind != api.PodKind {
		return podsecurity.Policy{}
	}
	namespace := c.server.Store.Get(api.NamespaceKind, "", c.namespace)
	if namespace == nil {
		return podsecurity.Policy{}
	}
	return podsecurity.PolicyOf(object.Fields(namespace.Object, "metadata", "labels"))
}
