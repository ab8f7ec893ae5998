package subresource

import (
	"context"
	"io"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// LogEndpoint reads the logs of containers.
type LogEndpoint struct {
	sub resources.Endpoint[jsontext.Value]
}

// Log returns the log subresource.
func Log[T any, P interface {
	*T
	resources.HasLog
}](api *resources.API[T]) *LogEndpoint {
	return &LogEndpoint{resources.Sub[jsontext.Value](api, "log")}
}

// LogOptions name the log to read (core/v1 PodLogOptions).
type LogOptions struct {
	// Container may be empty if the pod has one container.
	Container string
}

// Open returns the log of a container of the pod called name, from its start up to now. It holds
// stdout and stderr. The caller must close it.
func (e *LogEndpoint) Open(ctx context.Context, name string, o LogOptions,
	opts ...GetOption) (io.ReadCloser, error) {
	query := url.Values{}
	if o.Container != "" {
		query.Set("container", o.Container)
	}
	return e.sub.Open(ctx, name, query, opts...)
}
