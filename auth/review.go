package auth

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// review is a question to the server: an object that the client creates and the server does not
// store. The status of the response is the answer.
type review struct {
	group, kind, resource string
	spec                  any
}

// ask sends r and decodes the status of the response.
func (r *review) ask(ctx context.Context, client *transport.Client, status any) error {
	body, err := json.Marshal(struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Spec       any    `json:"spec,omitzero"`
	}{r.group + "/v1", r.kind, r.spec})
	if err != nil {
		return fmt.Errorf("auth: %s: %w", r.kind, err)
	}
	answer, err := client.Fetch(ctx, &transport.Request{
		Method: http.MethodPost, Path: []string{"apis", r.group, "v1", r.resource},
		Body: body, Idempotent: true,
	})
	if err != nil {
		return err
	}
	var got struct {
		Kind       string         `json:"kind"`
		APIVersion string         `json:"apiVersion"`
		Status     jsontext.Value `json:"status"`
	}
	err = json.Unmarshal(answer, &got)
	if err == nil {
		group, _, _ := strings.Cut(got.APIVersion, "/")
		if got.Kind != r.kind || group != r.group || got.Status == nil {
			return &transport.AnswerError{Method: http.MethodPost, Target: r.resource,
				Want: r.group + "/v1 " + r.kind,
				Got:  fmt.Sprintf("%s %s with status %s", got.APIVersion, got.Kind, got.Status)}
		}
		err = json.Unmarshal(got.Status, status)
	}
	if err != nil {
		return &transport.AnswerError{Method: http.MethodPost, Target: r.resource, Err: err}
	}
	return nil
}
