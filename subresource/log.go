package subresource

import (
	"context"
	"io"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// LogEndpoint reads what containers have written.
type LogEndpoint struct {
	sub resources.Endpoint[jsontext.Value]
}

// Log gives the log subresource.
func Log[T any, P interface {
	*T
	resources.HasLog
}](api *resources.API[T]) *LogEndpoint {
	return &LogEndpoint{resources.Sub[jsontext.Value](api, "log")}
}

// LogOptions say whose log to read (core/v1 PodLogOptions).
type LogOptions struct {
	// Container may be left out where the pod has one.
	Container string
}

// Open reads the log of a container of the pod called name, stdout and stderr together, from its start to what there is now. The reader must be closed.
func (e *LogEndpoint) Open(ctx context.Context, name string, o LogOptions, opts ...GetOption) (io.ReadCloser, error) {
	query := url.Values{}
	if o.Container != "" {
		query.Set("container", o.Container)
	}
	return e.sub.Open(ctx, name, query, opts...)
}
