package auth

import (
	"context"

	"github.com/kx-k8s/kx/transport"
)

// Attributes describe a request that the server is to authorize: a verb on a resource
// (authorization/v1 ResourceAttributes), or with Path a verb on another URL.
type Attributes struct {
	// Path is the path of a URL, such as "/metrics". With it only the verb counts.
	Path string `json:"path,omitzero"`
	// Namespace is "" for all namespaces, and for resources without one.
	Namespace string `json:"namespace,omitzero"`
	// Verb is get, list, watch, create, update, patch, delete or the like. For a Path it is the
	// HTTP method in lower case. "*" means all.
	Verb string `json:"verb,omitzero"`
	// Group is "" for the core group, and Version may be "". Resource is a name such as "pods",
	// Subresource one such as "log". In each "*" means all.
	Group       string `json:"group,omitzero"`
	Version     string `json:"version,omitzero"`
	Resource    string `json:"resource,omitzero"`
	Subresource string `json:"subresource,omitzero"`
	// Name is "" for all objects.
	Name string `json:"name,omitzero"`
}

// Decision is the result of authorization. The server refuses the request unless Allowed is true.
// Denied reports that an authorizer forbids the request, so that no other one can allow it.
type Decision struct {
	Allowed bool `json:"allowed"`
	Denied  bool `json:"denied"`
	// Reason explains the decision; RBAC explains only what it allows. EvaluationError is why the
	// server may have missed a permission.
	Reason          string `json:"reason"`
	EvaluationError string `json:"evaluationError"`
}

// CanI asks the server whether the client's user may make this request (SelfSubjectAccessReview).
// The resource and the object need not exist.
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
	r := review{group: "authorization.k8s.io", kind: "SelfSubjectAccessReview",
		resource: "selfsubjectaccessreviews", spec: spec}
	d := &Decision{}
	if err := r.ask(ctx, client, d); err != nil {
		return nil, err
	}
	return d, nil
}
