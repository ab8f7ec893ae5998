package kubeconfig_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

// TestNoErrorQuotesAMisplacedSecret puts a secret, in every notation, in the place of each field.
// Names are left out, and so is the command that a warning names.
func TestNoErrorQuotesAMisplacedSecret(t *testing.T) {
	fields := map[string]string{ // the line of each field, and the file around it
		"apiVersion: v1": "", "kind: Config": "", "contexts:": "", "clusters:": "", "users:": "",
		"server: https://10.0.0.1:6443": "cluster", "certificate-authority: x": "cluster",
		"certificate-authority-data: x": "cluster", "insecure-skip-tls-verify: x": "cluster",
		"tls-server-name: x": "cluster", "proxy-url: x": "cluster", "disable-compression: x": "cluster", "extensions: x": "cluster", "future: x": "cluster",
		"token: x": "user", "tokenFile: x": "user", "username: x": "user", "password: x": "user", "client-certificate: x": "user", "client-certificate-data: x": "user",
		"client-key: x": "user", "client-key-data: x": "user", "as: x": "user", "as-uid: x": "user", "as-groups: x": "user", "as-user-extra: x": "user", "auth-provider: x": "user", "exec: x": "user",
		"exec: {apiVersion: x}": "user", "exec: {command: p, args: x}": "user", "exec: {command: p, env: x}": "user", "exec: {command: p, apiVersion: client.authentication.k8s.io/v1, interactiveMode: x}": "user",
		"exec: {provideClusterInfo: x}": "user", "auth-provider: {name: x}": "user", "auth-provider: {name: oidc, config: x}": "user", "auth-provider: {name: oidc, config: {id-token: x}}": "user",
	}
	values := []string{
		"s3cr3t", "'s3cr3t", `"s3cr3t`, "[s3cr3t]", "[s3cr3t", "{s3cr3t: s3cr3t}", "{s3cr3t: s3cr3t", "[[s3cr3t]]", "[{s3cr3t: s3cr3t}]", "*s3cr3t", "&s3cr3t", "!!s3cr3t x", "!s3cr3t!x y", "!<s3cr3t> x",
		"!!binary s3cr3t", "!!int s3cr3t", `"\s3cr3t"`, `"\xs3cr3t"`, "@s3cr3t", "`s3cr3t", "%s3cr3t", "s3cr3t: s3cr3t", "|s3cr3t", "- s3cr3t",
		"https://me:s3cr3t@k/%zz", "socks4://s3cr3t", "s3cr3t\n\ts3cr3t", "s3cr3t\x00",
		"-----BEGIN s3cr3t", b64("s3cr3t"),
	}
	for field, in := range fields {
		t.Run(field, func(t *testing.T) {
			for _, value := range values {
				bad := strings.Replace(field, ": x", ": "+value, 1)
				if bad == field {
					key, _, _ := strings.Cut(field, ":")
					bad = key + ": " + value
				}
				content := entry(server, "{}")
				switch {
				case in == "user":
					content = strings.Replace(content, "    {}", "    "+bad, 1)
				case strings.HasPrefix(field, "server") || in == "":
					content = strings.Replace(content, field, bad, 1)
				default:
					content = strings.Replace(content, "    "+server, "    "+server+"\n    "+bad, 1)
				}
				require.Contains(t, content, bad)
				c, err := loadText(t, content)
				if err != nil {
					requireNoSecret(t, err.Error())
					require.NotContains(t, err.Error(), "\n")
				} else {
					requireNoSecret(t, strings.Join(c.Warnings, "\n"))
				}
				files, err := kubeconfig.Read(writeConfig(t, content))
				if err == nil {
					_, err = files.Redacted()
				}
				if err != nil {
					requireNoSecret(t, err.Error())
				}
			}
		})
	}
}
