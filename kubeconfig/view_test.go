package kubeconfig_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

const everything = `
apiVersion: v1
kind: Config
current-context: b
contexts:
- name: b
  context:
    cluster: k # a comment
    user: u
    namespace: "off"
    extensions:
    - name: minikube
      extension: {provider: s3cr3t}
- {name: a, context: {cluster: k}}
clusters:
- name: k
  cluster:
    server: https://me:s3cr3t@k/path?s3cr3t
    certificate-authority: ca.crt
    insecure-skip-tls-verify: no
    certificate-authority-data: czNjcjN0
    proxy-url: http://me:s3cr3t@proxy
    future: s3cr3t
users:
- name: u
  user:
    token: s3cr3t
    password: "s3cr3t"
    username: admin
    tokenFile: token
    client-certificate-data: czNjcjN0
    client-key-data: czNjcjN0
    as: jane
    as-groups: [devs, "12"]
    as-user-extra: {scopes: [view]}
    auth-provider: {name: oidc, config: {refresh-token: s3cr3t}}
    exec:
      command: ./plugin
      args: [--password, s3cr3t]
      env: [{name: PASSWORD, value: s3cr3t}]
      interactiveMode: Never
    future: {deep: [s3cr3t, {er: s3cr3t}]}
- name: v
  user: &shared {token: "", password: null, username: v}
- name: w
  user: {<<: *shared, username: w}
`

func view(t *testing.T, show func(*kubeconfig.Files) ([]byte, error)) string {
	t.Helper()
	path := writeConfig(t, everything)
	files, err := kubeconfig.Read(path)
	require.NoError(t, err)
	out, err := show(files)
	require.NoError(t, err)
	return strings.ReplaceAll(string(out), filepath.Dir(path), "DIR")
}

func TestRedactedHidesOnlyTheSecrets(t *testing.T) {
	require.Equal(t, `apiVersion: v1
clusters:
- name: k
  cluster:
    server: https://REDACTED@k/path?REDACTED
    certificate-authority: DIR/ca.crt
    insecure-skip-tls-verify: no
    certificate-authority-data: DATA+OMITTED
    proxy-url: http://REDACTED@proxy
    future: REDACTED
contexts:
- name: a
  context:
    cluster: k
- name: b
  context:
    cluster: k
    user: u
    namespace: "off"
    extensions:
    - name: minikube
      extension:
        provider: REDACTED
current-context: b
kind: Config
users:
- name: u
  user:
    token: REDACTED
    password: REDACTED
    username: admin
    tokenFile: DIR/token
    client-certificate-data: DATA+OMITTED
    client-key-data: DATA+OMITTED
    as: jane
    as-groups:
    - devs
    - "12"
    as-user-extra:
      scopes:
      - view
    auth-provider:
      name: oidc
      config:
        refresh-token: REDACTED
    exec:
      command: DIR/plugin
      args:
      - REDACTED
      - REDACTED
      env:
      - name: PASSWORD
        value: REDACTED
      interactiveMode: Never
    future:
      deep:
      - REDACTED
      - er: REDACTED
- name: v
  user:
    token: ""
    password: null
    username: v
- name: w
  user:
    token: ""
    password: null
    username: w
`, view(t, (*kubeconfig.Files).Redacted))
}

func TestAPossiblePasswordInAnAddressIsHidden(t *testing.T) {
	for _, address := range []string{
		"http://me:s3cr3t@proxy", "http:/me:s3cr3t@proxy", "http:///me:s3cr3t@proxy",
		"http:me:s3cr3t@proxy", "me:s3cr3t@proxy", "s3cr3t@proxy", "//me:s3cr3t@proxy",
		"http://me:80/s3cr3t@proxy", "http://me:s3#cr3t@proxy", "http://me:%s3cr3t@proxy",
		"http://proxy?s3cr3t", "http://proxy#s3cr3t", "proxy?s3cr3t", "http://me:s3cr3t%40proxy",
	} {
		t.Run(address, func(t *testing.T) {
			files, err := kubeconfig.Read(writeConfig(t, entry(server+"\nproxy-url: '"+address+"'", "{}")))
			require.NoError(t, err)
			out, err := files.Redacted()
			require.NoError(t, err)
			requireNoSecret(t, string(out))
			requireNoSecret(t, fmt.Sprint(kubeconfig.Config{ProxyURL: address}))
		})
	}
}

func TestAURLThatDoesNotParseAsMeantIsShownWithoutAllBehindItsScheme(t *testing.T) {
	for address, want := range map[string]string{
		"http://me:s3cr3t.proxy:3128":  "http://REDACTED",
		"http://me:s3cr3tproxy":        "http://REDACTED",
		"http://me:s3cr3t":             "http://REDACTED",
		"http://me:s3cr3t/proxy:3128":  "http://REDACTED",
		"http://me:80/s3cr3t@proxy":    "http://REDACTED",
		"http://me:80?s3cr3t@proxy":    "http://REDACTED",
		"http://me:80#s3cr3t@proxy":    "http://REDACTED",
		"http://me:s3 cr3t.proxy":      "http://REDACTED",
		"http://me:123456789":          "http://REDACTED",
		"socks5://me:s3cr3t:1080":      "socks5://REDACTED",
		"HTTPS://me:s3cr3t:1":          "HTTPS://REDACTED",
		"http:///s3cr3t":               "http://REDACTED",
		"http://[me:s3cr3t:3128":       "http://REDACTED",
		"me:s3cr3t.proxy:3128":         "REDACTED",
		"me:s3cr3t":                    "REDACTED",
		"s3cr3t://proxy":               "REDACTED",
		"http://proxy:3128":            "http://proxy:3128",
		"http://proxy:/":               "http://proxy:/",
		"http://proxy":                 "http://proxy",
		"https://[fe80::1%25e0]:1/a:b": "https://[fe80::1%25e0]:1/a:b",
		"HTTP://me:s3cr3t@proxy:1/a":   "HTTP://REDACTED@proxy:1/a",
		"proxy:3128":                   "proxy:3128",
		"proxy.example.com/path":       "proxy.example.com/path",
	} {
		t.Run(address, func(t *testing.T) {
			files, err := kubeconfig.Read(writeConfig(t, entry(server+"\nproxy-url: '"+address+"'", "{}")))
			require.NoError(t, err)
			out, err := files.Redacted()
			require.NoError(t, err)
			require.Contains(t, string(out), "proxy-url: "+want+"\n")
			require.Equal(t, fmt.Sprintf("Config{ProxyURL: %q}", want), fmt.Sprint(kubeconfig.Config{ProxyURL: address}))
		})
	}
}

func TestAFieldWithAColonInItsNameIsHidden(t *testing.T) {
	const content = "users:\n- name: u\n  user: {token:s3cr3t, password:s3cr3t, password:other, auth-provider: {config: {id-token:s3cr3t}}}\n"
	files, err := kubeconfig.Read(writeConfig(t, content))
	require.NoError(t, err)
	out, err := files.Redacted()
	require.NoError(t, err)
	require.NotContains(t, string(out), "s3cr3t")
	require.Contains(t, string(out), "\n    token:REDACTED: \n    password:REDACTED: \n    auth-provider:\n      config:\n        id-token:REDACTED: \n")
	raw, err := files.Raw()
	require.NoError(t, err)
	require.Contains(t, string(raw), "token:s3cr3t")
}

func TestRawKeepsTheSecrets(t *testing.T) {
	raw := view(t, (*kubeconfig.Files).Raw)
	for _, want := range []string{
		"server: https://me:s3cr3t@k/path?s3cr3t\n", "certificate-authority: DIR/ca.crt\n",
		"certificate-authority-data: czNjcjN0\n", "token: s3cr3t\n",
		"password: s3cr3t\n", "client-key-data: czNjcjN0\n", "refresh-token: s3cr3t\n", "- s3cr3t\n", "value: s3cr3t\n", "command: DIR/plugin\n", "future: s3cr3t\n",
	} {
		require.Contains(t, raw, want)
	}
	require.NotContains(t, raw, "REDACTED")
	require.NotContains(t, raw, "OMITTED")
}

func TestRawLoadsTheSameConfig(t *testing.T) {
	path := writeConfig(t, entry(server+"\ncertificate-authority: ca.crt", "client-certificate: c\nclient-key: k\ntokenFile: t\nas: someone"))
	files, err := kubeconfig.Read(path)
	require.NoError(t, err)
	raw, err := files.Raw()
	require.NoError(t, err)
	want, err := kubeconfig.Load(kubeconfig.Options{Path: path})
	require.NoError(t, err)
	got := mustLoad(t, string(raw))
	got.Source.Files = want.Source.Files
	require.Equal(t, want, got)
}
