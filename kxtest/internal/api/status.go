package api

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Status is the Status of a failure or a deletion, its fields in the API server's order.
type Status struct {
	Kind       string         `json:"kind,omitzero"` // "" at the end of a stream
	APIVersion string         `json:"apiVersion,omitzero"`
	Metadata   ListMeta       `json:"metadata"`
	Status     string         `json:"status"`
	Message    string         `json:"message,omitzero"`
	Reason     string         `json:"reason,omitzero"`
	Details    *StatusDetails `json:"details,omitzero"`
	Code       int            `json:"code,omitzero"`
}

// ListMeta is the metadata of a Status.
type ListMeta struct {
	Continue string `json:"continue,omitzero"`
}

// StatusDetails names the object of a Status, and its causes.
type StatusDetails struct {
	Name              string        `json:"name,omitzero"`
	Group             string        `json:"group,omitzero"`
	Kind              string        `json:"kind,omitzero"`
	UID               string        `json:"uid,omitzero"`
	Causes            []StatusCause `json:"causes,omitzero"`
	RetryAfterSeconds int           `json:"retryAfterSeconds,omitzero"`
}

// StatusCause is one cause of a failure.
type StatusCause struct {
	Reason  string `json:"reason,omitzero"`
	Message string `json:"message,omitzero"`
	Field   string `json:"field,omitzero"`
}

func (s *Status) Error() string { return s.Message }

// Failure returns the Status of a failed request.
func Failure(code int, reason, message string, details *StatusDetails) *Status {
	return &Status{
		Kind:       "Status",
		APIVersion: "v1",
		Status:     "Failure",
		Message:    message,
		Reason:     reason,
		Details:    details,
		Code:       code,
	}
}

// StatusOf returns the Status of an error. An error of an unknown type becomes a 500.
func StatusOf(err error) *Status {
	var status *Status
	if errors.As(err, &status) {
		return status
	}
	var refused *object.Status
	if errors.As(err, &refused) {
		var details *StatusDetails
		if refused.Kind != "" || refused.Group != "" || refused.Name != "" ||
			refused.Causes != nil {
			details = &StatusDetails{
				Name: refused.Name, Group: refused.Group, Kind: refused.Kind,
			}
			for _, cause := range refused.Causes {
				details.Causes = append(details.Causes, StatusCause(cause))
			}
		}
		return Failure(refused.Code, refused.Reason, refused.Message, details)
	}
	return Failure(http.StatusInternalServerError, "", err.Error(), nil)
}

// BadRequest returns a 400.
func BadRequest(message string) *Status {
	return Failure(http.StatusBadRequest, "BadRequest", message, nil)
}

// NotFound returns the 404 of an object.
func NotFound(k *Kind, name string) *Status {
	return Failure(http.StatusNotFound, "NotFound", k.QualifiedName()+" "+strconv.Quote(name)+
		" not found",
		&StatusDetails{Name: name, Group: k.Group, Kind: k.Resource})
}

// AlreadyExists returns the 409 of an object that exists.
func AlreadyExists(k *Kind, name string) *Status {
	return Failure(http.StatusConflict, "AlreadyExists", k.QualifiedName()+" "+strconv.Quote(name)+
		" already exists",
		&StatusDetails{Name: name, Group: k.Group, Kind: k.Resource})
}

// Forbidden returns the 403 of an object.
func Forbidden(k *Kind, name, message string) *Status {
	return Failure(http.StatusForbidden, "Forbidden", k.QualifiedName()+" "+strconv.Quote(name)+
		" is forbidden: "+
		message,
		&StatusDetails{Name: name, Group: k.Group, Kind: k.Resource})
}

// Expired returns a 410, for a resourceVersion or continue token that is too old.
func Expired(message string) *Status {
	return Failure(http.StatusGone, "Expired", message, nil)
}

// TooLargeVersion returns the error for a resourceVersion in the future.
func TooLargeVersion(asked, current uint64) *Status {
	return Failure(http.StatusGatewayTimeout, "Timeout",
		"Timeout: Too large resource version: "+strconv.FormatUint(asked, 10)+", current: "+
			strconv.FormatUint(current, 10),
		&StatusDetails{Causes: []StatusCause{{Reason: "ResourceVersionTooLarge",
			Message: "Too large resource version"}}, RetryAfterSeconds: 1})
}

// InvalidOptions returns the error (422) for query parameters or a DeleteOptions, or nil if errs is
// empty.
func InvalidOptions(kind string, errs []object.FieldError) error {
	if len(errs) == 0 {
		return nil
	}
	details := &StatusDetails{Group: "meta.k8s.io", Kind: kind}
	for _, cause := range object.InvalidCauses(errs) {
		details.Causes = append(details.Causes, StatusCause(cause))
	}
	return Failure(http.StatusUnprocessableEntity, "Invalid",
		object.InvalidMessage(kind+".meta.k8s.io", "", errs),
		details)
}

// Errors that concern no object. Their details are present, and empty.
var (
	ErrNoResource = Failure(http.StatusNotFound, "NotFound",
		"the server could not find the requested resource",
		&StatusDetails{})
	ErrMethod = Failure(http.StatusMethodNotAllowed, "MethodNotAllowed",
		"the server does not allow this method on the requested resource", &StatusDetails{})
	ErrPatchType = Failure(http.StatusUnsupportedMediaType, "UnsupportedMediaType",
		"415: Unsupported Media Type", &StatusDetails{})
	ErrAccept = Failure(http.StatusNotAcceptable, "NotAcceptable",
		"406: Not Acceptable\n\nAvailable representations: "+mediaTypes, &StatusDetails{})
	ErrAcceptCollection = Failure(http.StatusNotAcceptable, "NotAcceptable", ErrAccept.Message+
		", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch",
		&StatusDetails{})
	ErrAcceptForm = Failure(http.StatusNotAcceptable, "NotAcceptable",
		"only the following media types are accepted: "+mediaTypes, nil)
	ErrContentType = Failure(http.StatusUnsupportedMediaType, "UnsupportedMediaType",
		"the body of the request was in an unknown format - accepted media types include: "+
			mediaTypes, nil)
	ErrUnauthorized = Failure(http.StatusUnauthorized, "Unauthorized", "Unauthorized", nil)
	ErrTooLarge     = Failure(http.StatusRequestEntityTooLarge, "RequestEntityTooLarge",
		"Request entity too large: limit is "+strconv.Itoa(MaxBody), nil)
)

const mediaTypes = "application/json, application/yaml, application/vnd.kubernetes.protobuf"

// PageNotFound responds to a path that is no part of the API.
func PageNotFound(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-cache, private")
	http.Error(w, "404 page not found", http.StatusNotFound)
}

// MaxBody is the limit of a request body in bytes, as in the API server.
const MaxBody = 3 << 20
