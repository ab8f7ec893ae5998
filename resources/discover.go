package resources

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/transport"
)

// UnknownKindError reports that the server serves no such kind.
type UnknownKindError struct {
	Name string
	// Similar are names of kinds that the server serves, of which Name may be a misspelling.
	Similar []string
}

func (e *UnknownKindError) Error() string {
	if len(e.Similar) > 0 {
		return fmt.Sprintf("the server has no resource type %q: did you mean %s?", e.Name,
			strings.Join(e.Similar, " or "))
	}
	return fmt.Sprintf(
		"the server has no resource type %q: check its spelling, and its group when it is from a "+
			"custom resource",
		e.Name)
}

// PartialDiscoveryError reports that a kind is in none of the groups whose kinds the server lists
// now. It may be in one of Groups.
type PartialDiscoveryError struct {
	Name string
	// Groups are the groups without a current list of kinds, such as "metrics.k8s.io/v1beta1".
	Groups []string
	// Err is the server's answer to the last request for such a list. It is nil if the server
	// marks the lists as stale, which it does while it cannot reach the API server of a group.
	Err error
}

func (e *PartialDiscoveryError) Error() string {
	reason := "the server has no current list of " + strings.Join(e.Groups, ", ") +
		": try again later, or check the APIService of the group"
	if e.Err != nil {
		reason = e.Err.Error()
	}
	return fmt.Sprintf("resource type %q is in none of the groups that could be asked: %s", e.Name,
		reason)
}

func (e *PartialDiscoveryError) Unwrap() error { return e.Err }

// Discover returns the kind that [Discovery.Find] finds by name, such as "widgets", "wd" or
// "widgets.v1.example.com". It asks the server only if Lookup does not know the name. Programs that
// look for several kinds share a Discovery instead, which reads the server's documents once.
func Discover(ctx context.Context, client *transport.Client, name string) (Kind, error) {
	if kind, ok := Lookup(name); ok {
		return kind, nil
	}
	found, err := NewDiscovery(client).Find(ctx, name)
	return found.Kind, err
}

// DiscoverObject returns the kind of an object with this apiVersion and kind. It asks the server
// only for kinds without a model, in one small request. It fails with an *UnknownKindError if the
// server serves no such kind.
func DiscoverObject(ctx context.Context, client *transport.Client, apiVersion, kind string) (Kind,
	error) {
	for _, k := range knownKinds {
		if k.kind.APIVersion() == apiVersion && k.kind.Kind == kind {
			return k.kind, nil
		}
	}
	group, version, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group, version = "", apiVersion
	}
	found, err := readGroupVersion(ctx, client, group, version)
	if errors.Is(err, transport.ErrNotFound) {
		return Kind{}, &UnknownKindError{Name: apiVersion + " " + kind}
	}
	if err != nil {
		return Kind{}, err
	}
	for _, r := range found {
		if r.Kind.Kind == kind {
			return r.Kind, nil
		}
	}
	return Kind{}, &UnknownKindError{Name: apiVersion + " " + kind}
}
