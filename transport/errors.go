package transport

import (
	"errors"
	"net/http"
)

// The sentinels that errors.Is finds in a *StatusError: by the reason of the Status or, if the
// reason is unknown, by the status code.
var (
	ErrBadRequest            = errors.New("bad request")
	ErrUnauthorized          = errors.New("unauthorized")
	ErrForbidden             = errors.New("forbidden")
	ErrNotFound              = errors.New("not found")
	ErrMethodNotAllowed      = errors.New("method not allowed")
	ErrNotAcceptable         = errors.New("not acceptable")
	ErrAlreadyExists         = errors.New("already exists")
	ErrConflict              = errors.New("conflict")
	ErrGone                  = errors.New("gone")
	ErrRequestEntityTooLarge = errors.New("request entity too large")
	ErrUnsupportedMediaType  = errors.New("unsupported media type")
	ErrInvalid               = errors.New("invalid")
	ErrTooManyRequests       = errors.New("too many requests")
	ErrInternal              = errors.New("internal error")
	ErrServiceUnavailable    = errors.New("service unavailable")
	ErrServerTimeout         = errors.New("server timeout")
)

// ErrOutcomeUnknown is matched by each error of a write that may have been carried out: the answer
// was lost, or came from a gateway. Read the object before you send the write again.
var ErrOutcomeUnknown = errors.New("the write's outcome is unknown")

const outcomeUnknownAdvice = "the write may have happened: read the object before you send it again"

// sentinelByReason returns the sentinel of a reason (meta/v1 StatusReason), or nil.
func sentinelByReason(reason string) error {
	switch reason {
	case "BadRequest":
		return ErrBadRequest
	case "Unauthorized":
		return ErrUnauthorized
	case "Forbidden":
		return ErrForbidden
	case "NotFound":
		return ErrNotFound
	case "MethodNotAllowed":
		return ErrMethodNotAllowed
	case "NotAcceptable":
		return ErrNotAcceptable
	case "AlreadyExists":
		return ErrAlreadyExists
	case "Conflict":
		return ErrConflict
	case "Gone", "Expired":
		return ErrGone
	case "RequestEntityTooLarge":
		return ErrRequestEntityTooLarge
	case "UnsupportedMediaType":
		return ErrUnsupportedMediaType
	case "Invalid":
		return ErrInvalid
	case "TooManyRequests":
		return ErrTooManyRequests
	case "InternalError":
		return ErrInternal
	case "ServiceUnavailable":
		return ErrServiceUnavailable
	case "Timeout", "ServerTimeout":
		return ErrServerTimeout
	}
	return nil
}

// sentinelByCode returns the sentinel of a status code, or nil.
func sentinelByCode(code int) error {
	switch code {
	case http.StatusBadRequest:
		return ErrBadRequest
	case http.StatusUnauthorized:
		return ErrUnauthorized
	case http.StatusForbidden:
		return ErrForbidden
	case http.StatusNotFound:
		return ErrNotFound
	case http.StatusMethodNotAllowed:
		return ErrMethodNotAllowed
	case http.StatusNotAcceptable:
		return ErrNotAcceptable
	case http.StatusConflict:
		return ErrConflict
	case http.StatusGone:
		return ErrGone
	case http.StatusRequestEntityTooLarge:
		return ErrRequestEntityTooLarge
	case http.StatusUnsupportedMediaType:
		return ErrUnsupportedMediaType
	case http.StatusUnprocessableEntity:
		return ErrInvalid
	case http.StatusTooManyRequests:
		return ErrTooManyRequests
	case http.StatusServiceUnavailable:
		return ErrServiceUnavailable
	case http.StatusGatewayTimeout:
		return ErrServerTimeout
	case http.StatusInternalServerError, http.StatusBadGateway:
		return ErrInternal
	}
	return nil
}
