package subresource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// MaxLogBytes is the size in bytes of the largest log that LogEndpoint.Get returns. By default the
// kubelet begins a new file after 10 MiB (containerLogMaxSize), and serves the newest file.
const MaxLogBytes = 64 << 20

// LogEndpoint reads the logs of containers.
type LogEndpoint struct {
	sub  resources.Endpoint[jsontext.Value]
	pods *resources.API[resources.PodOutline]
}

// Log returns the log subresource.
func Log[T any, P interface {
	*T
	resources.HasLog
}](api *resources.API[T]) *LogEndpoint {
	return &LogEndpoint{
		sub:  resources.Sub[jsontext.Value](api, "log"),
		pods: resources.As[resources.PodOutline](api),
	}
}

// Open returns the log of a container of the pod called name, as the server sends it. It holds
// stdout and stderr. The caller must close it.
//
// With LogOptions.Follow a Read waits for more until the container ends. Open does not resume a
// log whose connection is lost: Lines does. If the options contradict each other, Open fails with a
// *resources.OptionError and sends nothing. If the answer is no text/plain, such as a proxy's page,
// Open fails with a *LogFormatError. So does the first Read if the answer is the kubelet's message
// that it cannot read the log. A log that is cut off ends with an error, never with io.EOF.
// The log of a pod that is on no node is empty.
func (e *LogEndpoint) Open(ctx context.Context, name string, o LogOptions,
	opts ...GetOption) (io.ReadCloser, error) {
	body, err := e.openUnchecked(ctx, name, o, opts...)
	if err != nil {
		return nil, err
	}
	return &logBody{body, func(text string) error {
		return e.confirm(ctx, name, o, text, opts)
	}}, nil
}

// openUnchecked is Open for callers that look for errors of the kubelet themselves.
func (e *LogEndpoint) openUnchecked(ctx context.Context, name string, o LogOptions,
	opts ...GetOption) (io.ReadCloser, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	for attempt := 0; ; attempt++ {
		resp, err := e.sub.OpenResponse(ctx, name, o.query(), opts...)
		if err != nil {
			return nil, err
		}
		if resp.StatusCode != http.StatusNoContent {
			if err := checkLogType(resp, name, o.Container); err != nil {
				resp.Body.Close()
				return nil, err
			}
			return resp.Body, nil
		}
		node, err := e.nodeOf(ctx, name, opts)
		switch {
		case err == nil && node == "":
			return resp.Body, nil
		case err == nil && attempt == 0: // the pod may have been scheduled in between
		case err == nil:
			err = &LogFormatError{Pod: name, Container: o.Container,
				Problem: "the answer has no content, and the pod is on node " + node +
					": a proxy may have sent it"}
		}
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
	}
}

// nodeOf returns the node of a pod whose log has no content: the API server answers 204 for a pod
// that is on no node. It returns "" if the user may not get the pod.
func (e *LogEndpoint) nodeOf(ctx context.Context, name string, opts []GetOption) (string, error) {
	pod, err := e.pods.Get(ctx, name, opts...)
	switch {
	case errors.Is(err, transport.ErrForbidden):
		return "", nil
	case err != nil:
		return "", err
	}
	return pod.Spec.NodeName, nil
}

// Get returns the log of a container of the pod called name, up to now. It fails if the log is
// larger than MaxLogBytes, or if o.Follow is set.
func (e *LogEndpoint) Get(ctx context.Context, name string, o LogOptions,
	opts ...GetOption) ([]byte, error) {
	if o.Follow {
		return nil, &resources.OptionError{Option: "Follow",
			Problem: "a log that is followed has no end to wait for: use Lines or Open"}
	}
	body, err := e.Open(ctx, name, o, opts...)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	text, err := io.ReadAll(io.LimitReader(body, MaxLogBytes+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("log of pod %s: %w", name, err)
	case len(text) > MaxLogBytes:
		return nil, fmt.Errorf("log of pod %s: it has more bytes than subresource.MaxLogBytes, "+
			"which is %d: set Tail or LimitBytes, or use Lines or Open", name, MaxLogBytes)
	}
	return text, nil
}

// checkLogType fails unless the answer is text/plain, as the API server sends each log. It quotes
// what a proxy sent instead, such as a web page or a JSON object.
func checkLogType(resp *transport.Response, pod, container string) error {
	media, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if err == nil && media == "text/plain" {
		return nil
	}
	problem := "the answer is no plain text: a proxy may have sent it"
	if media == "text/html" {
		problem = "the answer is a web page: a proxy may have sent it"
	}
	start := make([]byte, maxQuotedLog+1)
	n, _ := io.ReadFull(resp.Body, start) // what arrived is quoted
	return &LogFormatError{Pod: pod, Container: container, Text: string(start[:n]),
		Problem: problem}
}
