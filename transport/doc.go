// Package transport sends HTTP requests to a Kubernetes API server. It handles TLS, proxies,
// credentials, retries, time limits and errors.
//
// The package knows methods, paths, media types and the API's Status. It knows no kind of object:
// those are in package resources. New returns a Client for a kubeconfig.Config. Client.Fetch sends
// one Request and returns the body of the answer; Client.Do returns the body as a stream:
//
//	client, err := transport.New(cfg, transport.WithTimeout(30*time.Second))
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//	req := &transport.Request{Method: http.MethodGet, Path: []string{"version"}}
//	body, err := client.Fetch(ctx, req)
//	if errors.Is(err, transport.ErrForbidden) {
//		return errors.New("this user may not read the version")
//	}
//
// No value that this package returns, prints or logs holds a credential of the Client.
//
// # Errors
//
// Do, Fetch and Upgrade fail with
//
//   - *StatusError when the server answered with a failure. errors.Is finds the sentinels, such as
//     ErrNotFound and ErrConflict;
//   - *ConnectionError when no complete answer arrived: the server could not be reached, TLS
//     failed, or the connection was lost;
//   - *TimeoutError when the request's time limit expired;
//   - *ExecPluginError when the credential plugin provided no credential;
//   - *InvalidNameError when a path cannot hold a name; nothing was sent;
//   - an error that matches the context's error and its cause when the caller's context ended.
//
// A write without an answer may have been carried out. Its error also matches ErrOutcomeUnknown.
//
// # The layers of a request
//
// A request passes these layers in order. Some of them may send it again:
//
//	layer              what it does                      when it sends a request again
//	-----              ------------                      -----------------------------
//	Fetch              reads the whole body              once: the body was cut off (a)
//	Do                 builds the request, with resty    never
//	http.Client        follows redirects                 a redirect to the same server (b)
//	observer           WithMetrics, WithLogger           never
//	retrier            retries                           429, 503, 504, lost connection (c)
//	warner             reports Warning headers           never
//	WithRoundTripper   runs the caller's wrapper         if the wrapper does
//	authenticator      adds the credentials              once: 401, and new credentials
//	requestLogger      logs requests (WithLog)           never
//	network            chooses the connection            once: unknown authority, new CA file
//	http.Transport     sends over a connection           an idle connection was closed (d)
//
//	(a) Reads and idempotent writes (Request.Idempotent).
//	(b) Upgrade follows none. A redirect that changes the method is not followed either.
//	(c) The table at retrier has the cases. Upgrade retries only what the server refused.
//	(d) Only if the server cannot have handled the request, or the request is a read.
//
// Upgrade enters at http.Client, so that it shares the layers below. Above this package,
// subresource's Add reads the pod and sends its patch again after a conflict.
//
// # Why resty
//
// Do builds and sends each request with one resty client, and Client.Resty returns that client for
// calls of your own. resty turns paths, queries, headers and bodies into requests, and decodes
// answers in your calls. What it could add is switched off or left unused: its time limits would
// cut streams, its retries would not cover upgrades, and its reading would hold a list in memory.
//
// # Credential plugins
//
// A plugin (kubeconfig.ExecConfig) runs when a request first needs its credential. It runs again
// when the credential expires: at its expirationTimestamp, or at the end of its certificate.
// After a 401 it runs once more, and the request is sent again if the credential changed.
//
// Requests that need the credential meanwhile wait for the same run and share its result. Their
// time limits pause. The end of a request's context kills the plugin that it started; if other
// requests wait, one of them starts it again.
//
// # Kubeconfigs of unknown origin
//
// A kubeconfig is as powerful as a script. Before you use one from somebody else:
//
//   - restrict its plugins with WithAllowedExecPlugins. By default any program that it names runs,
//     with its arguments and its environment;
//   - check the files that it names (Config.BearerTokenFile and those of Config.TLS). A token file
//     is read from your disk and sent to its server;
//   - check Config.Server and Config.ProxyURL. They may lead into your network, or past it.
package transport
