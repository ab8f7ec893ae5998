package auth

import (
	"context"

	"github.com/kx-k8s/kx/transport"
)

// Attributes are what a request looks like to authorization (authorization/v1 ResourceAttributes): a verb on a resource, or with Path on a URL that is none.
type Attributes struct {
	// Path is a URL's, such as "/metrics". With it only the verb counts.
	Path string `json:"path,omitzero"`
	// Namespace is empty for all of them, and for resources that live in none.
	Namespace string `json:"namespace,omitzero"`
	// Verb is such as get, list, watch, create, update, patch, delete; of a Path it is the HTTP method in lower case. "*" is all.
	Verb string `json:"verb,omitzero"`
	// Group is empty for the core group, and Version may be left out. Resource is such as "pods", Subresource such as "log"; "*" is all of them.
	Group       string `json:"group,omitzero"`
	Version     string `json:"version,omitzero"`
	Resource    string `json:"resource,omitzero"`
	Subresource string `json:"subresource,omitzero"`
	// Name is empty for all objects.
	Name string `json:"name,omitzero"`
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
	var spec struct {
		Resource *Attributes `json:"resourceAttributes,omitzero"`
		Path     *Attributes `json:"nonResourceAttributes,omitzero"`
	}
	if a.Path != "" {
		spec.Path = &Attributes{Path: a.Path, Verb: a.Verb}
	} else {
		spec.Resource = &a
	}
	r := review{group: "authorization.k8s.io", kind: "SelfSubjectAccessReview", resource: "selfsubjectaccessreviews", spec: spec}
	d := &Decision{}
	if err := r.ask(ctx, client, d); err != nil {
		return nil, err
	}
	return d, nil
}
