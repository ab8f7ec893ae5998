package transport_test

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

func TestCredentialsAreSentInHeadersOnly(t *testing.T) {
	file := write(t, t.TempDir(), "token", []byte(" from-file\n"))
	for name, tc := range map[string]struct {
		set  func(*kubeconfig.Config)
		want http.Header
	}{
		"none": {func(*kubeconfig.Config) {}, http.Header{}},
		"bearer token": {func(c *kubeconfig.Config) { c.BearerToken = "t0k" },
			http.Header{"Authorization": {"Bearer t0k"}}},
		"token file, trimmed": {func(c *kubeconfig.Config) { c.BearerTokenFile = file },
			http.Header{"Authorization": {"Bearer from-file"}}},
		"file and token": {func(c *kubeconfig.Config) { c.BearerTokenFile, c.BearerToken = file, "t0k" },
			http.Header{"Authorization": {"Bearer from-file"}}},
		"the token if the file is missing": {func(c *kubeconfig.Config) { c.BearerTokenFile, c.BearerToken = file+"x", "t0k" },
			http.Header{"Authorization": {"Bearer t0k"}}},
		"basic": {func(c *kubeconfig.Config) { c.Username, c.Password = "me", "p:w" },
			http.Header{"Authorization": {"Basic bWU6cDp3"}}},
		"a plugin and a token": {func(c *kubeconfig.Config) {
			c.Exec = &kubeconfig.ExecConfig{Command: "x"}
			c.BearerToken = "t0k"
		}, http.Header{"Authorization": {"Bearer t0k"}}},
		"impersonation": {func(c *kubeconfig.Config) {
			c.Impersonate = kubeconfig.Impersonate{User: "system:serviceaccount:a:b", UID: "u-1", Groups: []string{"g1", "g 2"},
				Extra: map[string][]string{"Example.com/Prøject": {"x", "y"}}}
		}, http.Header{"Impersonate-User": {"system:serviceaccount:a:b"}, "Impersonate-Uid": {"u-1"},
			"Impersonate-Group":                            {"g1", "g 2"},
			"Impersonate-Extra-Example.com%2fpr%c3%b8ject": {"x", "y"}}},
	} {
		t.Run(name, func(t *testing.T) {
			for protocol, with := range protocols {
				var got *http.Request
				cfg := serve(t, func(_ http.ResponseWriter, r *http.Request) { got = r }, with)
				tc.set(cfg)
				_, err := newClient(t, cfg).Fetch(t.Context(), get())
				require.NoError(t, err)
				for _, other := range []string{"Accept", "Accept-Encoding", "User-Agent"} {
					got.Header.Del(other)
				}
				require.Equal(t, tc.want, got.Header, protocol)
				require.Equal(t, mount+"/api/v1/pods", got.RequestURI)
			}
		})
	}
}

func TestNewFailsForCredentialsThatCannotBeSent(t *testing.T) {
	dir := t.TempDir()
	empty, broken := write(t, dir, "empty", []byte("\n")), write(t, dir, "broken", []byte("s3cret s3cret"))
	exec := &kubeconfig.ExecConfig{Command: "aws", APIVersion: execV1, InteractiveMode: "Never", Args: []string{"s3cret"},
		Env: []kubeconfig.ExecEnvVar{{Name: "K", Value: "s3cret"}}}
	for name, tc := range map[string]struct {
		cfg  kubeconfig.Config
		want string
	}{
		"a plugin without TLS": {kubeconfig.Config{Server: "http://h", Exec: exec},
			"server h is not encrypted"},
		"a plugin without command": {kubeconfig.Config{Exec: &kubeconfig.ExecConfig{}},
			"the credential plugin has no command: set Exec.Command"},
		"a plugin of an old version": {kubeconfig.Config{Exec: &kubeconfig.ExecConfig{Command: "aws",
			APIVersion: "client.authentication.k8s.io/v1alpha1"}},
			`the credential plugin "aws" has the apiVersion "client.authentication.k8s.io/v1alpha1": it must be ` +
				`client.authentication.k8s.io/v1 or client.authentication.k8s.io/v1beta1`},
		"a plugin without mode": {kubeconfig.Config{Exec: &kubeconfig.ExecConfig{Command: "aws", APIVersion: execV1}},
			`the credential plugin "aws" has the interactiveMode "": it must be Never, IfAvailable or Always`},
		"a plugin of unknown mode": {kubeconfig.Config{Exec: &kubeconfig.ExecConfig{Command: "aws", APIVersion: execV1beta1,
			InteractiveMode: "Often"}}, `has the interactiveMode "Often"`},
		"missing token file": {kubeconfig.Config{BearerTokenFile: filepath.Join(dir, "none")},
			"read token file: open"},
		"empty token file": {kubeconfig.Config{BearerTokenFile: empty}, "token file " + empty + " is empty"},
		"broken token file": {kubeconfig.Config{BearerTokenFile: broken},
			"holds a space or a control character inside the token"},
		"a token with a new line": {kubeconfig.Config{BearerToken: "s3cret\n"},
			"the bearer token holds a space or a control character"},
		"token and password": {kubeconfig.Config{BearerToken: "s3cret", Username: "me", Password: "s3cret"},
			"both a bearer token and a user name"},
		"a colon in the user name": {kubeconfig.Config{Username: "s3cret:x", Password: "s3cret"}, "holds a colon"},
		"a password without a user": {kubeconfig.Config{Password: "s3cret"},
			"a password is given without a user name: set Config.Username, or remove the password"},
		"a token without TLS": {kubeconfig.Config{Server: "http://h", BearerToken: "s3cret"},
			"server h is not encrypted"},
		"a password without TLS": {kubeconfig.Config{Server: "http://h", Username: "me",
			Password: "s3cret"},
			"server h is not encrypted"},
		"groups without a user": {kubeconfig.Config{Impersonate: kubeconfig.Impersonate{Groups: []string{"g"}}},
			"needs a user as well"},
		"a user of two lines": {kubeconfig.Config{Impersonate: kubeconfig.Impersonate{User: "a\nb"}},
			"Impersonate-User holds a control character"},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.cfg.Server == "" {
				tc.cfg.Server = "https://h"
			}
			_, err := transport.New(&tc.cfg)
			requireOneLine(t, err)
			require.ErrorContains(t, err, tc.want)
			require.NotContains(t, err.Error(), "s3cret")
		})
	}
}

func TestA401ReadsTheTokenFileAndSendsTheRequestAgain(t *testing.T) {
	var file string
	var seen []string
	bodies := map[string]int{}
	valid := "second"
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		bodies[readAll(r.Body)]++
		if r.Header.Get("Authorization") != "Bearer "+valid {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	dir := t.TempDir()
	// Kubernetes projects a token as a link to a link, and swaps the inner link.
	for _, version := range []string{"first", "second"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		write(t, filepath.Join(dir, version), "token", []byte(version))
	}
	swap := func(version string) {
		require.NoError(t, os.Symlink(version, filepath.Join(dir, "..new")))
		require.NoError(t, os.Rename(filepath.Join(dir, "..new"), filepath.Join(dir, "..data")))
	}
	swap("first")
	file = filepath.Join(dir, "token")
	require.NoError(t, os.Symlink("..data/token", file))
	cfg.BearerTokenFile = file
	c := newClient(t, cfg)

	_, err := c.Fetch(t.Context(), send("POST", "{}"))
	require.ErrorIs(t, err, transport.ErrUnauthorized)
	require.ErrorContains(t, err, `the server does not accept the token of user "me" in the file `+file+`: have that `+
		`file renewed`)
	require.Equal(t, []string{"Bearer first"}, seen, "the file has not changed, so the request is not sent again")
	swap("second")
	_, err = c.Fetch(t.Context(), send("POST", "{}"))
	require.NoError(t, err)
	require.Equal(t, []string{"Bearer first", "Bearer first", "Bearer second"}, seen)
	require.Equal(t, map[string]int{"{}": 3}, bodies, "the whole body is sent each time")
	require.NoError(t, os.Remove(file))
	valid = "third"
	_, err = c.Fetch(t.Context(), get())
	require.ErrorIs(t, err, transport.ErrUnauthorized)
	require.Len(t, seen, 4, "without the file the last token stays in use")
}

func TestA401NamesAnExpiredClientCertificate(t *testing.T) {
	_, cert, key := newAuthority(t).issue(t, "alice", time.Now().Add(-time.Hour))
	cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) })
	cfg.TLS.CertData, cfg.TLS.KeyData = cert, key
	_, err := newClient(t, cfg).Fetch(t.Context(), get())
	require.ErrorIs(t, err, transport.ErrUnauthorized)
	require.ErrorContains(t, err, "the client certificate expired at ")
}
