package auth

import (
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/transport"
)

// User is who one is to the API server (authentication/v1 UserInfo).
type User struct {
	Username string              `json:"username"`
	UID      string              `json:"uid,omitzero"`
	Groups   []string            `json:"groups,omitzero"`
	Extra    map[string][]string `json:"extra,omitzero"`
}

// WhoAmI asks the server who it takes the client's credentials for (SelfSubjectReview, KEP-3325).
// A server before Kubernetes 1.28 does not know; that error matches transport.ErrNotFound, as one for credentials that are not taken matches transport.ErrUnauthorized.
func WhoAmI(ctx context.Context, client *transport.Client) (*User, error) {
	var status struct {
		User User `json:"userInfo"`
	}
	r := review{group: "authentication.k8s.io", kind: "SelfSubjectReview", resource: "selfsubjectreviews"}
	err := r.ask(ctx, client, &status)
	if errors.Is(err, transport.ErrNotFound) {
		return nil, fmt.Errorf("the server cannot tell who you are, which takes Kubernetes 1.28 or newer: %w", err)
	}
	if err != nil {
		return nil, err
	}
	return &status.User, nil
}
