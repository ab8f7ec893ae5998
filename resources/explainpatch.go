package resources

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/kx-k8s/kx/transport"
)

// explainPatch adds to the refusal of a JSON Patch which operation failed. The server does not say
// so: its 422 has no causes. explainPatch reads the object once more and applies the patch to it.
// It returns the refusal alone if that is not possible, or if the patch applies by now.
func (r requester) explainPatch(ctx context.Context, s *options, name string, p Patch,
	refusal error) error {
	var status *transport.StatusError
	if !errors.As(refusal, &status) || hasCauses(status) {
		return refusal
	}
	explainer, ok := p.(interface{ Explain() func([]byte) error })
	if !ok {
		return refusal
	}
	explain := explainer.Explain()
	if explain == nil {
		return refusal
	}
	object, err := r.fetch(ctx, &options{namespace: s.namespace, timeout: s.timeout},
		&transport.Request{Method: http.MethodGet}, name)
	if err != nil {
		return refusal
	}
	if err := explain(object); err != nil {
		return fmt.Errorf("%w: %w", refusal, err)
	}
	return refusal
}

func hasCauses(e *transport.StatusError) bool {
	return e.Status.Details != nil && len(e.Status.Details.Causes) > 0
}
