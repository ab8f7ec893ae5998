package subresource

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// ErrBudget is matched by the error of an eviction that a disruption budget forbids for now.
var ErrBudget = errors.New("a disruption budget forbids the eviction")

// BudgetError reports that a disruption budget forbids an eviction for now. Nothing was evicted. It
// matches ErrBudget, and wraps the server's refusal (429).
type BudgetError struct {
	// Budget is the name of the PodDisruptionBudget, or "" if the server did not name it.
	Budget string
	// Cause is the server's explanation, such as "The disruption budget web needs 2 healthy pods
	// and has 2 currently".
	Cause string
	// RetryAfter is how long the server asks to wait. It is zero if the server does not know when
	// the budget will allow the eviction, which is the usual case.
	RetryAfter time.Duration
	// Err is the *transport.StatusError.
	Err error
}

// maxCause is how many bytes of the server's explanation go into the error's text.
const maxCause = 512

func (e *BudgetError) Error() string {
	cause := e.Cause
	if len(cause) > maxCause {
		cause = cause[:maxCause] + " …"
	}
	return e.Err.Error() + "; " + printable.Text(strings.TrimSuffix(cause, ".")) +
		": try again once more pods are healthy"
}

// Unwrap returns the server's refusal.
func (e *BudgetError) Unwrap() error { return e.Err }

// Is matches ErrBudget.
func (e *BudgetError) Is(target error) bool { return target == ErrBudget }

// EvictOption is an option of Evict. The options are those of a deletion: GracePeriod, IfUID,
// IfResourceVersion, DryRun, Namespace and RequestTimeout.
type EvictOption = resources.DeleteOption

// EvictionEndpoint evicts pods.
type EvictionEndpoint struct {
	sub resources.Endpoint[resources.Status]
}

// Eviction returns the eviction subresource (policy/v1,
// https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/). The API server needs
// Kubernetes 1.22 or later. The user needs the verb create for pods/eviction.
func Eviction[T any, P interface {
	*T
	resources.HasEviction
}](api *resources.API[T]) *EvictionEndpoint {
	return &EvictionEndpoint{resources.Sub[resources.Status](api, "eviction")}
}

// Evict deletes the pod called name, unless a disruption budget forbids that. It returns once the
// server has accepted the eviction: the pod then ends within its grace period. A pod that has ended
// or has not started is deleted whatever its budget says.
//
// A budget's refusal is a *BudgetError, which matches ErrBudget. It is an answer and not a fault,
// so that it is never retried. A pod that several budgets select cannot be evicted: the error is a
// *RefusedError. If the pod does not exist, the error matches transport.ErrNotFound.
func (e *EvictionEndpoint) Evict(ctx context.Context, name string, opts ...EvictOption) error {
	return explainEviction(resources.Evict(ctx, e.sub, name, opts...))
}

// explainEviction turns a refusal because of budgets into the error that says so.
func explainEviction(err error) error {
	var status *transport.StatusError
	if !errors.As(err, &status) {
		return err
	}
	switch status.Code {
	case http.StatusTooManyRequests:
		cause, ok := budgetCause(status)
		if ok {
			return &BudgetError{
				Budget: budgetName(cause), Cause: cause, RetryAfter: status.RetryAfter, Err: err,
			}
		}
	case http.StatusInternalServerError:
		if strings.Contains(status.Status.Message, "more than one PodDisruptionBudget") {
			return &RefusedError{Err: err, Advice: "let one budget alone select the pod, or " +
				"delete the pod: a deletion does not ask the budgets"}
		}
	}
	return err
}

// budgetCause returns the explanation of a budget's refusal (policy/v1 DisruptionBudgetCause). A
// busy server's 429 has no such cause.
func budgetCause(e *transport.StatusError) (cause string, ok bool) {
	if e.Status.Details == nil {
		return "", false
	}
	for _, c := range e.Status.Details.Causes {
		if c.Reason == "DisruptionBudget" {
			return c.Message, true
		}
	}
	return "", false
}

// budgetName returns the budget's name in the server's explanation, or "".
func budgetName(cause string) string {
	rest, ok := strings.CutPrefix(cause, "The disruption budget ")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(rest, " ")
	return name
}
