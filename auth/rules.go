package auth

import (
	"context"

	"github.com/kx-k8s/kx/transport"
)

// PolicyRule allows verbs on resources or URLs (rbac/v1 PolicyRule). "*" is all.
type PolicyRule struct {
	// APIGroups has "" for the core group. Resources are names such as "pods" and "pods/log".
	// ResourceNames, if any, restrict the rule to those objects.
	APIGroups       []string `json:"apiGroups,omitzero"`
	Resources       []string `json:"resources,omitzero"`
	ResourceNames   []string `json:"resourceNames,omitzero"`
	NonResourceURLs []string `json:"nonResourceURLs,omitzero"`
	Verbs           []string `json:"verbs"`
}

// RuleList is what the user may do in a namespace, as far as the server can list it.
type RuleList struct {
	Rules []PolicyRule
	// Incomplete reports that an authorizer, such as a webhook, cannot list its rules.
	// EvaluationError may say more.
	Incomplete      bool
	EvaluationError string
}

// Rules asks the server what the client's user may do in a namespace (SelfSubjectRulesReview). The
// namespace must not be "". The list is for people: only CanI returns the decision that a request
// would get.
func Rules(ctx context.Context, client *transport.Client, namespace string) (*RuleList, error) {
	r := review{group: "authorization.k8s.io", kind: "SelfSubjectRulesReview",
		resource: "selfsubjectrulesreviews"}
	r.spec = struct {
		Namespace string `json:"namespace"`
	}{namespace}
	var status struct {
		Resources       []PolicyRule `json:"resourceRules"`
		Paths           []PolicyRule `json:"nonResourceRules"`
		Incomplete      bool         `json:"incomplete"`
		EvaluationError string       `json:"evaluationError"`
	}
	if err := r.ask(ctx, client, &status); err != nil {
		return nil, err
	}
	return &RuleList{append(status.Resources, status.Paths...), status.Incomplete,
		status.EvaluationError}, nil
}
