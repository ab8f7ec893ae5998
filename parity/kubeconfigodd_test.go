package parity_test

import (
	"path/filepath"
	"strings"
	"time"
)

// oddity applies one case of a rule to a set, mostly to the chosen entry.
type oddity func(m *kubeconfigMaker, v *kubeconfigView)

// inCluster, inUser and inContext set a field of the chosen entry, if there is one.
func inCluster(key string, values ...any) oddity {
	return func(m *kubeconfigMaker, v *kubeconfigView) { m.put(v.cluster, key, values) }
}

func inUser(key string, values ...any) oddity {
	return func(m *kubeconfigMaker, v *kubeconfigView) { m.put(v.user, key, values) }
}

func inContext(key string, values ...any) oddity {
	return func(m *kubeconfigMaker, v *kubeconfigView) { m.put(v.context, key, values) }
}

// put sets a field to one of the values. Without values it removes the field.
func (m *kubeconfigMaker) put(e *kubeconfigEntry, key string, values []any) {
	if e == nil {
		return
	}
	if len(values) == 0 {
		e.remove(key)
		return
	}
	e.set(key, pick(m, values))
}

// user returns an oddity that changes the chosen user, if there is one.
func user(do func(m *kubeconfigMaker, e *kubeconfigEntry)) oddity {
	return func(m *kubeconfigMaker, v *kubeconfigView) {
		if v.user != nil {
			do(m, v.user)
		}
	}
}

// plugin changes the exec plugin of the chosen user, and adds one if there is none.
func plugin(key string, values ...any) oddity {
	return user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		if !e.has("exec") {
			e.set("exec", m.exec("odd"))
		}
		exec := map[string]any{}
		for k, v := range e.object("exec") {
			exec[k] = v
		}
		delete(exec, key)
		if len(values) > 0 {
			exec[key] = pick(m, values)
		}
		e.set("exec", exec)
	})
}

// oneFile returns an oddity that changes one of the files that are read.
func oneFile(do func(m *kubeconfigMaker, f *kubeconfigFile)) oddity {
	return func(m *kubeconfigMaker, v *kubeconfigView) {
		if len(v.read) > 0 {
			do(m, pick(m, v.read))
		}
	}
}

func (m *kubeconfigMaker) noCredential(e *kubeconfigEntry) {
	e.remove("token", "tokenFile", "username", "password", "client-certificate", "client-certificate-data", "client-key", "client-key-data", "exec", "auth-provider")
}

func (m *kubeconfigMaker) oidc(e *kubeconfigEntry, token string) {
	config := map[string]any{"idp-issuer-url": "https://issuer.example", "client-id": m.set.name() +
		e.name}
	if token != "" {
		config["id-token"] = token
	}
	e.set("auth-provider", map[string]any{"name": "oidc", "config": config})
}

var longNamespace = strings.Repeat("n", 64)

var oddities = []oddity{
	// clusters
	func(m *kubeconfigMaker, v *kubeconfigView) {
		if v.cluster != nil {
			v.cluster.set("certificate-authority", m.filePath("ca.pem"))
			v.cluster.set("certificate-authority-data", data("second ca"))
		}
	},
	func(m *kubeconfigMaker, v *kubeconfigView) {
		if v.cluster != nil {
			v.cluster.set("insecure-skip-tls-verify", true)
			v.cluster.set("certificate-authority", m.filePath("ca.pem"))
		}
	},
	inCluster("insecure-skip-tls-verify", true),
	inCluster("insecure-skip-tls-verify", yamlVerbatim("yes"), yamlVerbatim("on"), yamlVerbatim("True"), yamlVerbatim("no"), yamlVerbatim("~"), yamlVerbatim("false")),
	inCluster("insecure-skip-tls-verify", "true", 1, "yes"),
	inCluster("disable-compression", true),
	inCluster("certificate-authority", "absent.pem"),
	inCluster("certificate-authority-data", "not base64!", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
	inCluster("certificate-authority-data", ""),
	inCluster("server"),
	inCluster("server", ""),
	inCluster("server", "10.0.0.9:6443", "plain.example", "localhost:6443", "plain.example:443/", "[fd00::9]:6443"),
	inCluster("server", "plain.example/path", "https://", "https://host/%zz", "https://[fd00::1:6443",
		"https://a b"),
	inCluster("server", "https://user:secret@host.example:6443", "https://user@host.example"),
	inCluster("server", "ftp://host.example", "wss://host.example:6443", "HTTP+unix://host.example"),
	inCluster("server", "http://plain.example", "http://plain.example:8080/prefix",
		"HTTP://plain.example"),
	inCluster("server", "http://plain.example"),
	inCluster("server", "https://query.example/p?x=y&z", "https://query.example?x=y"),
	inCluster("tls-server-name", "name.odd"),
	inCluster("proxy-url", "ftp://proxy:3128", "proxy.example:3128", "socks5h://proxy:1080",
		"socks4://proxy", "//proxy"),
	inCluster("proxy-url", "http://", "https:proxy", "socks5:///x"),
	inCluster("proxy-url", "http://%zz", "http://a b:1"),
	inCluster("proxy-url", "socks5://user:pass@[fd00::5]:1080", "http://proxy.example",
		"HTTP://Proxy.example:3128", "https://proxy.example:443/"),
	func(m *kubeconfigMaker, v *kubeconfigView) {
		if v.cluster != nil {
			v.cluster.set("extensions", m.extensions("odd"))
		}
	},
	func(m *kubeconfigMaker, v *kubeconfigView) { // of another entry than the one that is chosen
		for _, name := range entryNames {
			e := v.clusters[name]
			if e != nil && e != v.cluster {
				e.set("certificate-authority-data", "not base64!")
			}
		}
	},
	// users
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.set(pick(m, []string{"token", "tokenFile"}), "token")
		e.set(pick(m, []string{"username", "password"}), "basic-odd")
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.noCredential(e)
		e.set("password", "pass-alone")
		if m.chance(.5) {
			e.set("exec", m.exec("odd"))
		}
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.set("token", "token-odd")
		e.set("tokenFile", m.filePath("token"))
	}),
	inUser("tokenFile", "absent.token"),
	inUser("token", yamlVerbatim("123456"), yamlVerbatim("0x1F"), yamlVerbatim("yes"), yamlVerbatim("1.50")),
	inUser("token", yamlVerbatim("~"), yamlVerbatim("null"), ""),
	inUser("password", yamlVerbatim("0123")),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.clientCertificate(e, "odd")
		e.remove("client-key", "client-key-data")
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.clientCertificate(e, "odd")
		e.remove("client-certificate", "client-certificate-data")
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.set("client-key", m.filePath("client.key"))
		e.set("client-key-data", data("second key"))
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.clientCertificate(e, "odd")
		e.set("client-certificate", m.filePath("client.crt"))
		e.set("client-certificate-data", data("second certificate"))
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) { m.clientCertificate(e, "odd") }),
	inUser("client-certificate", "absent.crt"),
	inUser("client-key", "absent.key"),
	inUser("client-key-data", "not base64!"),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) { m.impersonate(e, "odd"); e.remove("as") }),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) { m.impersonate(e, "odd") }),
	inUser("as-groups", []any{"", "a"}),
	inUser("as-user-extra", map[string]any{"": []any{"a"}}),
	plugin("command"),
	plugin("command", "plugin", "./plugin", "../bin/plugin", "/opt/plugin"),
	plugin("apiVersion"),
	plugin("apiVersion", "client.authentication.k8s.io/v1alpha1"),
	plugin("apiVersion", "client.authentication.k8s.io/v2", "v1", "example.com/v1"),
	plugin("apiVersion", "client.authentication.k8s.io/v1"),
	plugin("interactiveMode"),
	plugin("interactiveMode", "Sometimes", "never"),
	plugin("interactiveMode", "Always"),
	plugin("env", []any{map[string]any{"name": "", "value": "x"}}, []any{map[string]any{"name": "A", "value": "x"}, map[string]any{"value": "x"}}),
	plugin("env", []any{map[string]any{"name": "A", "value": "1"}, map[string]any{"name": "A", "value": "2"}}),
	plugin("provideClusterInfo", true),
	plugin("installHint", "\x1b[31mred\tor\nnot\u0007"),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.set("exec", m.exec("odd"))
		e.set("auth-provider", map[string]any{"name": pick(m, []string{"gcp", "oidc"})})
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.noCredential(e)
		e.set("auth-provider", map[string]any{"name": pick(m, []string{"gcp", "azure", "openstack"}), "config": map[string]any{"access-token": "a"}})
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.noCredential(e)
		m.oidc(e, m.jwt(24*time.Hour))
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.remove("exec")
		m.oidc(e, m.jwt(24*time.Hour))
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.noCredential(e)
		m.oidc(e, pick(m, []string{"", m.jwt(-time.Hour), "no.json.token"}))
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.remove("exec")
		m.oidc(e, pick(m, []string{"", m.jwt(-time.Hour)}))
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.noCredential(e)
		e.set("auth-provider", map[string]any{"name": "oidc", "config": map[string]any{"id-token": m.jwt(24 * time.Hour)}})
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.set("exec", m.exec("odd"))
		e.set("token", "token-odd")
		e.remove("username", "password")
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		m.noCredential(e)
		e.set("exec", m.exec("odd"))
		m.clientCertificate(e, "odd")
	}),
	user(func(m *kubeconfigMaker, e *kubeconfigEntry) {
		e.set("exec", yamlVerbatim("null"))
		e.set("auth-provider", yamlVerbatim("~"))
	}),
	// contexts and names
	inContext("cluster", "missing"),
	inContext("cluster"),
	inContext("user", "missing"),
	inContext("user"),
	inContext("namespace", "Bad_Namespace", "a/b", "-a", "a.b", longNamespace),
	inContext("namespace", "team-a", "0", longNamespace[1:]),
	oneFile(func(_ *kubeconfigMaker, f *kubeconfigFile) { f.currentContext = "missing" }),
	oneFile(func(_ *kubeconfigMaker, f *kubeconfigFile) { f.currentContext = "" }),
	func(m *kubeconfigMaker, v *kubeconfigView) {
		for _, f := range v.read {
			f.currentContext = ""
		}
	},
	func(m *kubeconfigMaker, _ *kubeconfigView) { m.set.options.Context = "missing" },
	func(m *kubeconfigMaker, _ *kubeconfigView) { m.set.options.Cluster = "missing" },
	func(m *kubeconfigMaker, _ *kubeconfigView) { m.set.options.User = "missing" },
	func(m *kubeconfigMaker, _ *kubeconfigView) { m.set.options.Namespace = "Not/A/Label" },
	// files
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.encoding = "bom" }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.encoding = pick(m, []string{"utf-16le", "utf-16be"}) }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) {
		f.json, f.trailer = false, "---\napiVersion: v1\nkind: Config\ncurrent-context: other\n"
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.json, f.trailer = false, "---\n[: not YAML\n" }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) {
		f.json, f.preamble = false, pick(m, []string{"---\n", "# a comment\n---\n", "%YAML 1.1\n---\n"})
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.json, f.preamble = false, "---\n# nothing\n---\n" }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.json, f.trailer = false, "  }broken: [\n" }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.json = true }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { f.unknownFields = true }),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) {
		f.json, f.header = false, pick(m, []string{"apiVersion: v1\nkind: Pod\n", "apiVersion: v2\nkind: Config\n", "apiVersion: example.com/v1\nkind: Config\n"})
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) {
		f.json, f.header = false, pick(m, []string{"kind: Config\n", "apiVersion: v1\n", "# neither\n", "apiVersion: ''\nkind: ~\n"})
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { // a name twice
		s := pick(m, f.sections())
		if len(*s.entries) > 0 {
			*s.entries = append(*s.entries, (*s.entries)[0].clone())
		}
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) { // a key twice
		s := pick(m, f.sections())
		if len(*s.entries) > 0 && len((*s.entries)[0].fields) > 0 {
			f.json = false
			e := (*s.entries)[0]
			e.fields = append(e.fields, e.fields[0])
		}
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) {
		if m.chance(.1) {
			f.json, f.size = false, 1<<20+2000
		}
	}),
	oneFile(func(m *kubeconfigMaker, f *kubeconfigFile) {
		*f = kubeconfigFile{path: f.path, header: pick(m, []string{"\n", "# nothing\n", "---\n"})}
	}),
	func(m *kubeconfigMaker, v *kubeconfigView) { // a file that was there is not
		if len(v.read) > 0 {
			m.gone(pick(m, v.read))
		}
	},
	func(m *kubeconfigMaker, v *kubeconfigView) {
		for _, f := range v.read {
			m.gone(f)
		}
	},
	func(m *kubeconfigMaker, v *kubeconfigView) { // nothing at all
		if m.set.list != "" && m.set.options.Path == "" {
			m.set.list, m.set.files = string(filepath.ListSeparator), nil
		}
	},
	func(m *kubeconfigMaker, v *kubeconfigView) { // the server alone
		if m.set.options.Path == "" {
			for _, f := range v.read {
				m.gone(f)
			}
			m.set.options.Context, m.set.options.Cluster, m.set.options.User = "", "", ""
			m.set.options.Override.Server = "https://flag.example"
		}
	},
}

// gone takes a file away.
func (m *kubeconfigMaker) gone(f *kubeconfigFile) { *f = kubeconfigFile{path: f.path, missing: true} }
