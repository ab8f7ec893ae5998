package resources

import (
	"context"
	"net/http"

	"github.com/kx-k8s/kx/transport"
)

// eviction is the request for an eviction (policy/v1 Eviction).
type eviction struct {
	Kind          string           `json:"kind"`
	APIVersion    string           `json:"apiVersion"`
	Metadata      evictionMetadata `json:"metadata"`
	DeleteOptions *deleteOptions   `json:"deleteOptions,omitzero"`
}

// evictionMetadata names the object to evict. The server refuses another name than the path's.
type evictionMetadata struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace,omitzero"`
}

// Evict sends an Eviction (policy/v1) of the object called name to its eviction subresource. The
// options are those of a deletion. Package subresource has the call for kinds that can be evicted,
// and explains refusals: subresource.Eviction.
//
// DryRun goes into the query as well as into the body, because admission webhooks learn of a dry
// run from the query alone.
func Evict(ctx context.Context, endpoint Endpoint[Status], name string,
	opts ...DeleteOption) error {
	var s options
	for _, o := range opts {
		o.applyDelete(&s)
	}
	if s.dryRun {
		s.setQuery("dryRun", "All")
	}
	namespace := endpoint.namespace
	if s.namespace != nil {
		namespace = *s.namespace
	}
	body, err := endpoint.encode(&eviction{
		Kind: "Eviction", APIVersion: "policy/v1",
		Metadata:      evictionMetadata{Name: name, Namespace: namespace},
		DeleteOptions: s.deletion,
	})
	if err != nil {
		return err
	}
	return endpoint.exchange(ctx, &s, &transport.Request{Method: http.MethodPost,
		ContentType: "application/json", Body: body}, new(Status), name)
}
