package kxtest

import (
	"fmt"
	"net/http"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// reviewAccess answers a SelfSubjectAccessReview: whether the user may do what it describes.
func (c *call) reviewAccess(w http.ResponseWriter) error {
	review, err := c.readReview("authorization.k8s.io/v1", "SelfSubjectAccessReview")
	if err != nil {
		return err
	}
	resource, path := fields(review, "spec", "resourceAttributes"), fields(review, "spec", "nonResourceAttributes")
	if (resource == nil) == (path == nil) {
		const message = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"
		return failure(http.StatusUnprocessableEntity, "Invalid", ".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: "+message,
			&statusDetails{Group: "authorization.k8s.io", Causes: []statusCause{{Reason: "FieldValueInvalid", Message: message, Field: "spec.resourceAttributes"}}})
	}
	a := attributes{verb: text(path, "verb"), path: text(path, "path")}
	if resource != nil {
		a = attributes{verb: text(resource, "verb"), group: text(resource, "group"), resource: text(resource, "resource"),
			subresource: text(resource, "subresource"), namespace: text(resource, "namespace"), name: text(resource, "name")}
	}
	manager := map[string]any{"manager": c.manager(), "operation": "Update", "apiVersion": "authorization.k8s.io/v1", "time": timestamp(),
		"fieldsType": "FieldsV1", "fieldsV1": map[string]any{"f:spec": owned(fields(review, "spec"))}}
	review = with(with(review, []any{manager}, "metadata", "managedFields"), map[string]any{"allowed": c.user.may(a)}, "status")
	c.write(w, http.StatusCreated, typed("authorization.k8s.io/v1", "SelfSubjectAccessReview", encodeObject(review)))
	return nil
}

// reviewSelf answers a SelfSubjectReview: who the user is.
func (c *call) reviewSelf(w http.ResponseWriter) error {
	review, err := c.readReview("authentication.k8s.io/v1", "SelfSubjectReview")
	if err != nil {
		return err
	}
	info := map[string]any{"username": c.user.name, "groups": anyList(c.user.groups)}
	if c.user.uid != "" {
		info["uid"] = c.user.uid
	}
	if len(c.user.extra) > 0 {
		extra := map[string]any{}
		for key, values := range c.user.extra {
			extra[key] = anyList(values)
		}
		info["extra"] = extra
	}
	review = with(with(review, timestamp(), "metadata", "creationTimestamp"), map[string]any{"userInfo": info}, "status")
	c.write(w, http.StatusCreated, typed("authentication.k8s.io/v1", "SelfSubjectReview", encodeObject(review)))
	return nil
}

func (c *call) readReview(apiVersion, kind string) (map[string]any, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	review, err := object.Decode(body)
	if err != nil {
		return nil, badRequest("the object provided is unrecognized (must be of type " + kind + "): couldn't get version/kind; json parse error: " + err.Error())
	}
	got := text(review, "kind")
	if got != "" && (got != kind || text(review, "apiVersion") != apiVersion) {
		return nil, badRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s", got, text(review, "apiVersion"), kind))
	}
	if review["metadata"] == nil {
		review["metadata"] = map[string]any{}
	}
	return review, nil
}

func anyList[T any](values []T) []any {
	list := make([]any, len(values))
	for i, value := range values {
		list[i] = value
	}
	return list
}

// owned names the fields of an object that has no lists, as managedFields has them.
func owned(o map[string]any) map[string]any {
	set := map[string]any{}
	for name, value := range o {
		set["f:"+name] = map[string]any{}
		if inner, ok := value.(map[string]any); ok {
			set["f:"+name] = with(owned(inner), map[string]any{}, ".")
		}
	}
	return set
}
