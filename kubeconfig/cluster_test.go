package kubeconfig_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func TestCluster(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields string
		want   kubeconfig.Config
	}{
		{"the server's path prefix is kept and its query dropped",
			"server: https://rancher.example/k8s/clusters/c-1?a=b#c",
			kubeconfig.Config{Server: "https://rancher.example/k8s/clusters/c-1"}},
		{"the server's path is cleaned, as clientcmd cleans it",
			"server: https://k/a//b/./c/../d%2Fe%20f/", kubeconfig.Config{Server: "https://k/a/b/d/e%20f"}},
		{"a slash at the server's end goes", "server: https://k:6443/",
			kubeconfig.Config{Server: "https://k:6443"}},
		{"a scheme is read in either case", "server: HTTPS://k", kubeconfig.Config{Server: "https://k"}},
		{"an IPv6 server stays bracketed", "server: https://[::1]:6443",
			kubeconfig.Config{Server: "https://[::1]:6443"}},
		{"an empty port is the scheme's", "server: 'https://k:'", kubeconfig.Config{Server: "https://k"}},
		{"an empty port before a path is the scheme's", "server: https://[::1]:/k8s",
			kubeconfig.Config{Server: "https://[::1]/k8s"}},
		{"an IPv6 zone stays", "server: https://[fe80::1%25eth0]:6443",
			kubeconfig.Config{Server: "https://[fe80::1%25eth0]:6443"}},
		{"a name outside ASCII is escaped", "server: https://b\u00fccher.example",
			kubeconfig.Config{Server: "https://b%C3%BCcher.example"}},
		{"certificate-authority is a file", server + "\ncertificate-authority: /pki/ca.crt", kubeconfig.Config{TLS: kubeconfig.TLS{CAFile: "/pki/ca.crt"}}},
		{"certificate-authority-data is base64", server + "\ncertificate-authority-data: " + b64("PEM"), kubeconfig.Config{TLS: kubeconfig.TLS{CAData: []byte("PEM")}}},
		{"certificate-authority-data may be folded by YAML", server + "\ncertificate-authority-data: >-\n  UEVN\n  UEVN\n", kubeconfig.Config{TLS: kubeconfig.TLS{CAData: []byte("PEMPEM")}}},
		{"certificate-authority-data may hold CR LF", server + "\ncertificate-authority-data: \"UEVN\\r\\nUEVN\\r\\n\"", kubeconfig.Config{TLS: kubeconfig.TLS{CAData: []byte("PEMPEM")}}},
		{"certificate-authority-data may be folded over lines", server + "\ncertificate-authority-data: |\n  UEVN\n  UEVN", kubeconfig.Config{TLS: kubeconfig.TLS{CAData: []byte("PEMPEM")}}},
		{"insecure-skip-tls-verify turns verification off", server + "\ninsecure-skip-tls-verify: true", kubeconfig.Config{TLS: kubeconfig.TLS{Insecure: true}}},
		{"a boolean is read by YAML 1.1, as kubectl does", server + "\ninsecure-skip-tls-verify: yes", kubeconfig.Config{TLS: kubeconfig.TLS{Insecure: true}}},
		{"insecure-skip-tls-verify: false goes with a CA", server + "\ninsecure-skip-tls-verify: false\ncertificate-authority: /ca", kubeconfig.Config{TLS: kubeconfig.TLS{CAFile: "/ca"}}},
		{"tls-server-name is the name to verify", server + "\ntls-server-name: kubernetes", kubeconfig.Config{TLS: kubeconfig.TLS{ServerName: "kubernetes"}}},
		{"proxy-url is an http URL", server + "\nproxy-url: http://u:p@proxy:3128",
			kubeconfig.Config{ProxyURL: "http://u:p@proxy:3128"}},
		{"proxy-url is an https URL", server + "\nproxy-url: https://proxy",
			kubeconfig.Config{ProxyURL: "https://proxy"}},
		{"proxy-url is a socks5 URL", server + "\nproxy-url: socks5://proxy:1080",
			kubeconfig.Config{ProxyURL: "socks5://proxy:1080"}},
		{"disable-compression is carried", server + "\ndisable-compression: true", kubeconfig.Config{DisableCompression: true}},
		{"unknown fields are ignored", server + "\nserver-version: 1\nfuture: {a: [1, {b: 2}]}", kubeconfig.Config{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := mustLoad(t, entry(tt.fields, "{}"))
			if tt.want.Server == "" {
				tt.want.Server = "https://10.0.0.1:6443"
			}
			require.Equal(t, tt.want.Server, c.Server)
			require.Equal(t, tt.want.TLS, c.TLS)
			require.Equal(t, tt.want.ProxyURL, c.ProxyURL)
			require.Equal(t, tt.want.DisableCompression, c.DisableCompression)
			require.Empty(t, c.Warnings)
		})
	}
	for _, tt := range []struct{ name, fields, want string }{
		{"a cluster without server is an error", "certificate-authority: /ca", "server is not set"},
		{"a server without scheme is an error", "server: 10.0.0.1:6443", "server"},
		{"a server of another scheme is an error", "server: ftp://k", "https:// or http://"},
		{"a server without host is an error", "server: https:///path", "no host"},
		{"a server with a password is an error", "server: https://u:s3cr3t@k", "user name"},
		{"a server with a port and no host is an error", "server: https://:6443", "server names no host"},
		{"a server with port 0 is an error", "server: https://k:0",
			"server has a port that is not 1 to 65535"},
		{"a server with a port above 65535 is an error", "server: https://k:65536",
			"server has a port that is not 1 to 65535"},
		{"a server with a comma in its host is an error", "server: 'https://a,b'",
			"server has a character in its host that no host may have"},
		{"a server with an IPv6 address without brackets is an error", "server: https://::1",
			"server is not a URL"},
		{"a proxy with port 0 is an error", server + "\nproxy-url: http://p:0",
			"proxy-url has a port that is not 1 to 65535"},
		{"a server that does not parse is an error", "server: 'https://u:s3cr3t@k/%zz'", "hexadecimal"},
		{"a CA file and CA data are an error", server + "\ncertificate-authority: /ca\ncertificate-authority-data: " + b64("s3cr3t"), "certificate-authority and certificate-authority-data exclude each other"},
		{"insecure-skip-tls-verify with a CA file is an error", server + "\ncertificate-authority: /ca\ninsecure-skip-tls-verify: true", "insecure-skip-tls-verify and a certificate authority"},
		{"insecure-skip-tls-verify with CA data is an error", server + "\ncertificate-authority-data: UEVN\ninsecure-skip-tls-verify: true", "insecure-skip-tls-verify and a certificate authority"},
		{"CA data that is not base64 is an error", server + "\ncertificate-authority-data: '*s3cr3t*'", "certificate-authority-data is not base64"},
		{"CA data that is PEM is an error that names PEM", server + "\ncertificate-authority-data: '-----BEGIN CERTIFICATE-----s3cr3t'", "is PEM; it must be"},
		{"a proxy of another scheme is an error", server + "\nproxy-url: socks4://u:s3cr3t@p",
			"socks5://"},
		{"a proxy of scheme socks5h is an error, as with clientcmd", server +
			"\nproxy-url: socks5h://u:s3cr3t@p", "socks5://"},
		{"a proxy without host is an error", server + "\nproxy-url: 'http://'", "no host"},
		{"a proxy that does not parse is an error", server + "\nproxy-url: 'http://u:s3cr3t%@p:x'",
			"proxy-url is not a URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, entry(tt.fields, "{}"))
			_, err := kubeconfig.Load(kubeconfig.Options{Path: path})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, path+`: cluster "k": `)
			require.NotContains(t, err.Error(), "s3cr3t")
			require.NotContains(t, err.Error(), b64("s3cr3t"))
		})
	}
}

func TestPlainHTTPDropsTheUsersCredentials(t *testing.T) {
	for name, fields := range map[string]string{
		"a token":       "token: t",
		"a token file":  "tokenFile: /t",
		"basic auth":    "username: u\npassword: p",
		"a certificate": "client-certificate: /c\nclient-key: /k",
		"a plugin":      "exec: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never}",
	} {
		t.Run(name+", with a warning; whom to impersonate stays", func(t *testing.T) {
			c := mustLoad(t, entry("server: http://k\ntls-server-name: x", fields+"\nas: someone"))
			require.Len(t, c.Warnings, 1)
			require.Contains(t, c.Warnings[0], "http://")
			c.Warnings, c.Source = nil, kubeconfig.Source{}
			require.Equal(t, &kubeconfig.Config{Server: "http://k", Namespace: "default",
				Impersonate: kubeconfig.Impersonate{User: "someone"}}, c)
		})
	}
	t.Run("there is no warning without credentials", func(t *testing.T) {
		require.Empty(t, mustLoad(t, entry("server: http://k", "{}")).Warnings)
	})
}

func TestExecExtension(t *testing.T) {
	exec := "exec: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never, provideClusterInfo: true}"
	t.Run("the cluster's extension reaches the plugin as JSON's values", func(t *testing.T) {
		c := mustLoad(t, entry(server+`
extensions:
- name: other
  extension: {a: b}
- name: client.authentication.k8s.io/exec
  extension:
    text: "1"
    number: 7
    big: 18446744073709551615
    real: 1.5
    yes: true
    none: null
    list: [a, {b: c}]
    infinite: .inf
- name: another
  extension: {a: b}`, exec))
		require.Equal(t, map[string]any{
			"text": "1", "number": int64(7), "big": uint64(18446744073709551615), "real": 1.5, "yes": true, "none": nil,
			"list": []any{"a", map[string]any{"b": "c"}}, "infinite": ".inf",
		}, c.Exec.ClusterConfig)
	})
	t.Run("there are no extension values without an extension", func(t *testing.T) {
		require.Nil(t, mustLoad(t, entry(server, exec)).Exec.ClusterConfig)
	})
}
