package kubeconfig_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestUser(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields string
		want   kubeconfig.Config
	}{
		{"a token is carried", "token: t", kubeconfig.Config{BearerToken: "t"}},
		{"a token of digits keeps them all", "token: 0123", kubeconfig.Config{BearerToken: "0123"}},
		{"a token file and a token are both kept, and the file takes precedence", "token: t\ntokenFile: /t", kubeconfig.Config{BearerToken: "t", BearerTokenFile: "/t"}},
		{"a token file need not exist yet", "tokenFile: /nowhere", kubeconfig.Config{BearerTokenFile: "/nowhere"}},
		{"basic auth is carried", "username: u\npassword: p", kubeconfig.Config{Username: "u", Password: "p"}},
		{"a client certificate may be two files", "client-certificate: /c\nclient-key: /k", kubeconfig.Config{TLS: kubeconfig.TLS{CertFile: "/c", KeyFile: "/k"}}},
		{"a client certificate may be data", "client-certificate-data: " + b64("C") + "\nclient-key-data: " + b64("K"), kubeconfig.Config{TLS: kubeconfig.TLS{CertData: []byte("C"), KeyData: []byte("K")}}},
		{"a client certificate may be data and its key a file", "client-certificate-data: " + b64("C") + "\nclient-key: /k", kubeconfig.Config{TLS: kubeconfig.TLS{CertData: []byte("C"), KeyFile: "/k"}}},
		{"a token and a client certificate go together", "token: t\nclient-certificate: /c\nclient-key: /k", kubeconfig.Config{BearerToken: "t", TLS: kubeconfig.TLS{CertFile: "/c", KeyFile: "/k"}}},
		{"as, as-uid, as-groups and as-user-extra impersonate", "as: a\nas-uid: b\nas-groups: [c, d]\nas-user-extra: {Scopes/x: [e, f]}",
			kubeconfig.Config{Impersonate: kubeconfig.Impersonate{User: "a", UID: "b", Groups: []string{"c", "d"}, Extra: map[string][]string{"Scopes/x": {"e", "f"}}}}},
		{"act-as is not a field", "act-as: a", kubeconfig.Config{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, entry(server, tt.fields))
			require.Empty(t, c.Warnings)
			tt.want.Server, tt.want.Namespace, tt.want.Source = c.Server, "default", c.Source
			require.Equal(t, &tt.want, c)
		})
	}
	for _, tt := range []struct{ name, fields, want string }{
		{"a token and basic auth are an error", "token: s3cr3t\nusername: u\npassword: s3cr3t", "a token and a username"},
		{"a token file and basic auth are an error", "tokenFile: /t\npassword: s3cr3t", "a token and a username"},
		{"a certificate as file and data is an error", "client-certificate: /c\nclient-certificate-data: " + b64("s3cr3t") + "\nclient-key: /k", "client-certificate and client-certificate-data"},
		{"a key as file and data is an error", "client-certificate: /c\nclient-key: /k\nclient-key-data: " + b64("s3cr3t"), "client-key and client-key-data"},
		{"a key as file and data is an error without certificate too", "client-key: /k\nclient-key-data: " + b64("s3cr3t"), "client-key and client-key-data"},
		{"a certificate without key is an error", "client-certificate: /c", "needs client-key"},
		{"certificate data without key is an error", "client-certificate-data: " + b64("s3cr3t"), "needs client-key"},
		{"key data that is not base64 is an error", "client-certificate: /c\nclient-key-data: '*s3cr3t*'", "client-key-data is not base64"},
		{"certificate data that is not base64 is an error", "client-key: /c\nclient-certificate-data: '*s3cr3t*'", "client-certificate-data is not base64"},
		{"a uid without as is an error", "as-uid: s3cr3t", "need as"},
		{"groups without as are an error", "as-groups: [s3cr3t]", "need as"},
		{"a group without name is an error", "as: a\nas-groups: [s3cr3t, '']", "a group has no name"},
		{"an empty key of extra is an error", "as: a\nas-user-extra: {'': [s3cr3t]}", "an extra key is empty"},
		{"extra without as is an error", "as-user-extra: {a: [s3cr3t]}", "need as"},
		{"exec and auth-provider are an error", "exec: {command: c}\nauth-provider: {name: gcp}", "exec and auth-provider exclude each other"},
		{"auth-provider gcp names the plugin to use", "auth-provider: {name: gcp, config: {access-token: s3cr3t}}", "gke-gcloud-auth-plugin"},
		{"auth-provider azure names the plugin to use", "auth-provider: {name: azure, config: {access-token: s3cr3t}}", "kubelogin"},
		{"auth-provider oidc names the plugin to use", "auth-provider: {name: oidc, config: {refresh-token: s3cr3t}}", "oidc-login"},
		{"auth-provider oidc with an invalid id-token is an error", "auth-provider: {name: oidc, config: {id-token: s3cr3t}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token without expiry is an error", "auth-provider: {name: oidc, config: {id-token: " + jwt(`{"sub":"s3cr3t"}`) + "}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token that is not base64 is an error", "auth-provider: {name: oidc, config: {id-token: a.s3cr3t!.c}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token that is not JSON is an error", "auth-provider: {name: oidc, config: {id-token: " + jwt(`{"s3cr3t`) + "}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token without claims is an error", "auth-provider: {name: oidc, config: {id-token: " + jwt(``) + "}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token that is a list is an error", "auth-provider: {name: oidc, config: {id-token: " + jwt(`["s3cr3t"]`) + "}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token that expires before 1970 is an error", "auth-provider: {name: oidc, config: {id-token: " + jwt(`{"exp":-1}`) + "}}", "not a JSON Web Token"},
		{"auth-provider oidc with an id-token that expires after all time is an error", "auth-provider: {name: oidc, config: {id-token: " + jwt(`{"exp":1e300}`) + "}}", "not a JSON Web Token"},
		{"auth-provider oidc with an expired id-token reports the time", "auth-provider: {name: oidc, config: {id-token: " + jwt(`{"exp":1700000000,"sub":"s3cr3t"}`) + "}}", "2023-11-14T22:13:20Z"},
		{"another auth-provider is an error", "auth-provider: {name: s3cr3t}", "use an exec plugin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, entry(server, tt.fields))
			_, err := kubeconfig.Load(kubeconfig.Options{Path: path})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path+`: user "u": `)
			require.NotContains(t, err.Error(), "s3cr3t")
			require.NotContains(t, err.Error(), b64("s3cr3t"))
		})
	}
	t.Run("an unexpired id-token of oidc is used as a bearer token", func(t *testing.T) {
		token := jwt(fmt.Sprintf(`{"iss":"https://issuer","exp":%d}`, time.Now().Add(time.Hour).Unix()))
		c := mustLoad(t, entry(server, "auth-provider: {name: oidc, config: {id-token: "+token+"}}"))
		require.Equal(t, token, c.BearerToken)
	})
	t.Run("an id-token goes with a client certificate", func(t *testing.T) {
		token := jwt(fmt.Sprintf(`{"exp":%d}`, time.Now().Add(time.Hour).Unix()))
		c := mustLoad(t, entry(server, "client-certificate: /c\nclient-key: /k\nauth-provider: {name: oidc, config: {id-token: "+token+"}}"))
		require.Equal(t, token, c.BearerToken)
		require.Equal(t, "/c", c.TLS.CertFile)
	})
	for name, fields := range map[string]string{"a static token": "token: t", "a token file": "tokenFile: /t", "basic auth": "username: u\npassword: p"} {
		t.Run(name+" beats the oidc auth-provider, with a warning", func(t *testing.T) {
			c := mustLoad(t, entry(server, fields+"\nauth-provider: {name: oidc, config: {id-token: "+jwt(`{"exp":1}`)+"}}"))
			require.NotContains(t, c.BearerToken, ".")
			require.Equal(t, []string{`user "u" has a static credential, so its auth-provider oidc is not used`}, c.Warnings)
		})
	}
	t.Run("a password without a username is not used, with a warning", func(t *testing.T) {
		c := mustLoad(t, entry(server, "password: s3cr3t"))
		require.Empty(t, c.Password)
		require.Equal(t, []string{`user "u" has a password but no username, so the password is not used`}, c.Warnings)
	})
	t.Run("a key without certificate is not used, with a warning", func(t *testing.T) {
		c := mustLoad(t, entry(server, "client-key: /k"))
		require.Empty(t, c.TLS)
		require.Len(t, c.Warnings, 1)
	})
	t.Run("an error of another user has no effect", func(t *testing.T) {
		mustLoad(t, entry(server, "{}")+"- name: other\n  user: {client-certificate: /c, auth-provider: {name: gcp}}\n")
	})
}

func jwt(claims string) string { return "e30." + strings.TrimRight(b64(claims), "=") + ".c2ln" }

func TestExec(t *testing.T) {
	t.Run("every field is in the Config", func(t *testing.T) {
		c := mustLoad(t, entry(server, `
exec:
  apiVersion: client.authentication.k8s.io/v1
  command: aws
  args: [eks, get-token]
  env:
  - {name: AWS_PROFILE, value: prod}
  - {name: EMPTY, value: ""}
  installHint: "brew install \e[1maws\e[0m\nor else"
  interactiveMode: Always
  provideClusterInfo: true`))
		require.Equal(t, &kubeconfig.ExecConfig{
			APIVersion:         "client.authentication.k8s.io/v1",
			Command:            "aws",
			Args:               []string{"eks", "get-token"},
			Env:                []kubeconfig.ExecEnvVar{{Name: "AWS_PROFILE", Value: "prod"}, {Name: "EMPTY"}},
			InstallHint:        "brew install U+001B[1mawsU+001B[0m\nor else",
			InteractiveMode:    kubeconfig.InteractiveAlways,
			ProvideClusterInfo: true,
		}, c.Exec)
	})
	t.Run("interactiveMode of v1beta1 is IfAvailable when it is not set", func(t *testing.T) {
		c := mustLoad(t, entry(server, "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: p}"))
		require.Equal(t, kubeconfig.InteractiveIfAvailable, c.Exec.InteractiveMode)
	})
	for _, tt := range []struct{ name, exec, want string }{
		{"interactiveMode is required in v1", "apiVersion: client.authentication.k8s.io/v1, command: p", "exec.interactiveMode is required"},
		{"another interactiveMode is an error", "apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: s3cr3t", "Never, IfAvailable or Always"},
		{"another apiVersion is an error", "apiVersion: client.authentication.k8s.io/v1alpha1, command: p", "client.authentication.k8s.io/v1beta1"},
		{"no apiVersion is an error", "command: p", "no apiVersion"},
		{"no command is an error", "apiVersion: client.authentication.k8s.io/v1", "no command"},
		{"a variable without name is an error", "apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never, env: [{name: A}, {value: s3cr3t}]", "exec.env[1] has no name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := loadText(t, entry(server, "exec: {"+tt.exec+"}"))
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, `user "u"`)
			require.NotContains(t, err.Error(), "s3cr3t")
		})
	}
	for name, fields := range map[string]string{
		"a static token":       "token: t",
		"a token file":         "tokenFile: /t",
		"basic auth":           "username: u\npassword: p",
		"a client certificate": "client-certificate: /c\nclient-key: /k",
	} {
		t.Run(name+" beats exec, with a warning that names both", func(t *testing.T) {
			c := mustLoad(t, entry(server, fields+"\n"+plugin))
			require.Nil(t, c.Exec)
			require.Len(t, c.Warnings, 1)
			require.Contains(t, c.Warnings[0], `user "u"`)
			require.Contains(t, c.Warnings[0], `plugin "p"`)
		})
	}
	t.Run("a password without a username does not replace the plugin", func(t *testing.T) {
		require.NotNil(t, mustLoad(t, entry(server, "password: p\n"+plugin)).Exec)
	})
	for _, tt := range []struct {
		name, command string
		want          func(dir string) string
	}{
		{"a command without separator is left for PATH", "plugin", func(string) string { return "plugin" }},
		{"a command with a separator is relative to the file", "./plugin", func(dir string) string { return filepath.Join(dir, "plugin") }},
		{"a command in a folder is relative to the file", "bin/plugin", func(dir string) string { return filepath.Join(dir, "bin", "plugin") }},
		{"an absolute command stays", "/bin/plugin", func(string) string { return "/bin/plugin" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, entry(server, "exec: {apiVersion: client.authentication.k8s.io/v1, command: "+tt.command+", interactiveMode: Never}"))
			c, err := kubeconfig.Load(kubeconfig.Options{Path: path})
			require.NoError(t, err)
			require.Equal(t, tt.want(filepath.Dir(path)), c.Exec.Command)
		})
	}
}
