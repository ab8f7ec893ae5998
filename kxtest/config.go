package kxtest

import (
	"crypto/rand"
	"encoding/base64"
	"os"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/apiserver"
	"github.com/kx-k8s/kx/kxtest/internal/pki"
)

// adminName is the name of the administrator.
const adminName = "kx-admin"

// Config is the administrator's: a bearer token of group system:masters, who may do everything. Each call returns a copy of its own.
func (s *Server) Config() *kubeconfig.Config { return s.ConfigOf(adminName) }

// ConfigOf is the configuration of a user that [Server.User] or [WithDemo] made; for any other it has no
// credential, so that the server answers with 401.
func (s *Server) ConfigOf(name string) *kubeconfig.Config {
	token, _ := s.users.TokenOf(name)
	authority, _ := pki.Load() // New has had it without an error
	return &kubeconfig.Config{
		Server:      s.URL(),
		Namespace:   "default",
		TLS:         kubeconfig.TLS{CAData: append([]byte(nil), authority.PEM...)},
		BearerToken: token,
		Source:      kubeconfig.Source{Context: name, Cluster: "kxtest", User: name},
	}
}

// User adds a user, or replaces the one of that name, who may do what the rules allow, and returns a configuration
// with a bearer token. Without rules that is to ask about himself, and to read /version, /api and /apis.
func (s *Server) User(name string, rules ...Rule) *kubeconfig.Config {
	token, known := s.users.TokenOf(name)
	if !known {
		token = rand.Text()
	}
	s.users.Add(token, &apiserver.User{Name: name, Uid: name, Groups: []string{apiserver.AuthenticatedGroup},
		Rules: serverRules(rules)})
	return s.ConfigOf(name)
}

// UserWithCertificate is [Server.User] with a client certificate instead of a token: name is its common name, and the groups its organizations.
func (s *Server) UserWithCertificate(name string, groups []string, rules ...Rule) (*kubeconfig.Config, error) {
	authority, err := pki.Load()
	if err != nil {
		return nil, err
	}
	config := s.User(name, rules...)
	config.BearerToken = ""
	config.TLS.CertData, config.TLS.KeyData, err = authority.IssueClient(name, groups)
	return config, err
}

// RevokeToken makes a user's token invalid: the server answers it with 401 from now on. A new [Server.User] of that name gets another.
func (s *Server) RevokeToken(name string) {
	s.users.RevokeTokens(name)
}

// Kubeconfig is the administrator's configuration as the content of a kubeconfig file.
func (s *Server) Kubeconfig() []byte { return s.KubeconfigOf(adminName) }

// KubeconfigOf is a user's configuration as the content of a kubeconfig file; see [Server.ConfigOf].
func (s *Server) KubeconfigOf(name string) []byte {
	config := s.ConfigOf(name)
	// JSON strings are YAML strings.
	return []byte("apiVersion: v1\nkind: Config\n" +
		"clusters:\n- name: kxtest\n  cluster:\n    server: " + string(api.Encode(config.Server)) +
		"\n    certificate-authority-data: " + base64.StdEncoding.EncodeToString(config.TLS.CAData) +
		"\nusers:\n- name: " + string(api.Encode(name)) + "\n  user:\n    token: " +
		string(api.Encode(config.BearerToken)) +
		"\ncontexts:\n- name: " + string(api.Encode(name)) + "\n  context:\n    cluster: kxtest\n    user: " +
		string(api.Encode(name)) +
		"\n    namespace: default\ncurrent-context: " + string(api.Encode(name)) + "\n")
}

// WriteKubeconfig writes the administrator's kubeconfig to a file, readable by its owner only.
func (s *Server) WriteKubeconfig(path string) error {
	return os.WriteFile(path, s.Kubeconfig(), 0o600)
}
