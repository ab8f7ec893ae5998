package auth

import (
	"context"

	"github.com/kx-k8s/kx/transport"
)

// PolicyRule allows verbs on resources or on URLs (rbac/v1 PolicyRule). "*" stands for all.
type PolicyRule struct {
	// APIGroups has "" for the core group. Resources are such as "pods" and "pods/log"; ResourceNames, when there are any, are the only objects.
	APIGroups       []string `json:"apiGroups,omitzero"`
	Resources       []string `json:"resources,omitzero"`
	ResourceNames   []string `json:"resourceNames,omitzero"`
	NonResourceURLs []string `json:"nonResourceURLs,omitzero"`
	Verbs           []string `json:"verbs"`
}

// RuleList is what one may do in a namespace, as far as the server can tell.
type RuleList struct {
	Rules []PolicyRule
	// Incomplete is true when an authorizer, such as a webhook, cannot list its rules; EvaluationError may say more.
	Incomplete      bool
	EvaluationError string
}

// Rules asks the server what the client's user may do in a namespace (SelfSubjectRulesReview), which must not be empty.
// The list is for people to read: CanI alone gives the answer that a request would get.
func Rules(ctx context.Context, client *transport.Client, namespace string) (*RuleList, error) {
	r := review{group: "authorization.k8s.io", kind: "SelfSubjectRulesReview", resource: "selfsubjectrulesreviews", spec: struct {
		Namespace string `json:"namespace"`
	}{namespace}}
	var status struct {
		Resources       []PolicyRule `json:"resourceRules"`
		Paths           []PolicyRule `json:"nonResourceRules"`
		Incomplete      bool         `json:"incomplete"`
		EvaluationError string       `json:"evaluationError"`
	}
	if err := r.ask(ctx, client, &status); err != nil {
		return nil, err
	}
	return &RuleList{append(status.Resources, status.Paths...), status.Incomplete, status.EvaluationError}, nil
}
