package kubeconfig_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// loadOver resolves a kubeconfig of one context with overrides.
func loadOver(t *testing.T, clusterFields, userFields string, o kubeconfig.Overrides) (*kubeconfig.Config, error) {
	t.Helper()
	return kubeconfig.Load(kubeconfig.Options{Path: writeConfig(t, entry(clusterFields, userFields)), Override: o})
}

func TestFlagsOverrideTheClusterOfFiles(t *testing.T) {
	caData := []byte("CA")
	for _, tt := range []struct {
		name, fields string
		o            kubeconfig.Overrides
		server       string
		want         kubeconfig.TLS
	}{
		{"no override changes nothing", server + "\ncertificate-authority-data: " + b64("CA") + "\ntls-server-name: n", kubeconfig.Overrides{},
			"https://10.0.0.1:6443", kubeconfig.TLS{CAData: caData, ServerName: "n"}},
		{"--server replaces the server and keeps the CA", server + "\ncertificate-authority-data: " +
			b64("CA"), kubeconfig.Overrides{Server: "https://other/path/?query"},
			"https://other/path", kubeconfig.TLS{CAData: caData}},
		{"--server keeps insecure-skip-tls-verify", server + "\ninsecure-skip-tls-verify: true",
			kubeconfig.Overrides{Server: "https://other"},
			"https://other", kubeconfig.TLS{Insecure: true}},
		{"--server clears tls-server-name", server + "\ntls-server-name: n",
			kubeconfig.Overrides{Server: "https://other"},
			"https://other", kubeconfig.TLS{}},
		{"--server clears tls-server-name unless that is given too", server + "\ntls-server-name: n",
			kubeconfig.Overrides{Server: "https://other", TLSServerName: "m"},
			"https://other", kubeconfig.TLS{ServerName: "m"}},
		{"--server overrides an invalid server in the file", "server: nonsense",
			kubeconfig.Overrides{Server: "https://other"},
			"https://other", kubeconfig.TLS{}},
		{"--tls-server-name replaces tls-server-name", server + "\ntls-server-name: n", kubeconfig.Overrides{TLSServerName: "m"},
			"https://10.0.0.1:6443", kubeconfig.TLS{ServerName: "m"}},
		{"--insecure-skip-tls-verify clears the CA: file", server + "\ncertificate-authority: /ca\ntls-server-name: n", kubeconfig.Overrides{Insecure: true},
			"https://10.0.0.1:6443", kubeconfig.TLS{Insecure: true, ServerName: "n"}},
		{"--insecure-skip-tls-verify clears the CA: data", server + "\ncertificate-authority-data: '*'", kubeconfig.Overrides{Insecure: true},
			"https://10.0.0.1:6443", kubeconfig.TLS{Insecure: true}},
		{"--certificate-authority clears skip", server + "\ninsecure-skip-tls-verify: true", kubeconfig.Overrides{CAFile: "/flag"},
			"https://10.0.0.1:6443", kubeconfig.TLS{CAFile: "/flag"}},
		{"--certificate-authority clears CA data", server + "\ncertificate-authority-data: " + b64("CA"), kubeconfig.Overrides{CAFile: "/flag"},
			"https://10.0.0.1:6443", kubeconfig.TLS{CAFile: "/flag"}},
		{"--certificate-authority replaces contradictory settings in the file", server + "\ncertificate-authority: /ca\ncertificate-authority-data: x\ninsecure-skip-tls-verify: true", kubeconfig.Overrides{CAFile: "/flag"},
			"https://10.0.0.1:6443", kubeconfig.TLS{CAFile: "/flag"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := loadOver(t, tt.fields+"\nproxy-url: http://proxy\ndisable-compression: true",
				"token: t", tt.o)
			require.NoError(t, err)
			require.Equal(t, &kubeconfig.Config{
				Server: tt.server, Namespace: "default", TLS: tt.want, BearerToken: "t",
				ProxyURL: "http://proxy", DisableCompression: true, Source: c.Source,
			}, c)
			cluster := "k"
			if tt.o.Server != "" {
				cluster = "" // the address is not from the file
			}
			require.Equal(t, cluster, c.Source.Cluster)
		})
	}
	t.Run("a path given as a flag is relative to the working directory", func(t *testing.T) {
		dir := t.TempDir()
		t.Chdir(dir)
		dir, err := os.Getwd()
		require.NoError(t, err)
		c, err := loadOver(t, server, "{}", kubeconfig.Overrides{CAFile: "ca.crt", CertFile: "pki/tls.crt", KeyFile: "../tls.key"})
		require.NoError(t, err)
		require.Equal(t, kubeconfig.TLS{CAFile: filepath.Join(dir, "ca.crt"), CertFile: filepath.Join(dir, "pki", "tls.crt"), KeyFile: filepath.Join(filepath.Dir(dir), "tls.key")}, c.TLS)
	})
	t.Run("http:// drops the user's credentials, and the requested ones", func(t *testing.T) {
		c, err := loadOver(t, server, "token: t\nas: jane", kubeconfig.Overrides{Server: "http://plain",
			Token: "s3cr3t", CertFile: "/c", KeyFile: "/k", CAFile: "/ca"})
		require.NoError(t, err)
		require.Equal(t,
			[]string{"http://plain is reached without TLS, so no credentials are sent to it"}, c.Warnings)
		require.Equal(t, &kubeconfig.Config{Server: "http://plain", Namespace: "default",
			Impersonate: kubeconfig.Impersonate{User: "jane"}, Source: c.Source, Warnings: c.Warnings}, c)
	})
}

func TestFlagsOverrideTheUserOfFiles(t *testing.T) {
	const basic, pair, data = "username: u\npassword: p", "client-certificate: /c\nclient-key: /k", "client-certificate-data: Qw==\nclient-key-data: Sw=="
	token := kubeconfig.Config{BearerToken: "flag"}
	for _, tt := range []struct {
		name, fields string
		o            kubeconfig.Overrides
		want         kubeconfig.Config
	}{
		{"a token flag clears the other credentials: a token", "token: t", kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears the other credentials: a token file, which would take precedence", "tokenFile: /t", kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears the other credentials: basic auth, which would exclude it", basic, kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears the other credentials: a certificate, which would take precedence", pair, kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears the other credentials: certificate data", data, kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears the other credentials: an exec plugin", plugin, kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears the other credentials: an auth-provider", "auth-provider: {name: gcp}", kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag clears contradictory credentials", "token: t\n" + basic + "\nclient-certificate: /c", kubeconfig.Overrides{Token: "flag"}, token},
		{"a token flag keeps the impersonation", "token: t\nas: jane", kubeconfig.Overrides{Token: "flag"}, kubeconfig.Config{BearerToken: "flag", Impersonate: kubeconfig.Impersonate{User: "jane"}}},
		{"a token and a certificate may be requested together", "tokenFile: /t", kubeconfig.Overrides{Token: "flag", CertFile: "/c", KeyFile: "/k"},
			kubeconfig.Config{BearerToken: "flag", TLS: kubeconfig.TLS{CertFile: "/c", KeyFile: "/k"}}},
		{"--client-certificate and --client-key replace the file's", pair, kubeconfig.Overrides{CertFile: "/C", KeyFile: "/K"}, kubeconfig.Config{TLS: kubeconfig.TLS{CertFile: "/C", KeyFile: "/K"}}},
		{"--client-certificate and --client-key replace data", data, kubeconfig.Overrides{CertFile: "/C", KeyFile: "/K"}, kubeconfig.Config{TLS: kubeconfig.TLS{CertFile: "/C", KeyFile: "/K"}}},
		{"--client-certificate alone keeps the file's key", data, kubeconfig.Overrides{CertFile: "/C"}, kubeconfig.Config{TLS: kubeconfig.TLS{CertFile: "/C", KeyData: []byte("K")}}},
		{"--client-key alone keeps the file's certificate", data, kubeconfig.Overrides{KeyFile: "/K"}, kubeconfig.Config{TLS: kubeconfig.TLS{CertData: []byte("C"), KeyFile: "/K"}}},
		{"a certificate keeps a token", "token: t", kubeconfig.Overrides{CertFile: "/C", KeyFile: "/K"}, kubeconfig.Config{BearerToken: "t", TLS: kubeconfig.TLS{CertFile: "/C", KeyFile: "/K"}}},
		{"a requested certificate takes precedence over exec, without a warning", plugin, kubeconfig.Overrides{CertFile: "/C", KeyFile: "/K"}, kubeconfig.Config{TLS: kubeconfig.TLS{CertFile: "/C", KeyFile: "/K"}}},
		{"--as over a file's as, per field", "as: jane\nas-uid: '1'\nas-groups: [a, b]\nas-user-extra: {x: ['1'], y: ['2']}", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{User: "joe"}},
			kubeconfig.Config{Impersonate: kubeconfig.Impersonate{User: "joe", UID: "1", Groups: []string{"a", "b"}, Extra: map[string][]string{"x": {"1"}, "y": {"2"}}}}},
		{"--as-uid and --as-group replace, --as-user-extra replaces key by key", "as: jane\nas-uid: '1'\nas-groups: [a, b]\nas-user-extra: {x: ['1'], y: ['2']}",
			kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{UID: "2", Groups: []string{"c"}, Extra: map[string][]string{"y": {"3"}, "z": {"4"}}}},
			kubeconfig.Config{Impersonate: kubeconfig.Impersonate{User: "jane", UID: "2", Groups: []string{"c"}, Extra: map[string][]string{"x": {"1"}, "y": {"3"}, "z": {"4"}}}}},
		{"--as-user-extra replaces a key that a file writes in capitals", "as: jane\nas-user-extra: {Scopes: [view], other: [x]}",
			kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{Extra: map[string][]string{"scopes": {"none"}}}},
			kubeconfig.Config{Impersonate: kubeconfig.Impersonate{User: "jane", Extra: map[string][]string{"scopes": {"none"}, "other": {"x"}}}}},
		{"--as supplies the missing as of a file", "as-groups: [a]", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{User: "joe"}},
			kubeconfig.Config{Impersonate: kubeconfig.Impersonate{User: "joe", Groups: []string{"a"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := loadOver(t, server, tt.fields, tt.o)
			require.NoError(t, err)
			require.Empty(t, c.Warnings)
			tt.want.Server, tt.want.Namespace, tt.want.Source = "https://10.0.0.1:6443", "default", c.Source
			require.Equal(t, &tt.want, c)
			user := "u"
			if tt.o.Token != "" {
				user = "" // the credentials are not from the file
			}
			require.Equal(t, user, c.Source.User)
		})
	}
	t.Run("a key without certificate is not used, with a warning", func(t *testing.T) {
		c, err := loadOver(t, server, "token: t", kubeconfig.Overrides{KeyFile: "/K"})
		require.NoError(t, err)
		require.Empty(t, c.TLS)
		require.Equal(t, []string{`user "u" has a client key but no client certificate, so the key is not used`}, c.Warnings)
	})
	t.Run("the result shares nothing with the overrides", func(t *testing.T) {
		o := kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{User: "joe", Groups: []string{"a"}, Extra: map[string][]string{"x": {"1"}}}}
		c, err := loadOver(t, server, "{}", o)
		require.NoError(t, err)
		c.Impersonate.Groups[0], c.Impersonate.Extra["x"][0], c.Impersonate.Extra["y"] = "b", "2", nil
		require.Equal(t, kubeconfig.Impersonate{User: "joe", Groups: []string{"a"}, Extra: map[string][]string{"x": {"1"}}}, o.Impersonate)
	})
}

func TestInvalidOverridesAreReported(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    kubeconfig.Overrides
		want string
	}{
		{"no verification and a CA exclude each other", kubeconfig.Overrides{Insecure: true, CAFile: "ca"}, "a certificate authority and insecure-skip-tls-verify were both requested"},
		{"a server that is a host and a port", kubeconfig.Overrides{Server: "10.0.0.1:6443"},
			"the requested server must begin with https:// or http://"},
		{"a server of another scheme", kubeconfig.Overrides{Server: "ftp://k"},
			"the requested server must begin with https:// or http://"},
		{"a server without scheme", kubeconfig.Overrides{Server: "10.0.0.1:6443"}, "the requested server "},
		{"a server without host", kubeconfig.Overrides{Server: "https:///x"},
			"the requested server names no host"},
		{"a server with a password", kubeconfig.Overrides{Server: "https://u:s3cr3t@k"},
			"the requested server contains a user name"},
		{"a server that does not parse", kubeconfig.Overrides{Server: "https://u:s3cr3t@k/%zz"},
			"the requested server is not a URL"},
		{"a certificate without key", kubeconfig.Overrides{CertFile: "/c"}, "the requested client certificate needs a key"},
		{"a certificate whose key a token clears", kubeconfig.Overrides{CertFile: "/c", Token: "s3cr3t"}, "the requested client certificate needs a key"},
		{"groups without a user", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{Groups: []string{"s3cr3t"}}}, "uid, groups or extra needs a user"},
		{"a uid without a user", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{UID: "s3cr3t"}}, "uid, groups or extra needs a user"},
		{"extra without a user", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{Extra: map[string][]string{"s3cr3t": nil}}}, "uid, groups or extra needs a user"},
		{"a group without name", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{User: "u", Groups: []string{"a", ""}}}, "a group has no name"},
		{"an empty key of extra", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{User: "u", Extra: map[string][]string{"": {"s3cr3t"}}}}, "an extra key is empty"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, entry(server, "token: s3cr3t"))
			_, err := kubeconfig.Load(kubeconfig.Options{Path: path, Override: tt.o})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "kubeconfig: ")
			require.NotContains(t, err.Error(), path, "the file is not at fault")
			require.NotContains(t, err.Error(), "s3cr3t")
			require.NotContains(t, err.Error(), "\n")
		})
	}
	t.Run("an error in the file names the file", func(t *testing.T) {
		path := writeConfig(t, entry(server, "token: t\nas-groups: [a]"))
		_, err := kubeconfig.Load(kubeconfig.Options{Path: path, Override: kubeconfig.Overrides{CAFile: "/ca"}})
		require.ErrorContains(t, err, path+`: user "u": as-uid, as-groups and as-user-extra need as`)
	})
}

func TestAServerFlagNeedsNoFileOrContext(t *testing.T) {
	alone := kubeconfig.Overrides{Server: "https://flag", Token: "flag", CAFile: "/ca"}
	want := func() *kubeconfig.Config {
		return &kubeconfig.Config{Server: "https://flag", Namespace: "default", BearerToken: "flag",
			TLS: kubeconfig.TLS{CAFile: "/ca"}}
	}
	t.Run("no file", func(t *testing.T) {
		isolate(t)
		c, err := kubeconfig.Load(kubeconfig.Options{Override: alone})
		require.NoError(t, err)
		require.Equal(t, want(), c)
	})
	t.Run("no file and no credentials", func(t *testing.T) {
		isolate(t)
		c, err := kubeconfig.Load(kubeconfig.Options{Namespace: "mine",
			Override: kubeconfig.Overrides{Server: "https://flag"}})
		require.NoError(t, err)
		require.Equal(t, &kubeconfig.Config{Server: "https://flag", Namespace: "mine"}, c)
	})
	t.Run("an empty file", func(t *testing.T) {
		path := writeConfig(t, "")
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path, Override: alone})
		require.NoError(t, err)
		w := want()
		w.Source.Files = []string{path}
		require.Equal(t, w, c)
	})
	t.Run("a missing explicit file stays an error", func(t *testing.T) {
		_, err := kubeconfig.Load(kubeconfig.Options{Path: filepath.Join(t.TempDir(), "absent"), Override: alone})
		require.ErrorIs(t, err, os.ErrNotExist)
	})
	t.Run("a file without current-context is not used", func(t *testing.T) {
		path := writeConfig(t,
			"clusters: [{name: k, cluster: {server: 'https://file'}}]\nusers: [{name: u, user: {token: "+
				"t}}]\ncontexts: [{name: c, context: {cluster: k, user: u, namespace: n}}]")
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path,
			Override: kubeconfig.Overrides{Server: "https://flag"}})
		require.NoError(t, err)
		require.Equal(t, &kubeconfig.Config{Server: "https://flag", Namespace: "default",
			Source: kubeconfig.Source{Files: []string{path}}}, c)
	})
	t.Run("a user alone may be requested", func(t *testing.T) {
		path := writeConfig(t, "users: [{name: u, user: {token: t}}]")
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path, User: "u",
			Override: kubeconfig.Overrides{Server: "https://flag"}})
		require.NoError(t, err)
		require.Equal(t, "t", c.BearerToken)
		require.Equal(t, "u", c.Source.User)
	})
	t.Run("the context's user and namespace stay", func(t *testing.T) {
		c, err := kubeconfig.Load(kubeconfig.Options{Path: writeConfig(t, "current-context: c\ncontexts: [{name: c, context: {user: u, namespace: n}}]\nusers: [{name: u, user: {token: t}}]"),
			Override: kubeconfig.Overrides{Server: "https://flag"}})
		require.NoError(t, err)
		require.Equal(t, []string{"https://flag", "t", "n"}, []string{c.Server, c.BearerToken,
			c.Namespace})
	})
	t.Run("the entries of a context must still exist", func(t *testing.T) {
		for content, kind := range map[string]string{
			"current-context: gone": "context",
			"current-context: c\ncontexts: [{name: c, context: {cluster: gone}}]": "cluster",
			"current-context: c\ncontexts: [{name: c, context: {user: gone}}]":    "user",
		} {
			_, err := kubeconfig.Load(kubeconfig.Options{Path: writeConfig(t, content), Override: alone})
			var missing *kubeconfig.NotFoundError
			require.ErrorAs(t, err, &missing)
			require.Equal(t, kind, missing.Kind)
		}
	})
	t.Run("an invalid server is an error", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.Load(kubeconfig.Options{Override: kubeconfig.Overrides{Token: "t", CAFile: "/ca"}})
		require.ErrorIs(t, err, kubeconfig.ErrNotConfigured)
	})
}

func TestFlagsOverrideTheServiceAccount(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    kubeconfig.Overrides
		want func(c *kubeconfig.Config)
	}{
		{"no override: the service account's values", kubeconfig.Overrides{}, func(*kubeconfig.Config) {}},
		{"--server alone is reached with the service account's token and CA",
			kubeconfig.Overrides{Server: "https://other:6443"},
			func(c *kubeconfig.Config) { c.Server = "https://other:6443" }},
		{"--server with --token ignores the service account, except for the namespace",
			kubeconfig.Overrides{Server: "https://other", Token: "flag"},
			func(c *kubeconfig.Config) {
				*c = kubeconfig.Config{Server: "https://other", Namespace: c.Namespace, BearerToken: "flag"}
			}},
		{"--server with a certificate ignores the service account too",
			kubeconfig.Overrides{Server: "https://other", CertFile: "/c", KeyFile: "/k"},
			func(c *kubeconfig.Config) {
				*c = kubeconfig.Config{Server: "https://other", Namespace: c.Namespace,
					TLS: kubeconfig.TLS{CertFile: "/c", KeyFile: "/k"}}
			}},
		{"--token replaces the token file", kubeconfig.Overrides{Token: "flag"}, func(c *kubeconfig.Config) { c.BearerToken, c.BearerTokenFile = "flag", "" }},
		{"--certificate-authority replaces the CA", kubeconfig.Overrides{CAFile: "/flag"}, func(c *kubeconfig.Config) { c.TLS.CAFile = "/flag" }},
		{"--insecure-skip-tls-verify clears the CA", kubeconfig.Overrides{Insecure: true}, func(c *kubeconfig.Config) { c.TLS = kubeconfig.TLS{Insecure: true} }},
		{"--tls-server-name is the name to verify", kubeconfig.Overrides{TLSServerName: "n"}, func(c *kubeconfig.Config) { c.TLS.ServerName = "n" }},
		{"a certificate goes with the token file", kubeconfig.Overrides{CertFile: "/c", KeyFile: "/k"}, func(c *kubeconfig.Config) { c.TLS.CertFile, c.TLS.KeyFile = "/c", "/k" }},
		{"the user to impersonate", kubeconfig.Overrides{Impersonate: kubeconfig.Impersonate{User: "jane", Groups: []string{"g"}}},
			func(c *kubeconfig.Config) {
				c.Impersonate = kubeconfig.Impersonate{User: "jane", Groups: []string{"g"}}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			isolate(t)
			dir := servicePod(t)
			want, err := kubeconfig.InPod(dir)
			require.NoError(t, err)
			tt.want(want)
			got, err := kubeconfig.LoadInPod(kubeconfig.Options{Override: tt.o}, dir)
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
	t.Run("KUBERNETES_SERVICE_HOST and _PORT are the server", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		t.Setenv("KUBERNETES_SERVICE_HOST", "kubernetes.example")
		t.Setenv("KUBERNETES_SERVICE_PORT", "6443")
		c, err := kubeconfig.LoadInPod(kubeconfig.Options{}, dir)
		require.NoError(t, err)
		require.Equal(t, "https://kubernetes.example:6443", c.Server)
	})
	t.Run("a requested CA removes the warning about a service account without CA", func(t *testing.T) {
		isolate(t)
		dir := servicePod(t)
		require.NoError(t, os.Remove(filepath.Join(dir, "ca.crt")))
		c, err := kubeconfig.LoadInPod(kubeconfig.Options{Override: kubeconfig.Overrides{CAFile: "/flag"}}, dir)
		require.NoError(t, err)
		require.Empty(t, c.Warnings)
	})
	t.Run("http:// drops the token", func(t *testing.T) {
		isolate(t)
		override := kubeconfig.Overrides{Server: "http://plain"}
		c, err := kubeconfig.LoadInPod(kubeconfig.Options{Override: override}, servicePod(t))
		require.NoError(t, err)
		require.Empty(t, c.BearerTokenFile)
		require.Len(t, c.Warnings, 1)
	})
	t.Run("invalid overrides are reported in a pod too", func(t *testing.T) {
		isolate(t)
		_, err := kubeconfig.LoadInPod(kubeconfig.Options{Override: kubeconfig.Overrides{CertFile: "/c"}}, servicePod(t))
		require.ErrorContains(t, err, "the requested client certificate needs a key")
	})
}
