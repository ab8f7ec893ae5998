package auth

import (
	"context"

	"github.com/kx-k8s/kx/transport"
)

// Attributes are what a request looks like to authorization: a verb on a resource, or with Path on a URL that is none.
type Attributes struct {
	// Verb is such as get, list, watch, create, update, patch, delete; of a Path it is the HTTP method in lower case. "*" is all.
	Verb string
	// Group is empty for the core group, and Version may be left out. Resource is such as "pods", Subresource such as "log"; "*" is all of them.
	Group, Version, Resource, Subresource string
	// Namespace is empty for all of them, and for resources that live in none. Name is empty for all objects.
	Namespace, Name string
	// Path is a URL's, such as "/metrics". With it only the verb counts.
	Path string
}

// Decision is what authorization says of a request. Not Allowed is a no; Denied says that no other authorizer could have allowed it.
type Decision struct {
	Allowed bool `json:"allowed"`
	Denied  bool `json:"denied"`
	// Reason is why, which RBAC tells only of what it allows. EvaluationError is what kept the server from finding out all.
	Reason          string `json:"reason"`
	EvaluationError string `json:"evaluationError"`
}

// CanI asks the server whether the client's user may do this (SelfSubjectAccessReview). It does not matter whether there is such a resource or object.
func CanI(ctx context.Context, client *transport.Client, a Attributes) (*Decision, error) {
	type resource struct {
		Namespace   string `json:"namespace,omitzero"`
		Verb        string `json:"verb,omitzero"`
		Group       string `json:"group,omitzero"`
		Version     string `json:"version,omitzero"`
		Resource    string `json:"resource,omitzero"`
		Subresource string `json:"subresource,omitzero"`
		Name        string `json:"name,omitzero"`
	}
	type path struct {
		Path string `json:"path"`
		Verb string `json:"verb,omitzero"`
	}
	var spec struct {
		Resource *resource `json:"resourceAttributes,omitzero"`
		Path     *path     `json:"nonResourceAttributes,omitzero"`
	}
	if a.Path != "" {
		spec.Path = &path{a.Path, a.Verb}
	} else {
		spec.Resource = &resource{a.Namespace, a.Verb, a.Group, a.Version, a.Resource, a.Subresource, a.Name}
	}
	r := review{group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", resource: "selfsubjectaccessreviews", spec: spec}
	d := &Decision{}
	if err := r.ask(ctx, client, d); err != nil {
		return nil, err
	}
	return d, nil
}
