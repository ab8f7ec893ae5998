// Package transport speaks HTTP to a Kubernetes API server: TLS, credentials, retries, time limits and errors.
//
// It knows methods, paths, media types and the API's Status, but no kind: those are in package resources.
// New makes a Client from a kubeconfig.Config; Client.Do sends one Request and gives the answer's body as a stream, or an error:
//
//   - *StatusError when the server answered with a failure; errors.Is tells them apart by the sentinels (ErrNotFound, ErrConflict, …);
//   - *ConnectionError when no answer came: the address could not be reached, TLS failed, or the connection was lost;
//   - *TimeoutError when the request's time limit ran out;
//   - *InvalidNameError when a name cannot stand in a path, and nothing was sent;
//   - an error that matches context.Canceled or context.DeadlineExceeded, and the context's cause, when the caller's context ended.
//
// A write whose answer was lost may have happened all the same: such an error also matches ErrOutcomeUnknown.
//
// Nothing that this package returns or logs holds a credential.
package transport
