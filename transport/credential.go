package transport

import (
	"context"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/transport/internal/credential"
)

// Credential describes the credentials of a Client, without what is secret.
type Credential struct {
	// Kind is "bearer token", "token file", "basic authentication", "client certificate",
	// "exec plugin" or "none". If both a certificate and a token are sent, it is the certificate,
	// which the API server checks first.
	Kind string
	// From is the path of a file or the command of a plugin. It is empty for a credential in the
	// configuration itself.
	From string
	// Expires is the earliest of the certificate's notAfter, the plugin's expirationTimestamp and
	// the exp claim of a JWT (RFC 7519, 4.1.4). It is zero if none is known.
	Expires time.Time
}

// Credential describes the credentials that requests are sent with. It sends no request.
//
// If the plugin's last credential is no longer valid, Credential runs the plugin. If the plugin
// fails, Credential fails with an *ExecPluginError. If ctx ends first, it fails with an error that
// matches the context's.
func (c *Client) Credential(ctx context.Context) (Credential, error) {
	err := c.credentials.RunPlugin(ctx)
	switch {
	case err != nil && ctx.Err() != nil:
		return Credential{}, &canceledError{
			method: "credential plugin", path: strconv.Quote(c.credentials.PluginName()),
			kind: ctx.Err(), cause: context.Cause(ctx),
		}
	case err != nil:
		return Credential{}, err
	}
	return Credential(c.credentials.Describe()), nil
}

// ExecPluginError reports that a credential plugin provided no credential. It holds nothing of
// what the plugin printed. Its fields are
//
//	Command, User  string   the plugin's command, and the user's entry in the configuration
//	Reason         string   one of the reasons below
//	Problem        string   the reason in words, on one line
//	ExitCode       int      the plugin's exit code: -1 after a signal, 0 if it did not run
//	InstallHint    string   how to install the plugin (NotFound only)
//	Err            error    the system's error, such as exec.ErrNotFound, or nil
//
// The reasons are
//
//	NotAllowed   WithAllowedExecPlugins does not name the plugin
//	NotFound     there is no such program
//	NoInput      the plugin asks for standard input, and WithExecStreams set none
//	Failed       the plugin could not be started, or its exit code was not 0
//	BadAnswer    the plugin's output is no valid ExecCredential
//
// The request that needed the credential was not sent. If the plugin ran because of a 401, the
// server had refused the request.
type ExecPluginError = credential.PluginError
