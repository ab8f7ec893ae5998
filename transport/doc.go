// Package transport speaks HTTP to a Kubernetes API server: TLS, credentials, retries, time limits and errors.
//
// It knows methods, paths, media types and the API's Status, but no kind: those are in package resources.
// New makes a Client from a kubeconfig.Config; Client.Do sends one Request and gives the answer's body as a stream, or an error:
//
//   - *StatusError when the server answered with a failure; errors.Is tells them apart by the sentinels (ErrNotFound, ErrConflict, …);
//   - *ConnectionError when no answer came: the address could not be reached, TLS failed, or the connection was lost;
//   - *TimeoutError when the request's time limit ran out;
//   - *ExecPluginError when the credential plugin gave no credential;
//   - *InvalidNameError when a name cannot stand in a path, and nothing was sent;
//   - an error that matches context.Canceled or context.DeadlineExceeded, and the context's cause, when the caller's context ended.
//
// A write whose answer was lost may have happened all the same: such an error also matches ErrOutcomeUnknown.
//
// Nothing that this package returns or logs holds a credential.
//
// # Credential plugins
//
// A plugin (kubeconfig.ExecConfig) runs when a request first needs it, and again once what it gave has expired: at its expirationTimestamp
// or at the end of its certificate. After a 401 it runs once more and the request is sent again, if the credential is another one then.
// Requests that come meanwhile wait for the same run and share what comes of it; a request's time limit stands still until then.
// A plugin is killed when the context of the request that it runs for ends; if others wait, one of them runs it anew.
//
// # Kubeconfigs of unknown origin
//
// A kubeconfig is as powerful as a script. Before you use one that somebody else may have written:
//
//   - allow no plugin, or those that you trust, with WithAllowedExecPlugins: by default any program that it names runs, with its arguments and environment;
//   - look at the files that it names (Config.BearerTokenFile and the files in Config.TLS): a token file is read from your disk and sent to its server;
//   - look at Config.Server and Config.ProxyURL: they may lead into your network, or past it to somebody who listens.
package transport
