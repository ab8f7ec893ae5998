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

// secretive has "s3cr3t" in every field for a credential, and in every address.
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

func secretOptions() kubeconfig.Options {
	return kubeconfig.Options{Path: "/home/config", Context: "ctx", Override: kubeconfig.Overrides{
		Server: "https://me:s3cr3t@k?s3cr3t", CAFile: "/ca", Insecure: true, Token: "s3cr3t",
		Impersonate: kubeconfig.Impersonate{User: "jane"},
	}}
}

func secretFiles(t *testing.T) *kubeconfig.Files {
	t.Helper()
	files, err := kubeconfig.Read(writeConfig(t, entry(server, "token: s3cr3t\npassword: s3cr3t\nclient-key-data: "+b64("s3cr3t"))))
	require.NoError(t, err)
	return files
}

type (
	embedding      struct{ kubeconfig.Config }
	pointing       struct{ *kubeconfig.Config }
	holding[T any] struct{ Held T }
)

// held are the ways in which a caller may hold a value.
func held[T any](all map[string]any, value T) {
	p := &value
	for how, v := range map[string]any{
		"": value, "*": p, "**": &p, "[]": []T{value}, "[]*": []*T{p}, "[1]": [1]T{value}, "map of ": map[string]T{"a": value}, "map of *": map[int]*T{1: p},
		"struct with ": holding[T]{value}, "struct with *": holding[*T]{p}, "struct with deep ": holding[holding[T]]{holding[T]{value}}, "any of ": []any{value, p},
		"any in a struct with ": holding[any]{value},
	} {
		all[how+fmt.Sprintf("%T", value)] = v
	}
}

// values are the public structs of the package, with secrets in all fields that may have them.
func values(t *testing.T) map[string]any {
	c := secretive()
	all := map[string]any{"a struct that embeds Config": embedding{*c}, "a struct that embeds *Config": pointing{c}}
	held(all, *c)
	held(all, c.TLS)
	held(all, c.Impersonate)
	held(all, *c.Exec)
	held(all, c.Exec.Env[0])
	held(all, c.Source)
	held(all, secretOptions())
	held(all, secretOptions().Override)
	files := secretFiles(t)
	held(all, *files)
	held(all, files.Contexts[0])
	held(all, kubeconfig.NotFoundError{Kind: "context", Name: "a", Known: []string{"b"}, Files: files.Paths})
	return all
}

func requireNoSecret(t *testing.T, text string) {
	t.Helper()
	require.NotContains(t, text, "s3cr3t")
	require.NotContains(t, text, b64("s3cr3t"))
	require.NotContains(t, text, fmt.Sprintf("%x", "s3cr3t"))
	require.NotContains(t, strings.ToLower(text), "115 51 99 114 51 116")
}

func TestNoSecretIsPrinted(t *testing.T) {
	verbs := []string{"%10.3v", "% x", "%!"}
	for _, letter := range "vsqdxXtcUobOBeEfFgGTz" {
		verbs = append(verbs, "%"+string(letter), "%+"+string(letter), "%#"+string(letter))
	}
	for name, value := range values(t) {
		t.Run(name, func(t *testing.T) {
			for _, verb := range verbs {
				requireNoSecret(t, fmt.Sprintf(verb, value))
			}
			requireNoSecret(t, fmt.Sprint(value))
			requireNoSecret(t, fmt.Sprintln("a", value))
			requireNoSecret(t, fmt.Errorf("failed: %v", value).Error())
		})
	}
}

func TestAPointerIsPrintedAsAnAddress(t *testing.T) {
	o := secretOptions()
	for _, value := range []any{secretive(), secretExec(), &o, &o.Override, secretFiles(t)} {
		require.Regexp(t, `^0x[0-9a-f]+$`, fmt.Sprintf("%p", value))
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
	for name, value := range values(t) {
		for encoder, encode := range encoders {
			t.Run(name+" by "+encoder, func(t *testing.T) {
				out, _ := encode(value) // an encoder may refuse a value
				requireNoSecret(t, string(out))
			})
		}
	}
	out, err := json.Marshal(secretive())
	require.NoError(t, err)
	require.Contains(t, string(out), "BearerToken: REDACTED")
	out, err = json.Marshal(secretOptions())
	require.NoError(t, err)
	require.Contains(t, string(out), "Token: REDACTED")
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

func TestOtherFieldsArePrinted(t *testing.T) {
	require.Equal(t, `Config{Server: "https://REDACTED@k:6443/path?REDACTED", Namespace: "ns", `+
		`TLS: TLS{CertFile: "/tls.crt", CAData: 6 bytes, CertData: 6 bytes, KeyData: REDACTED, ServerName: "name"}, `+
		`BearerToken: REDACTED, BearerTokenFile: "/run/token", Username: "admin", Password: REDACTED, `+
		`Impersonate: Impersonate{User: "jane", UID: "7", Groups: ["devs"], Extra: map["scopes":["view"]]}, `+
		`Exec: ExecConfig{APIVersion: "client.authentication.k8s.io/v1", Command: "plugin", Args: REDACTED, Env: [PASSWORD=REDACTED], InstallHint: "install it", InteractiveMode: "Never", ClusterConfig: REDACTED}, `+
		`ProxyURL: "http://REDACTED@proxy:3128", Source: Source{Files: ["/home/config"], Context: `+
		`"ctx", Cluster: "clu", User: "usr"}, Warnings: ["beware"]}`,
		fmt.Sprint(secretive()))
	require.Equal(t, `Config{Server: "https://k"}`, fmt.Sprintf("%+v",
		kubeconfig.Config{Server: "https://k"}))
	require.Equal(t, `Config{Server: https://REDACTED}`,
		strings.ReplaceAll(fmt.Sprint(kubeconfig.Config{Server: "https://u:s3cr3t@k:port"}), `"`, ""))
	require.Equal(t,
		`Options{Path: "/home/config", Context: "ctx", Override: Overrides{Server: `+
			`"https://REDACTED@k?REDACTED", Insecure: true, CAFile: "/ca", Token: REDACTED, `+
			`Impersonate: Impersonate{User: "jane"}}}`, fmt.Sprint(secretOptions()))
	require.Equal(t, "Options{}", fmt.Sprint(kubeconfig.Options{}))
	require.Equal(t, "<nil>", fmt.Sprint((*kubeconfig.Config)(nil)))
}
