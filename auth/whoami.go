package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/transport"
)

// User is an identity to the API server (authentication/v1 UserInfo).
type User struct {
	Username string              `json:"username"`
	UID      string              `json:"uid,omitzero"`
	Groups   []string            `json:"groups,omitzero"`
	Extra    map[string][]string `json:"extra,omitzero"`
}

// WhoAmI asks the server for the user of the client's credentials (SelfSubjectReview, KEP-3325).
// For a server before Kubernetes 1.28 the error matches transport.ErrNotFound. For refused
// credentials it matches transport.ErrUnauthorized.
func WhoAmI(ctx context.Context, client *transport.Client) (*User, error) {
	var status struct {
		User User `json:"userInfo"`
	}
	r := review{group: "authentication.k8s.io", kind: "SelfSubjectReview",
		resource: "selfsubjectreviews"}
	err := r.ask(ctx, client, &status)
	if errors.Is(err, transport.ErrNotFound) {
		return nil, fmt.Errorf(
			"the server does not report who you are, which needs Kubernetes 1.28 or newer: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return &status.User, nil
}
