package kubeconfig_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/kubeconfig"
)

// secretive holds "s3cr3t" in every field that holds a credential, and an address wherever one may hold one.
func secretive() *kubeconfig.Config {
	return &kubeconfig.Config{
		Server:      "https://me:s3cr3t@k:6443/path?token=s3cr3t#s3cr3t",
		Namespace:   "ns",
		TLS:         secretTLS(),
		BearerToken: "s3cr3t", BearerTokenFile: "/run/token",
		Username: "admin", Password: "s3cr3t",
		Impersonate: kubeconfig.Impersonate{User: "jane", UID: "7", Groups: []string{"devs"}, Extra: map[string][]string{"scopes": {"view"}}},
		Exec:        secretExec(),
		ProxyURL:    "http://proxyuser:s3cr3t@proxy:3128",
		Source:      kubeconfig.Source{Files: []string{"/home/config"}, Context: "ctx", Cluster: "clu", User: "usr"},
		Warnings:    []string{"beware"},
	}
}

func secretTLS() kubeconfig.TLS {
	return kubeconfig.TLS{CAData: []byte("s3cr3t"), CertData: []byte("s3cr3t"), KeyData: []byte("s3cr3t"), CertFile: "/tls.crt", ServerName: "name"}
}

func secretExec() *kubeconfig.ExecConfig {
	return &kubeconfig.ExecConfig{
		APIVersion: "client.authentication.k8s.io/v1", Command: "plugin", Args: []string{"--password=s3cr3t"},
		Env:         []kubeconfig.ExecEnvVar{{Name: "PASSWORD", Value: "s3cr3t"}},
		InstallHint: "install it", InteractiveMode: kubeconfig.InteractiveNever, ClusterConfig: map[string]any{"s3cr3t": "s3cr3t"},
	}
}

type embedding struct{ kubeconfig.Config }

// values are the structs as a caller may hold them.
func values() map[string]any {
	c := secretive()
	tls := secretTLS()
	return map[string]any{
		"Config": *c, "*Config": c, "TLS": tls, "*TLS": &tls,
		"ExecConfig": *c.Exec, "*ExecConfig": c.Exec, "ExecEnvVar": c.Exec.Env[0], "*ExecEnvVar": &c.Exec.Env[0],
		"[]Config": []kubeconfig.Config{*c}, "[]*Config": []*kubeconfig.Config{c}, "[]ExecEnvVar": c.Exec.Env,
		"map of Config":             map[string]kubeconfig.Config{"a": *c},
		"struct with Config":        struct{ C kubeconfig.Config }{*c},
		"struct with *Config":       struct{ C *kubeconfig.Config }{c},
		"struct that embeds Config": embedding{*c},
		"any":                       []any{c, &c, *c},
	}
}

func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	require.NotContains(t, text, "s3cr3t")
	require.NotContains(t, text, b64("s3cr3t"))
	require.NotContains(t, text, fmt.Sprintf("%x", "s3cr3t"))
	require.NotContains(t, strings.ToLower(text), "115 51 99 114 51 116")
}

func TestNoSecretIsPrinted(t *testing.T) {
	for name, value := range values() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%10.3v", "%T"} {
			t.Run(name+" by "+verb, func(t *testing.T) {
				requireNoSecret(t, fmt.Sprintf(verb, value))
			})
		}
		t.Run(name+" by Print", func(t *testing.T) { requireNoSecret(t, fmt.Sprint(value)) })
		t.Run(name+" in an error", func(t *testing.T) { requireNoSecret(t, fmt.Errorf("failed: %v", value).Error()) })
	}
}

func TestAPointerInAnUnexportedFieldIsPrintedAsAnAddress(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		requireNoSecret(t, fmt.Sprintf(verb, struct{ c *kubeconfig.Config }{secretive()}))
	}
}

func TestNoSecretIsEncoded(t *testing.T) {
	encoders := map[string]func(any) ([]byte, error){
		"encoding/json":       json.Marshal,
		"go-json-experiment":  func(v any) ([]byte, error) { return jsonv2.Marshal(v) },
		"yaml":                yaml.Marshal,
		"encoding/xml":        xml.Marshal,
		"a log of text":       func(v any) ([]byte, error) { return logged(v, false), nil },
		"a log of JSON lines": func(v any) ([]byte, error) { return logged(v, true), nil },
	}
	for name, value := range values() {
		for encoder, encode := range encoders {
			t.Run(name+" by "+encoder, func(t *testing.T) {
				out, _ := encode(value) // that an encoder refuses a value does no harm
				requireNoSecret(t, string(out))
			})
		}
	}
	out, err := json.Marshal(secretive())
	require.NoError(t, err)
	require.Contains(t, string(out), "BearerToken: REDACTED")
}

func logged(v any, asJSON bool) []byte {
	var b bytes.Buffer
	var h slog.Handler = slog.NewTextHandler(&b, nil)
	if asJSON {
		h = slog.NewJSONHandler(&b, nil)
	}
	slog.New(h).Info("loaded", "config", v)
	return b.Bytes()
}

func TestWhatIsNoSecretIsPrinted(t *testing.T) {
	require.Equal(t, `Config{Server: "https://REDACTED@k:6443/path?REDACTED", Namespace: "ns", `+
		`TLS: TLS{CertFile: "/tls.crt", CAData: 6 bytes, CertData: 6 bytes, KeyData: REDACTED, ServerName: "name"}, `+
		`BearerToken: REDACTED, BearerTokenFile: "/run/token", Username: "admin", Password: REDACTED, `+
		`Impersonate: Impersonate{User: "jane", UID: "7", Groups: ["devs"], Extra: map["scopes":["view"]]}, `+
		`Exec: ExecConfig{APIVersion: "client.authentication.k8s.io/v1", Command: "plugin", Args: REDACTED, Env: [PASSWORD=REDACTED], InstallHint: "install it", InteractiveMode: "Never", ClusterConfig: REDACTED}, `+
		`ProxyURL: "http://REDACTED@proxy:3128", Source: Source{Files: ["/home/config"], Context: "ctx", Cluster: "clu", User: "usr"}, Warnings: ["beware"]}`,
		fmt.Sprint(secretive()))
	require.Equal(t, `Config{Server: "https://k"}`, fmt.Sprintf("%+v", kubeconfig.Config{Server: "https://k"}))
	require.Equal(t, `Config{Server: REDACTED}`, strings.ReplaceAll(fmt.Sprint(kubeconfig.Config{Server: "https://u:s3cr3t@k:port"}), `"`, ""))
	require.Equal(t, "<nil>", fmt.Sprint((*kubeconfig.Config)(nil)))
}
