// Package credential holds what a client authenticates with: tokens and their files, client
// certificates and their files, passwords, credential plugins and impersonation.
//
// Files are read again as they rotate, and a plugin runs again when its credential expires.
// Nothing of that runs in the background: a request or a handshake starts it.
package credential

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// Set is the credentials of one client. At most one of tokens, basic and plugin is set.
type Set struct {
	// PauseLimit, if not nil, stops the time limit of the request with this context while the
	// plugin runs, which may ask for a password. It returns a function that starts it again.
	PauseLimit func(context.Context) (resume func())

	tokens       *tokenSource
	basic        string // value of the Authorization header
	plugin       *pluginCache
	pluginName   string
	certificates *Certificates
	certFile     string
	impersonate  http.Header
}

// New returns the credentials of cfg for the server at base. It runs no plugin.
func New(cfg *kubeconfig.Config, base *url.URL, certificates *Certificates,
	options PluginOptions) (*Set, error) {
	s := &Set{certificates: certificates, certFile: cfg.TLS.CertFile}
	if err := s.setToken(cfg); err != nil {
		return nil, err
	}
	if err := s.setBasic(cfg); err != nil {
		return nil, err
	}
	if cfg.Exec != nil && s.tokens == nil && s.basic == "" && certificates.Leaf() == nil {
		p, err := newPlugin(cfg, certificates.Authority, options)
		if err != nil {
			return nil, err
		}
		s.plugin, s.pluginName = &pluginCache{run: p.run, present: certificates.Present},
			p.config.Command
	}
	if base.Scheme == "http" && (s.tokens != nil || s.basic != "" || s.plugin != nil) {
		return nil, fmt.Errorf(
			"transport: server %s is not encrypted: a token or password is not sent there; "+
				"use https, or remove the credentials", base.Host)
	}
	headers, err := impersonationHeaders(&cfg.Impersonate)
	if err != nil {
		return nil, err
	}
	s.impersonate = headers
	return s, nil
}

func (s *Set) setToken(cfg *kubeconfig.Config) error {
	switch {
	case cfg.BearerTokenFile != "":
		tokens, err := newTokenFile(cfg.BearerTokenFile, cfg.BearerToken)
		if err != nil {
			return err
		}
		s.tokens = tokens
	case cfg.BearerToken != "":
		if !validToken(cfg.BearerToken) {
			return errors.New(
				"transport: the bearer token holds a space or a control character: it cannot be " +
					"sent")
		}
		s.tokens = &tokenSource{token: cfg.BearerToken}
	}
	return nil
}

func (s *Set) setBasic(cfg *kubeconfig.Config) error {
	switch {
	case cfg.Username == "" && cfg.Password == "":
		return nil
	case cfg.Username == "":
		return errors.New("transport: a password is given without a user name: " +
			"set Config.Username, or remove the password")
	case s.tokens != nil:
		return errors.New(
			"transport: both a bearer token and a user name with password are given: remove one " +
				"of them")
	case strings.Contains(cfg.Username, ":"):
		return errors.New("transport: the user name for basic authentication holds a colon, " +
			"which separates it from the password (RFC 7617)")
	}
	s.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(cfg.Username+":"+cfg.Password))
	return nil
}

// Signature records the credentials that Sign added to a request.
type Signature struct {
	token       string
	credential  *pluginCredential
	certificate *x509.Certificate
}

// Sign returns a copy of req with the credentials. It may run the plugin, and returns its error.
func (s *Set) Sign(req *http.Request) (*http.Request, Signature, error) {
	var used Signature
	if s.plugin != nil {
		resume := s.pauseLimit(req.Context())
		credential, err := s.plugin.get(req.Context(), nil)
		resume()
		if err != nil {
			return nil, used, err
		}
		used.credential = credential
	}
	signed := req.WithContext(req.Context()) // a copy
	signed.Header = req.Header.Clone()
	switch {
	case s.tokens != nil:
		used.token = s.tokens.get(req.Context())
		signed.Header.Set("Authorization", "Bearer "+used.token)
	case s.basic != "":
		signed.Header.Set("Authorization", s.basic)
	case s.plugin != nil && used.credential.token != "":
		signed.Header.Set("Authorization", "Bearer "+used.credential.token)
	}
	for name, values := range s.impersonate {
		signed.Header[name] = values
	}
	used.certificate = s.certificates.Leaf()
	return signed, used, nil
}

// Renew replaces the credentials after the server refused those of refused: it runs the plugin,
// or reads the files. It reports whether the credentials are different now.
func (s *Set) Renew(ctx context.Context, refused Signature) (bool, error) {
	switch {
	case s.plugin != nil:
		resume := s.pauseLimit(ctx)
		defer resume()
		return s.plugin.renew(ctx, refused.credential)
	case s.tokens != nil && s.tokens.refresh(ctx, refused.token):
		return true, nil
	}
	s.certificates.Reload(ctx)
	return s.certificates.Leaf() != refused.certificate, nil
}

func (s *Set) pauseLimit(ctx context.Context) (resume func()) {
	if s.PauseLimit == nil {
		return func() {}
	}
	return s.PauseLimit(ctx)
}

// PluginName returns the plugin's command, or "" when no plugin is used.
func (s *Set) PluginName() string { return s.pluginName }

// RunPlugin runs the plugin, if there is one, unless its last credential is still valid.
func (s *Set) RunPlugin(ctx context.Context) error {
	if s.plugin == nil {
		return nil
	}
	_, err := s.plugin.get(ctx, nil)
	return err
}
