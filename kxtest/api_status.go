package kxtest

import (
	"net/http"
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// statusBody is the Status of a failure, or of a deletion, with its fields in the API server's order.
type statusBody struct {
	Kind       string         `json:"kind,omitzero"` // absent at the end of a stream
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   statusMeta     `json:"metadata"`
	Status     string         `json:"status"`
	Message    string         `json:"message,omitzero"`
	Reason     string         `json:"reason,omitzero"`
	Details    *statusDetails `json:"details,omitzero"`
	Code       int            `json:"code,omitzero"`
}

type statusMeta struct {
	Continue string `json:"continue,omitzero"`
}

type statusDetails struct {
	Name              string        `json:"name,omitzero"`
	Group             string        `json:"group,omitzero"`
	Kind              string        `json:"kind,omitzero"`
	UID               string        `json:"uid,omitzero"`
	Causes            []statusCause `json:"causes,omitzero"`
	RetryAfterSeconds int           `json:"retryAfterSeconds,omitzero"`
}

type statusCause struct {
	Reason  string `json:"reason,omitzero"`
	Message string `json:"message,omitzero"`
	Field   string `json:"field,omitzero"`
}

func (s *statusBody) Error() string { return s.Message }

func failure(code int, reason, message string, details *statusDetails) *statusBody {
	return &statusBody{Kind: "Status", APIVersion: "v1", Status: "Failure", Message: message, Reason: reason, Details: details, Code: code}
}

// statusOf makes the answer of an error: the engine's refusals, our own, and anything else as the API server's 500.
func statusOf(err error) *statusBody {
	switch err := err.(type) {
	case *statusBody:
		return err
	case *object.Status:
		var details *statusDetails
		if err.Kind != "" || err.Group != "" || err.Name != "" || err.Causes != nil {
			details = &statusDetails{Name: err.Name, Group: err.Group, Kind: err.Kind}
			for _, cause := range err.Causes {
				details.Causes = append(details.Causes, statusCause(cause))
			}
		}
		return failure(err.Code, err.Reason, err.Message, details)
	}
	return failure(http.StatusInternalServerError, "", err.Error(), nil)
}

func badRequest(message string) *statusBody {
	return failure(http.StatusBadRequest, "BadRequest", message, nil)
}

func notFound(k *kind, name string) *statusBody {
	return failure(http.StatusNotFound, "NotFound", k.qualified()+" "+strconv.Quote(name)+" not found",
		&statusDetails{Name: name, Group: k.group, Kind: k.resource})
}

func alreadyExists(k *kind, name string) *statusBody {
	return failure(http.StatusConflict, "AlreadyExists", k.qualified()+" "+strconv.Quote(name)+" already exists",
		&statusDetails{Name: name, Group: k.group, Kind: k.resource})
}

func forbidden(k *kind, name, message string) *statusBody {
	return failure(http.StatusForbidden, "Forbidden", k.qualified()+" "+strconv.Quote(name)+" is forbidden: "+message,
		&statusDetails{Name: name, Group: k.group, Kind: k.resource})
}

func expired(message string) *statusBody {
	return failure(http.StatusGone, "Expired", message, nil)
}

// tooLargeVersion is the answer to a resourceVersion that is yet to come.
func tooLargeVersion(asked, current uint64) *statusBody {
	return failure(http.StatusGatewayTimeout, "Timeout",
		"Timeout: Too large resource version: "+strconv.FormatUint(asked, 10)+", current: "+strconv.FormatUint(current, 10),
		&statusDetails{Causes: []statusCause{{Reason: "ResourceVersionTooLarge", Message: "Too large resource version"}}, RetryAfterSeconds: 1})
}

// invalidOptions is the 422 for query parameters or a DeleteOptions; nil when there is nothing wrong.
func invalidOptions(kind string, errs []object.FieldError) error {
	if len(errs) == 0 {
		return nil
	}
	details := &statusDetails{Group: "meta.k8s.io", Kind: kind}
	for _, cause := range object.InvalidCauses(errs) {
		details.Causes = append(details.Causes, statusCause(cause))
	}
	return failure(http.StatusUnprocessableEntity, "Invalid", object.InvalidMessage(kind+".meta.k8s.io", "", errs), details)
}

// The refusals of the HTTP layer, which know no object: their details are there, and empty.
var (
	errNoResource       = failure(http.StatusNotFound, "NotFound", "the server could not find the requested resource", &statusDetails{})
	errMethod           = failure(http.StatusMethodNotAllowed, "MethodNotAllowed", "the server does not allow this method on the requested resource", &statusDetails{})
	errPatchType        = failure(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "415: Unsupported Media Type", &statusDetails{})
	errAccept           = failure(http.StatusNotAcceptable, "NotAcceptable", "406: Not Acceptable\n\nAvailable representations: "+mediaTypes, &statusDetails{})
	errAcceptCollection = failure(http.StatusNotAcceptable, "NotAcceptable", errAccept.Message+", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch", &statusDetails{})
	errAcceptForm       = failure(http.StatusNotAcceptable, "NotAcceptable", "only the following media types are accepted: "+mediaTypes, nil)
	errContentType      = failure(http.StatusUnsupportedMediaType, "UnsupportedMediaType", "the body of the request was in an unknown format - accepted media types include: "+mediaTypes, nil)
	errUnauthorized     = failure(http.StatusUnauthorized, "Unauthorized", "Unauthorized", nil)
	errTooLarge         = failure(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge", "Request entity too large: limit is "+strconv.Itoa(maxBody), nil)
)

const mediaTypes = "application/json, application/yaml, application/vnd.kubernetes.protobuf"

// pageNotFound is the answer to a path that is no part of the API.
func pageNotFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache, private")
	http.Error(w, "404 page not found", http.StatusNotFound)
}

// maxBody is the longest request body that the API server reads.
const maxBody = 3 << 20
