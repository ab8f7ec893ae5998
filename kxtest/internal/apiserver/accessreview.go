package apiserver

import (
	"fmt"
	"net/http"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// reviewAccess serves a SelfSubjectAccessReview: may the user do what it describes?
func (c *call) reviewAccess(w http.ResponseWriter) error {
	review, err := c.readReview("authorization.k8s.io/v1", "SelfSubjectAccessReview")
	if err != nil {
		return err
	}
	resource, path := object.Fields(review, "spec", "resourceAttributes"),
		object.Fields(review, "spec", "nonResourceAttributes")
	if (resource == nil) == (path == nil) {
		const message = "Invalid value: null: exactly one of nonResourceAttributes or " +
			"resourceAttributes must be specified"
		return api.Failure(http.StatusUnprocessableEntity, "Invalid",
			".authorization.k8s.io \"\" is invalid: spec.resourceAttributes: "+message,
			&api.StatusDetails{Group: "authorization.k8s.io",
				Causes: []api.StatusCause{{
					Reason:  "FieldValueInvalid",
					Message: message,
					Field:   "spec.resourceAttributes",
				}}})
	}
	a := attributes{verb: object.Text(path, "verb"), path: object.Text(path, "path")}
	if resource != nil {
		a = attributes{
			verb:        object.Text(resource, "verb"),
			group:       object.Text(resource, "group"),
			resource:    object.Text(resource, "resource"),
			subresource: object.Text(resource, "subresource"),
			namespace:   object.Text(resource, "namespace"),
			name:        object.Text(resource, "name"),
		}
	}
	manager := map[string]any{
		"manager":    c.manager(),
		"operation":  "Update",
		"apiVersion": "authorization.k8s.io/v1",
		"time":       api.Timestamp(),
		"fieldsType": "FieldsV1",
		"fieldsV1":   map[string]any{"f:spec": managedFieldSet(object.Fields(review, "spec"))},
	}
	review = object.With(object.With(review, []any{manager}, "metadata", "managedFields"),
		map[string]any{"allowed": c.user.May(a)}, "status")
	c.write(w, http.StatusCreated, api.Typed("authorization.k8s.io/v1", "SelfSubjectAccessReview",
		api.EncodeObject(review)))
	return nil
}

// reviewSelf serves a SelfSubjectReview: the user's name, groups and extra fields.
func (c *call) reviewSelf(w http.ResponseWriter) error {
	review, err := c.readReview("authentication.k8s.io/v1", "SelfSubjectReview")
	if err != nil {
		return err
	}
	info := map[string]any{"username": c.user.Name, "groups": anyList(c.user.Groups)}
	if c.user.UID != "" {
		info["uid"] = c.user.UID
	}
	if len(c.user.extra) > 0 {
		extra := map[string]any{}
		for key, values := range c.user.extra {
			extra[key] = anyList(values)
		}
		info["extra"] = extra
	}
	review = object.With(object.With(review, api.Timestamp(), "metadata", "creationTimestamp"),
		map[string]any{"userInfo": info}, "status")
	c.write(w, http.StatusCreated, api.Typed("authentication.k8s.io/v1", "SelfSubjectReview",
		api.EncodeObject(review)))
	return nil
}

func (c *call) readReview(apiVersion, kind string) (map[string]any, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	review, err := object.Decode(body)
	if err != nil {
		return nil, api.BadRequest("the object provided is unrecognized (must be of type " + kind +
			"): couldn't get version/kind; json parse error: " + err.Error())
	}
	got := object.Text(review, "kind")
	if got != "" && (got != kind || object.Text(review, "apiVersion") != apiVersion) {
		return nil, api.BadRequest(fmt.Sprintf("%s in version %q cannot be handled as a %s", got,
			object.Text(review, "apiVersion"), kind))
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

// managedFieldSet returns the fields of an object without lists in the form of managedFields.
func managedFieldSet(o map[string]any) map[string]any {
	set := map[string]any{}
	for name, value := range o {
		set["f:"+name] = map[string]any{}
		if inner, ok := value.(map[string]any); ok {
			set["f:"+name] = object.With(managedFieldSet(inner), map[string]any{}, ".")
		}
	}
	return set
}
