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

// credentials are what a request says of its sender. At most one of tokens, basic and plugin is set.
type credentials struct {
	tokens      *tokenSource
	basic       string // the Authorization header's value
	plugin      *execSource
	pluginName  string
	network     *network // for the client certificate
	certFile    string
	impersonate http.Header
}

func newCredentials(cfg *kubeconfig.Config, base *url.URL, network *network, s *settings) (*credentials, error) {
	c := &credentials{network: network, certFile: cfg.TLS.CertFile}
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
	if cfg.Username == "" && cfg.Password != "" {
		return nil, errors.New("transport: a password is given without a user name: set Config.Username, or remove the password")
	}
	if cfg.Username != "" {
		if c.tokens != nil {
			return nil, errors.New("transport: both a bearer token and a user name with password are given: remove one of them")
		}
		if strings.Contains(cfg.Username, ":") {
			return nil, errors.New("transport: the user name for basic authentication holds a colon, which separates it from the password (RFC 7617)")
		}
		c.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password))
	}
	if cfg.Exec != nil && c.tokens == nil && c.basic == "" && network.certificate() == nil {
		plugin, err := newExecPlugin(cfg, network.authority, s)
		if err != nil {
			return nil, err
		}
		c.plugin, c.pluginName = &execSource{make: plugin.run, present: network.present}, plugin.config.Command
	}
	if base.Scheme == "http" && (c.tokens != nil || c.basic != "" || c.plugin != nil) {
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
