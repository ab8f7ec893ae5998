package transport

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/kx-k8s/kx/kubeconfig"
)

// ErrExecUnsupported is matched by New's error for a user that has only an exec credential plugin.
var ErrExecUnsupported = errors.New("exec credential plugins are not supported")

// credentials are what a request says of its sender. At most one of tokens and basic is set.
type credentials struct {
	tokens      *tokenSource
	basic       string // the Authorization header's value
	impersonate http.Header
}

func newCredentials(cfg *kubeconfig.Config, base *url.URL) (*credentials, error) {
	c := &credentials{}
	switch {
	case cfg.BearerTokenFile != "":
		tokens, err := newTokenFile(cfg.BearerTokenFile, cfg.BearerToken)
		if err != nil {
			return nil, err
		}
		c.tokens = tokens
	case cfg.BearerToken != "":
		if !validToken(cfg.BearerToken) {
			return nil, errors.New("transport: the bearer token holds a space or a control character: it cannot be sent")
		}
		c.tokens = &tokenSource{token: cfg.BearerToken}
	}
	if cfg.Username != "" || cfg.Password != "" {
		if c.tokens != nil {
			return nil, errors.New("transport: both a bearer token and a user name with password are given: remove one of them")
		}
		if strings.Contains(cfg.Username, ":") {
			return nil, errors.New("transport: the user name for basic authentication holds a colon, which separates it from the password (RFC 7617)")
		}
		c.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password))
	}
	certificate := cfg.TLS.CertFile != "" || len(cfg.TLS.CertData) > 0
	if cfg.Exec != nil && c.tokens == nil && c.basic == "" && !certificate {
		user := "the user"
		if cfg.Source.User != "" {
			user = fmt.Sprintf("user %q", cfg.Source.User)
		}
		return nil, fmt.Errorf("transport: %s gets its credentials from the plugin %q: %w; give the user a token or a client certificate",
			user, cfg.Exec.Command, ErrExecUnsupported)
	}
	if base.Scheme == "http" && (c.tokens != nil || c.basic != "") {
		return nil, fmt.Errorf("transport: server %s is not encrypted: a token or password is not sent there; use https, or remove the credentials", base.Host)
	}
	headers, err := impersonation(&cfg.Impersonate)
	if err != nil {
		return nil, err
	}
	c.impersonate = headers
	return c, nil
}

// impersonation gives the Impersonate-* headers (API server authentication, user impersonation).
func impersonation(i *kubeconfig.Impersonate) (http.Header, error) {
	if i.User == "" {
		if i.UID != "" || len(i.Groups) > 0 || len(i.Extra) > 0 {
			return nil, errors.New("transport: impersonation of a uid, groups or extra fields needs a user as well: set Impersonate.User")
		}
		return nil, nil
	}
	h := http.Header{"Impersonate-User": {i.User}}
	if i.UID != "" {
		h.Set("Impersonate-Uid", i.UID)
	}
	for _, g := range i.Groups {
		h.Add("Impersonate-Group", g)
	}
	for key, values := range i.Extra {
		for _, v := range values {
			h.Add("Impersonate-Extra-"+escapeExtraKey(key), v)
		}
	}
	for name, values := range h {
		if slices.ContainsFunc(values, func(v string) bool { return strings.ContainsFunc(v, unicode.IsControl) }) {
			return nil, fmt.Errorf("transport: %s holds a control character: it cannot be sent", name)
		}
	}
	return h, nil
}

// escapeExtraKey lower-cases key and percent-escapes what may not stand in a header's name (RFC 9110, 5.6.2).
func escapeExtraKey(key string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(key)) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&'*+-.^_`|~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

// validToken holds for what can stand in an Authorization header; a stray newline from a file is trimmed before.
func validToken(token string) bool {
	for _, c := range []byte(token) {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return token != ""
}

// authenticator adds the credentials to a copy of each request, so that layers above never hold them.
// At a 401 it reads the token file again and, if that has changed, sends the request once more.
type authenticator struct {
	next        http.RoundTripper
	credentials *credentials
	base        *url.URL
}

func (t *authenticator) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme != t.base.Scheme || req.URL.Host != t.base.Host { // a resty client takes any URL
		return nil, fmt.Errorf("transport: %s://%s is not the server %s://%s, and credentials are sent to that alone",
			oneLine(req.URL.Scheme), oneLine(req.URL.Host), t.base.Scheme, t.base.Host)
	}
	signed, token := t.sign(req)
	resp, err := t.next.RoundTrip(signed)
	if err != nil || resp.StatusCode != http.StatusUnauthorized || t.credentials.tokens == nil || !t.credentials.tokens.refresh(token) {
		return resp, err
	}
	again, ok := rewind(req)
	if !ok {
		return resp, nil
	}
	drain(resp.Body)
	signed, _ = t.sign(again)
	return t.next.RoundTrip(signed)
}

func (t *authenticator) sign(req *http.Request) (signed *http.Request, token string) {
	c := t.credentials
	signed = req.Clone(req.Context())
	switch {
	case c.tokens != nil:
		token = c.tokens.get()
		signed.Header.Set("Authorization", "Bearer "+token)
	case c.basic != "":
		signed.Header.Set("Authorization", c.basic)
	}
	for name, values := range c.impersonate {
		signed.Header[name] = values
	}
	return signed, token
}
