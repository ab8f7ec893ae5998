package attach

import (
	"errors"
	"net/http"
	"strings"

	"github.com/kx-k8s/kx/transport"
)

// mayHaveAttached reports whether the node may have attached a session although the server answered
// with a failure: a proxy may have lost the node's answer. The runtime then closes a stdin with
// stdinOnce, because its first client has disconnected.
func mayHaveAttached(err error) bool {
	var status *transport.StatusError
	if !errors.As(err, &status) || notStarted(err) || hasExited(err) {
		return false
	}
	switch status.Code {
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
	default:
		return false
	}
	for _, refusal := range []string{
		"error dialing backend", // the API server did not reach the node
		"container not found",   // the kubelet did not ask the runtime
		"rpc error",             // the runtime refused
		"webhook",               // of admission
	} {
		if strings.Contains(status.Status.Message, refusal) {
			return false
		}
	}
	return true
}

// refused reports whether the runtime may have refused to attach because no program runs.
func refused(err error) bool {
	return errors.As(err, new(*transport.StatusError)) &&
		!errors.Is(err, transport.ErrForbidden) && !errors.Is(err, transport.ErrUnauthorized)
}

// notStarted reports whether the node refused to attach because it has not started the container
// yet, or does not know the new pod yet.
func notStarted(err error) bool {
	var status *transport.StatusError
	return errors.As(err, &status) &&
		(strings.Contains(status.Status.Message, "not found in pod") ||
			strings.Contains(status.Status.Message, "pod does not exist") ||
			strings.Contains(status.Status.Message, "CONTAINER_CREATED"))
}

// hasExited reports whether the runtime refused to attach because the container has ended. A busy
// node may answer so late that the session has counted as one with a program.
func hasExited(err error) bool {
	var status *transport.StatusError
	return errors.As(err, &status) && strings.Contains(status.Status.Message, "CONTAINER_EXITED")
}
