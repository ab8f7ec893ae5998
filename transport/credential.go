package transport

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Credential says what a Client shows the server of its user, without what is secret of it.
type Credential struct {
	// Kind is "bearer token", "token file", "basic authentication", "client certificate", "exec plugin" or "none".
	// Where both a certificate and a token are sent it is the certificate, which the API server looks at first.
	Kind string
	// From is a file's path or the plugin's command; it is empty for what stands in the configuration itself.
	From string
	// Expires is a certificate's notAfter, a plugin's expirationTimestamp or a JWT's exp (RFC 7519, 4.1.4), whichever comes first of those that hold;
	// zero where it does not expire or that cannot be told.
	Expires time.Time
}

// Kinds of credentials.
const (
	kindToken       = "bearer token"
	kindTokenFile   = "token file"
	kindBasic       = "basic authentication"
	kindCertificate = "client certificate"
	kindExec        = "exec plugin"
	kindNone        = "none"
)

// Credential tells what the Client's requests are sent with. It has a credential plugin run when there is nothing from it that still holds,
// and fails as that does, with an *ExecPluginError or the context's error; no request is sent.
func (c *Client) Credential(ctx context.Context) (Credential, error) {
	plugin := c.credentials.plugin
	if plugin != nil {
		if _, err := plugin.get(ctx, nil); err != nil {
			if ctx.Err() != nil {
				err = &canceledError{method: "credential plugin", path: strconv.Quote(c.credentials.pluginName), kind: ctx.Err(), cause: context.Cause(ctx)}
			}
			return Credential{}, err
		}
	}
	return c.credentials.describe(), nil
}

// describe tells what requests are sent with now. It has nothing run or read.
func (c *credentials) describe() Credential {
	certificate := c.network.certificate()
	switch {
	case c.plugin != nil:
		d := Credential{Kind: kindExec, From: c.pluginName}
		latest := c.plugin.latest()
		if latest != nil {
			d.Expires = latest.expires
			if d.Expires.IsZero() {
				d.Expires = tokenExpiry(latest.token)
			}
		}
		return d
	case certificate != nil:
		return Credential{Kind: kindCertificate, From: c.certFile, Expires: certificate.NotAfter}
	case c.tokens != nil:
		token := c.tokens.latest()
		if c.tokens.file != "" {
			return Credential{Kind: kindTokenFile, From: c.tokens.file, Expires: tokenExpiry(token)}
		}
		return Credential{Kind: kindToken, Expires: tokenExpiry(token)}
	case c.basic != "":
		return Credential{Kind: kindBasic}
	}
	return Credential{Kind: kindNone}
}

// tokenExpiry gives a JWT's exp, the zero time for a token that is none or has none. The signature is the server's to check.
func tokenExpiry(token string) time.Time {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return time.Time{}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return time.Time{}
	}
	var claims struct {
		Expires float64 `json:"exp"` // seconds since 1970, which may have a fraction
	}
	const year10000 = 253402300800
	if json.Unmarshal(payload, &claims, jsontext.AllowDuplicateNames(true)) != nil || claims.Expires <= 0 || claims.Expires >= year10000 {
		return time.Time{}
	}
	return time.Unix(int64(claims.Expires), 0)
}
