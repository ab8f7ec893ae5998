package kxtest

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/apiserver"
	"github.com/kx-k8s/kx/kxtest/internal/pki"
)

// adminName is the name of the administrator.
const adminName = "kx-admin"

// Config returns the administrator's configuration: a bearer token of the group system:masters,
// which may do everything. Each call returns a new copy.
func (s *Server) Config() *kubeconfig.Config { return s.ConfigOf(adminName) }

// ConfigOf returns the configuration of a user that [Server.User] or [WithDemo] added. For any
// other name it has no credential, and the server answers with 401.
func (s *Server) ConfigOf(name string) *kubeconfig.Config {
	token, _ := s.users.TokenOf(name)
	authority, _ := pki.Load() // New has loaded it before, so there is no error
	return &kubeconfig.Config{
		Server:      s.URL(),
		Namespace:   "default",
		TLS:         kubeconfig.TLS{CAData: append([]byte(nil), authority.PEM...)},
		BearerToken: token,
		Source:      kubeconfig.Source{Context: name, Cluster: "kxtest", User: name},
	}
}

// User adds a user, or replaces the user of that name, and returns a configuration with a bearer
// token. The user may do what the rules allow. Without rules a user may ask for their own
// identity and permissions, and read paths such as /version, /api and /apis.
func (s *Server) User(name string, rules ...Rule) *kubeconfig.Config {
	token, known := s.users.TokenOf(name)
	if !known {
		token = rand.Text()
	}
	s.users.Add(token, &apiserver.User{
		Name:   name,
		UID:    name,
		Groups: []string{apiserver.AuthenticatedGroup},
		Rules:  serverRules(rules),
	})
	return s.ConfigOf(name)
}

// UserWithCertificate adds a user as [Server.User] does, and returns a configuration with a client
// certificate in place of the token. The certificate's common name is name; its organizations are
// the groups. The user's token, which [Server.ConfigOf] returns, is valid too.
func (s *Server) UserWithCertificate(name string, groups []string,
	rules ...Rule) (*kubeconfig.Config, error) {
	authority, err := pki.Load()
	if err != nil {
		return nil, err
	}
	config := s.User(name, rules...)
	config.BearerToken = ""
	config.TLS.CertData, config.TLS.KeyData, err = authority.IssueClient(name, groups)
	return config, err
}

// RevokeToken makes a user's token invalid: from now on the server answers it with 401. A later
// call of [Server.User] with that name creates a new token.
func (s *Server) RevokeToken(name string) {
	s.users.RevokeTokens(name)
}

// Kubeconfig returns the administrator's configuration as the content of a kubeconfig file.
func (s *Server) Kubeconfig() []byte { return s.KubeconfigOf(adminName) }

// KubeconfigOf returns a user's configuration as the content of a kubeconfig file. See
// [Server.ConfigOf].
func (s *Server) KubeconfigOf(name string) []byte {
	config := s.ConfigOf(name)
	// A JSON string is a YAML string too.
	return []byte("apiVersion: v1\nkind: Config\n" +
		"clusters:\n- name: kxtest\n  cluster:\n    server: " + string(api.Encode(config.Server)) +
		"\n    certificate-authority-data: " +
		base64.StdEncoding.EncodeToString(config.TLS.CAData) +
		"\nusers:\n- name: " + string(api.Encode(name)) + "\n  user:\n    token: " +
		string(api.Encode(config.BearerToken)) +
		"\ncontexts:\n- name: " + string(api.Encode(name)) +
		"\n  context:\n    cluster: kxtest\n    user: " +
		string(api.Encode(name)) +
		"\n    namespace: default\ncurrent-context: " + string(api.Encode(name)) + "\n")
}

// WriteKubeconfig writes the administrator's kubeconfig to a file that only its owner can read. It
// replaces a file at path, whatever its mode is. It fails if a link, or anything else that is not a
// regular file, is there.
func (s *Server) WriteKubeconfig(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("kxtest: write kubeconfig: %s is a link or no regular file: name another",
			path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".kubeconfig-") // with the mode 0600
	if err != nil {
		return fmt.Errorf("kxtest: write kubeconfig: %w", err)
	}
	_, err = f.Write(s.Kubeconfig())
	err = cmp.Or(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("kxtest: write kubeconfig: %w", err)
	}
	return nil
}
