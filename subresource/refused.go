package subresource

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// ErrNotServed is matched by the error of a server that is too old for a subresource:
// ephemeralcontainers needs Kubernetes 1.23, and resize 1.33.
var ErrNotServed = errors.New("the server has no such subresource")

// RefusedError is the server's refusal with advice on what to do instead. It wraps the
// *transport.StatusError.
type RefusedError struct {
	Advice string
	Err    error

	notServed bool
}

func (e *RefusedError) Error() string { return e.Err.Error() + "; " + e.Advice }

// Unwrap returns the server's refusal.
func (e *RefusedError) Unwrap() error { return e.Err }

// Is matches ErrNotServed if the server has no such subresource.
func (e *RefusedError) Is(target error) bool { return target == ErrNotServed && e.notServed }

// explainRefusal adds advice to a refusal. p is the patch that was sent, or nil.
func explainRefusal(err error, p resources.Patch) error {
	var status *transport.StatusError
	if !errors.As(err, &status) {
		return err
	}
	if notServed(status) {
		return notServedError(err, ephemeralContainersName, "1.23 or later, with the API enabled")
	}
	advice := adviseRefusal(status, p)
	if advice != "" {
		return &RefusedError{Advice: advice, Err: err}
	}
	return err
}

// notServedError returns the error for a subresource of pods that the server does not have. needs
// is the version of Kubernetes that has it.
func notServedError(err error, subresource, needs string) *RefusedError {
	return &RefusedError{
		Advice: "the server does not serve " + subresource + " of pods: it needs Kubernetes " +
			needs,
		Err: err, notServed: true,
	}
}

// notServed reports whether a 404 is about the path. A 404 about the pod has the pod's name in its
// details.
func notServed(e *transport.StatusError) bool {
	return errors.Is(e, transport.ErrNotFound) && !e.NoStatus && (e.Status.Details == nil ||
		e.Status.Details.Name == "")
}

// asNodeRefusal returns what the API server makes of the node's refusal of a session that it
// translates. The node's answer to a session that is passed through is plain text, and its code is
// not about the user's request. A page of a proxy stays as it is.
func asNodeRefusal(err error) error {
	var refused *transport.StatusError
	if !errors.As(err, &refused) || !refused.NoStatus {
		return err
	}
	status := refused.Status
	switch refused.Code {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound,
		http.StatusInternalServerError:
	default:
		return err
	}
	if status.Message == "" || strings.HasPrefix(status.Message, "<") {
		return err
	}
	status.Reason, status.Code = "InternalError", http.StatusInternalServerError
	status.Message = "Internal error occurred: unable to upgrade connection: " + status.Message
	return transport.StatusFailure(refused.Method, refused.Path, status)
}

func adviseRefusal(e *transport.StatusError, p resources.Patch) string {
	if !errors.Is(e, transport.ErrInvalid) || p == nil {
		return ""
	}
	removed := strings.Contains(e.Status.Message, "may not be removed")
	switch p.ContentType() {
	case "application/merge-patch+json":
		if removed {
			return "a merge patch replaces the whole list, which would remove the containers " +
				"that are there: use a strategic patch"
		}
	case "application/apply-patch+yaml":
		if removed {
			return "server-side apply would remove a container that this field manager applied " +
				"before and now leaves out; apply all of its containers"
		}
	case "application/json-patch+json":
		// The server does not say which operation failed, or why. A refusal by validation has
		// causes.
		if (e.Status.Details == nil || len(e.Status.Details.Causes) == 0) && addsToList(p) {
			return "an operation did not apply: while a pod has no ephemeral containers there is " +
				"no list to add to at \"/spec/ephemeralContainers/-\"; use a strategic patch"
		}
	}
	return ""
}

// addsToList reports whether p is a JSON Patch that adds to the list of ephemeral containers.
func addsToList(p resources.Patch) bool {
	body, err := p.Encode()
	if err != nil {
		return false
	}
	type operation struct {
		Op   string `json:"op"`
		Path string `json:"path"`
	}
	var operations []operation
	return json.Unmarshal(body, &operations) == nil && slices.ContainsFunc(operations,
		func(o operation) bool {
			return o.Op == "add" && strings.HasPrefix(o.Path, "/spec/ephemeralContainers/")
		})
}
