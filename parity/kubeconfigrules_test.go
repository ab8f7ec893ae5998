package parity_test

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// kubeconfigRule is a sentence of the rules of kubeconfigs, and selects the sets that it decides.
type kubeconfigRule struct {
	section, sentence string
	hit               func(v *kubeconfigView) bool
}

// clusterText and userText report whether a field of the chosen entry has such a text.
func clusterText(key string, is func(string) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool { return v.cluster.text(key) != "" && is(v.cluster.text(key)) }
}

func userText(key string, is func(string) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool { return v.user.text(key) != "" && is(v.user.text(key)) }
}

func anything(string) bool { return true }

func serverURL(is func(*url.URL) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool {
		u, err := url.Parse(v.server())
		return err == nil && is(u)
	}
}

func proxyScheme(schemes ...string) func(*kubeconfigView) bool {
	return clusterText("proxy-url", func(raw string) bool {
		u, err := url.Parse(raw)
		return err == nil && slices.Contains(schemes, u.Scheme)
	})
}

// pluginText reports whether a field of the chosen user's plugin has such a text.
func pluginText(key string, is func(string) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool {
		exec := v.credential().exec
		text, _ := exec[key].(string)
		return exec != nil && is(text)
	}
}

func equals(want string) func(string) bool { return func(s string) bool { return s == want } }

func hasSeparator(s string) bool { return strings.ContainsRune(s, filepath.Separator) }

// fileIs reports whether one of the files that are read is such a file.
func fileIs(is func(*kubeconfigFile) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool { return v.any(is) }
}

func flagged(is func(o kubeconfig.Overrides) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool { return is(v.set.options.Override) }
}

func inList(v *kubeconfigView) bool { return v.set.options.Path == "" && v.set.list != "" }

func both(a, b func(*kubeconfigView) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool { return a(v) && b(v) }
}

// cred reports whether the chosen user's credential, with the flags over it, is such a
// credential.
func cred(is func(c credential) bool) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool { return is(v.credential()) }
}

func idToken(valid bool) func(*kubeconfigView) bool {
	return cred(func(c credential) bool {
		config, _ := c.provider["config"].(map[string]any)
		token, _ := config["id-token"].(string)
		return c.provider["name"] == "oidc" && token != "" && validIDToken(token) == valid
	})
}

var kubeconfigRules = []kubeconfigRule{
	{"Loading", "--kubeconfig is the one file that is read, beside $KUBECONFIG too", func(v *kubeconfigView) bool {
		return v.set.options.Path != "" && v.set.list != "" && len(v.read) == 1
	}},
	{"Loading", "--kubeconfig must exist", func(v *kubeconfigView) bool { return v.set.options.Path != "" && len(v.read) == 0 }},
	{"Loading", "$KUBECONFIG is a list", func(v *kubeconfigView) bool { return inList(v) && len(v.read) > 1 }},
	{"Loading", "duplicates in the list are skipped", func(v *kubeconfigView) bool {
		parts := filepath.SplitList(v.set.list)
		slices.Sort(parts)
		return inList(v) && len(slices.Compact(slices.Clone(parts))) < len(parts)
	}},
	{"Loading", "empty parts of the list are skipped", func(v *kubeconfigView) bool {
		return inList(v) && slices.Contains(filepath.SplitList(v.set.list), "")
	}},
	{"Loading", "missing files of the list are skipped", func(v *kubeconfigView) bool {
		return inList(v) && len(v.read) > 0 && len(v.read) < len(v.set.files)
	}},
	{"Loading", "there is a warning when all files of the list are missing", func(v *kubeconfigView) bool { return inList(v) && len(v.read) == 0 }},
	{"Loading", "a file that does not parse is fatal", fileIs(func(f *kubeconfigFile) bool { return !f.json && strings.Contains(f.trailer, "}broken") })},
	{"Loading", "without either ~/.kube/config is read", func(v *kubeconfigView) bool {
		return v.set.options.Path == "" && v.set.list == "" && len(v.read) == 1
	}},
	{"Merge", "the first file wins for a named cluster", func(v *kubeconfigView) bool { return v.cluster != nil && v.shadowed("clusters", v.clusterName) }},
	{"Merge", "the first file wins for a named user", func(v *kubeconfigView) bool { return v.user != nil && v.shadowed("users", v.userName) }},
	{"Merge", "the first file wins for a named context", func(v *kubeconfigView) bool { return v.context != nil && v.shadowed("contexts", v.contextName) }},
	{"Merge", "the whole entry wins: fields of later ones do not join it", func(v *kubeconfigView) bool {
		return v.wouldGain("clusters", v.cluster) || v.wouldGain("users", v.user)
	}},
	{"Merge", "current-context is the first that is not empty", func(v *kubeconfigView) bool {
		return len(v.read) > 1 && v.read[0].currentContext == "" && v.currentContext != "" && v.set.options.Context == ""
	}},
	{"Merge", "a later current-context does not count", func(v *kubeconfigView) bool {
		return v.set.options.Context == "" && slices.ContainsFunc(v.read, func(f *kubeconfigFile) bool {
			return f.currentContext != "" && f.currentContext != v.currentContext
		})
	}},
	{"Files", "unknown fields are ignored", fileIs(func(f *kubeconfigFile) bool { return f.unknownFields })},
	{"Files", "a name twice within one file is an error", fileIs(hasNameTwice)},
	{"Files", "JSON is YAML too", fileIs(func(f *kubeconfigFile) bool { return f.json })},
	{"Files", "of several documents the first is read", fileIs(func(f *kubeconfigFile) bool { return !f.json && strings.HasPrefix(f.trailer, "---\napiVersion") })},
	{"Files", "a byte order mark is skipped", fileIs(func(f *kubeconfigFile) bool { return f.encoding == "bom" })},
	{"Files", "UTF-16 is read", fileIs(func(f *kubeconfigFile) bool { return strings.HasPrefix(f.encoding, "utf-16") })},
	{"Files", "another kind or version is no kubeconfig", fileIs(func(f *kubeconfigFile) bool {
		return !f.json && (strings.Contains(f.header, "kind: Pod") || strings.Contains(f.header, "v2") || strings.Contains(f.header, "example.com"))
	})},
	{"Files", "apiVersion and kind may be left out, or empty", fileIs(func(f *kubeconfigFile) bool {
		return !f.json && slices.Contains([]string{"# neither\n", "kind: Config\n", "apiVersion: v1\n", "apiVersion: ''\nkind: ~\n"}, f.header)
	})},

	{"Paths", "a relative certificate-authority is relative to its file", clusterText("certificate-authority", relative)},
	{"Paths", "a relative client-certificate is relative to its file", userText("client-certificate", relative)},
	{"Paths", "a relative client-key is relative to its file", userText("client-key", relative)},
	{"Paths", "a relative tokenFile is relative to its file", userText("tokenFile", relative)},
	{"Paths", "exec.command is relative to its file when it holds a separator", pluginText("command", func(s string) bool { return relative(s) && hasSeparator(s) })},
	{"Paths", "exec.command without separator is looked up in PATH", pluginText("command", func(s string) bool { return s != "" && !hasSeparator(s) })},
	{"Paths", "absolute paths stay", func(v *kubeconfigView) bool {
		return filepath.IsAbs(v.cluster.text("certificate-authority")) || filepath.IsAbs(v.user.text("tokenFile")) || filepath.IsAbs(v.user.text("client-key"))
	}},
	{"Paths", "paths given as flags are relative to the working directory", flagged(func(o kubeconfig.Overrides) bool {
		return relative(o.CAFile) || relative(o.CertFile) || relative(o.KeyFile)
	})},
	{"Paths", "what a flag gives to --kubeconfig, or $KUBECONFIG, is relative to the working directory", func(v *kubeconfigView) bool {
		return relative(v.set.options.Path) || inList(v) && slices.ContainsFunc(filepath.SplitList(v.set.list), relative)
	}},

	{"In-cluster", "half of a pod's environment is no pod", func(v *kubeconfigView) bool {
		return len(v.set.env) > 0 && v.currentContext == "" && v.context == nil
	}},
	{"In-cluster", "POD_NAMESPACE means nothing outside a pod", func(v *kubeconfigView) bool {
		return v.set.env["POD_NAMESPACE"] != "" && v.context != nil && v.namespace() == ""
	}},

	{"Cluster", "the server's path is kept in front of every request's", serverURL(func(u *url.URL) bool { return len(u.Path) > 1 })},
	{"Cluster", "a slash at the server's end means nothing", serverURL(func(u *url.URL) bool { return strings.HasSuffix(u.Path, "/") })},
	{"Cluster", "the server's query is dropped", serverURL(func(u *url.URL) bool { return u.RawQuery != "" })},
	{"Cluster", "http:// drops the user's credentials",
		both(serverURL(func(u *url.URL) bool { return u.Scheme == "http" }),
			cred(func(c credential) bool { return c.static() || c.exec != nil }))},
	{"Cluster", "a scheme may be written in capitals", func(v *kubeconfigView) bool { return strings.HasPrefix(v.server(), "HTTP") }},
	{"Cluster", "an IPv6 host is in brackets", serverURL(func(u *url.URL) bool { return strings.HasPrefix(u.Host, "[") })},
	{"Cluster", "certificate-authority is a file", clusterText("certificate-authority", anything)},
	{"Cluster", "certificate-authority-data is in-line", clusterText("certificate-authority-data", anything)},
	{"Cluster", "data must be base64", clusterText("certificate-authority-data", isNotBase64)},
	{"Cluster", "certificate-authority and its data are an error", both(clusterText("certificate-authority", anything), clusterText("certificate-authority-data", anything))},
	{"Cluster", "insecure-skip-tls-verify", func(v *kubeconfigView) bool { return v.cluster.flag("insecure-skip-tls-verify") }},
	{"Cluster", "insecure-skip-tls-verify with a certificate authority is an error", func(v *kubeconfigView) bool {
		o := v.set.options.Override
		return hasInsecureCA(v) && !o.Insecure && o.CAFile == ""
	}},
	{"Cluster", "tls-server-name", clusterText("tls-server-name", anything)},
	{"Cluster", "proxy-url http", proxyScheme("http")},
	{"Cluster", "proxy-url https", proxyScheme("https")},
	{"Cluster", "proxy-url socks5", proxyScheme("socks5")},
	{"Cluster", "proxy-url of another scheme is an error", clusterText("proxy-url", func(raw string) bool {
		u, err := url.Parse(raw)
		return err == nil && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5"
	})},
	{"Cluster", "disable-compression", func(v *kubeconfigView) bool { return v.cluster.flag("disable-compression") }},
	{"Cluster", "the extension client.authentication.k8s.io/exec", func(v *kubeconfigView) bool {
		return v.credential().exec["provideClusterInfo"] == true && v.cluster.hasExecExtension()
	}},
	{"Cluster", "a cluster without server is an error", func(v *kubeconfigView) bool { return v.cluster != nil && v.server() == "" }},

	{"User", "token", userText("token", anything)},
	{"User", "username and password", userText("username", anything)},
	{"User", "token and username or password are an error", func(v *kubeconfigView) bool {
		return v.set.options.Override.Token == "" && hasTwoAuthorizations(v)
	}},
	{"User", "tokenFile", userText("tokenFile", anything)},
	{"User", "tokenFile's content beats token", both(userText("tokenFile", anything), userText("token", anything))},
	{"User", "client-certificate and its data are an error", cred(func(c credential) bool { return c.cert != "" && c.certData != "" })},
	{"User", "client-key and its data are an error", cred(func(c credential) bool { return c.key != "" && c.keyData != "" })},
	{"User", "a certificate without key is an error", cred(func(c credential) bool { return c.hasCert() && !c.hasKey() })},
	{"User", "a key without certificate is not used", cred(func(c credential) bool { return !c.hasCert() && c.hasKey() })},
	{"User", "certificate data with a key file, and the other way round", cred(func(c credential) bool {
		return c.certData != "" && c.key != "" || c.cert != "" && c.keyData != ""
	})},
	{"User", "a token beats exec", cred(func(c credential) bool { return c.hasToken() && c.exec != nil })},
	{"User", "basic authentication beats exec", cred(func(c credential) bool { return c.username != "" && c.exec != nil })},
	{"User", "a certificate beats exec", cred(func(c credential) bool { return c.hasCert() && c.exec != nil })},
	{"User", "exec and auth-provider are an error", cred(func(c credential) bool { return c.exec != nil && c.provider != nil })},
	{"User", "auth-provider is gone", cred(func(c credential) bool { return c.provider != nil && c.provider["name"] != "oidc" })},
	{"User", "an unexpired id-token of oidc is a bearer token", idToken(true)},
	{"User", "an expired id-token of oidc is an error", idToken(false)},
	{"User", "as", userText("as", anything)},
	{"User", "as-uid", both(userText("as", anything), userText("as-uid", anything))},
	{"User", "as-groups", both(userText("as", anything), func(v *kubeconfigView) bool { return v.user.has("as-groups") })},
	{"User", "as-user-extra", both(userText("as", anything), func(v *kubeconfigView) bool { return v.user.has("as-user-extra") })},
	{"User", "uid, groups or extra without as are an error", cred(func(c credential) bool { return c.as == "" && (c.uid != "" || c.groups || c.extra) })},

	{"Context", "cluster and user", func(v *kubeconfigView) bool { return v.cluster != nil && v.user != nil }},
	{"Context", "namespace", func(v *kubeconfigView) bool { return v.context.text("namespace") != "" }},
	{"Context", "without a namespace it is default", func(v *kubeconfigView) bool { return v.context != nil && v.namespace() == "" }},
	{"Context", "a namespace must be a DNS label", func(v *kubeconfigView) bool { return v.namespace() != "" && !dnsLabel.MatchString(v.namespace()) }},
	{"Context", "a missing current-context is an error", func(v *kubeconfigView) bool { return v.contextName == "" && len(v.contexts) > 0 }},
	{"Context", "a current-context that is in no file is an error", func(v *kubeconfigView) bool {
		return v.set.options.Context == "" && v.currentContext != "" && v.context == nil
	}},
	{"Context", "a context that names a missing cluster is an error", func(v *kubeconfigView) bool {
		return v.set.options.Cluster == "" && v.clusterName != "" && v.cluster == nil
	}},
	{"Context", "a context that names no cluster is an error", func(v *kubeconfigView) bool { return v.context != nil && v.clusterName == "" }},
	{"Context", "a context that names a missing user is an error", func(v *kubeconfigView) bool {
		return v.set.options.User == "" && v.userName != "" && v.user == nil
	}},
	{"Context", "a context may name no user", func(v *kubeconfigView) bool { return v.context != nil && v.userName == "" }},

	{"Exec plugins", "apiVersion v1", pluginText("apiVersion", equals("client.authentication.k8s.io/v1"))},
	{"Exec plugins", "apiVersion v1beta1", pluginText("apiVersion", equals("client.authentication.k8s.io/v1beta1"))},
	{"Exec plugins", "apiVersion v1alpha1 is an error", pluginText("apiVersion", equals("client.authentication.k8s.io/v1alpha1"))},
	{"Exec plugins", "another apiVersion is an error", func(v *kubeconfigView) bool { return hasOldPlugin(v) }},
	{"Exec plugins", "no apiVersion is an error", pluginText("apiVersion", equals(""))},
	{"Exec plugins", "no command is an error", pluginText("command", equals(""))},
	{"Exec plugins", "interactiveMode is required in v1", both(pluginText("interactiveMode", equals("")), pluginText("apiVersion", equals("client.authentication.k8s.io/v1")))},
	{"Exec plugins", "interactiveMode is IfAvailable in v1beta1 where there is none", both(pluginText("interactiveMode", equals("")), pluginText("apiVersion", equals("client.authentication.k8s.io/v1beta1")))},
	{"Exec plugins", "another interactiveMode is an error", pluginText("interactiveMode", func(s string) bool { return s == "Sometimes" || s == "never" })},
	{"Exec plugins", "the environment keeps its order", cred(func(c credential) bool { list, _ := c.exec["env"].([]any); return len(list) > 1 })},
	{"Exec plugins", "a variable without name is an error", cred(hasUnnamedVariable)},
	{"Exec plugins", "control characters of the install hint are escaped", pluginText("installHint", func(s string) bool { return strings.Contains(s, "\x1b") })},

	{"Flags", "--context", func(v *kubeconfigView) bool {
		return v.set.options.Context != "" && v.context != nil && v.set.options.Context != v.currentContext
	}},
	{"Flags", "--context must name one that there is", func(v *kubeconfigView) bool { return v.set.options.Context != "" && v.context == nil }},
	{"Flags", "--cluster", func(v *kubeconfigView) bool {
		return v.set.options.Cluster != "" && v.cluster != nil && v.set.options.Cluster != v.context.text("cluster")
	}},
	{"Flags", "--cluster must name one that there is", func(v *kubeconfigView) bool { return v.set.options.Cluster != "" && v.cluster == nil }},
	{"Flags", "--user", func(v *kubeconfigView) bool {
		return v.set.options.User != "" && v.user != nil && v.set.options.User != v.context.text("user")
	}},
	{"Flags", "--user must name one that there is", func(v *kubeconfigView) bool { return v.set.options.User != "" && v.user == nil }},
	{"Flags", "--namespace", func(v *kubeconfigView) bool { return v.set.options.Namespace != "" }},
	{"Flags", "--server", flagged(func(o kubeconfig.Overrides) bool { return o.Server != "" })},
	{"Flags", "--server needs neither file nor context", func(v *kubeconfigView) bool { return v.set.options.Override.Server != "" && v.contextName == "" }},
	{"Flags", "--server clears tls-server-name", both(clusterText("tls-server-name", anything), flagged(func(o kubeconfig.Overrides) bool { return o.Server != "" && o.TLSServerName == "" }))},
	{"Flags", "--tls-server-name", flagged(func(o kubeconfig.Overrides) bool { return o.TLSServerName != "" })},
	{"Flags", "--insecure-skip-tls-verify clears the certificate authority", func(v *kubeconfigView) bool {
		return v.set.options.Override.Insecure && v.cluster.hasCA()
	}},
	{"Flags", "--certificate-authority clears skip", func(v *kubeconfigView) bool {
		return v.set.options.Override.CAFile != "" && v.cluster.flag("insecure-skip-tls-verify")
	}},
	{"Flags", "--certificate-authority clears the data", both(clusterText("certificate-authority-data", anything), flagged(func(o kubeconfig.Overrides) bool { return o.CAFile != "" }))},
	{"Flags", "--insecure-skip-tls-verify and --certificate-authority are an error", flagged(func(o kubeconfig.Overrides) bool { return o.Insecure && o.CAFile != "" })},
	{"Flags", "--client-certificate and --client-key", flagged(func(o kubeconfig.Overrides) bool { return o.CertFile != "" && o.KeyFile != "" })},
	{"Flags", "--client-certificate clears the data", both(userText("client-certificate-data", anything), flagged(func(o kubeconfig.Overrides) bool { return o.CertFile != "" }))},
	{"Flags", "--client-key clears the data", both(userText("client-key-data", anything), flagged(func(o kubeconfig.Overrides) bool { return o.KeyFile != "" }))},
	{"Flags", "--token", flagged(func(o kubeconfig.Overrides) bool { return o.Token != "" })},
	{"Flags", "--token clears the other credentials", func(v *kubeconfigView) bool {
		return v.set.options.Override.Token != "" && slices.ContainsFunc(otherCredentials, v.user.has)
	}},
	{"Flags", "--as", flagged(func(o kubeconfig.Overrides) bool { return o.Impersonate.User != "" })},
	{"Flags", "--as-uid", flagged(func(o kubeconfig.Overrides) bool { return o.Impersonate.UID != "" })},
	{"Flags", "--as-group", flagged(func(o kubeconfig.Overrides) bool { return len(o.Impersonate.Groups) > 0 })},
	{"Flags", "--as-user-extra", flagged(func(o kubeconfig.Overrides) bool { return len(o.Impersonate.Extra) > 0 })},
	{"Flags", "--as, --as-uid and --as-group replace one field each", func(v *kubeconfigView) bool {
		i := v.set.options.Override.Impersonate
		return i.User != "" && (i.UID == "" && v.user.has("as-uid") || i.Groups == nil && v.user.has("as-groups")) || i.User == "" && (i.UID != "" || i.Groups != nil) && v.user.has("as")
	}},
}

// rulesElsewhere are the rules that no comparison with clientcmd can hit, and the reason.
var rulesElsewhere = []struct{ sentence, why string }{
	{"the pod's service account is used when no file gives a configuration", "clientcmd's folder of the service account is fixed, and a test must not write there; tested in package kubeconfig"},
	{"the pod's namespace is POD_NAMESPACE, the service account's, or default", "as above"},
	{"an IPv6 host of KUBERNETES_SERVICE_HOST is put in brackets", "as above"},
	{"the list is separated by ; on Windows", "of another system; tested in package kubeconfig"},
	{"without proxy-url the environment's proxy holds, NO_PROXY with CIDRs included", "net/http reads it when it connects; here only that no proxy is set. Tested in package transport"},
	{"a token file is read again every 60 s, and the last good value stays", "a loader does not read again; tested in package transport"},
	{"TLS of 1.2 at least; certificates and CA files are read again", "tested in package transport"},
	{"what a plugin is given, what it answers, how long that holds", "a loader runs no plugin; tested in package transport"},
	{"impersonation headers: the keys of extra are escaped and in lower case", "a loader sends nothing; tested in package transport"},
}

func hasNameTwice(f *kubeconfigFile) bool {
	for _, s := range f.sections() {
		seen := map[string]bool{}
		for _, e := range *s.entries {
			if seen[e.name] {
				return true
			}
			seen[e.name] = true
		}
	}
	return false
}

func hasUnnamedVariable(c credential) bool {
	list, _ := c.exec["env"].([]any)
	return slices.ContainsFunc(list, func(v any) bool {
		name, _ := v.(map[string]any)["name"].(string)
		return name == ""
	})
}

func (e *kubeconfigEntry) hasCA() bool {
	return e.text("certificate-authority") != "" || e.text("certificate-authority-data") != ""
}

func (e *kubeconfigEntry) hasExecExtension() bool {
	list, _ := e.value("extensions").([]any)
	return slices.ContainsFunc(list, func(v any) bool { return v.(map[string]any)["name"] == "client.authentication.k8s.io/exec" })
}

// wouldGain reports whether an entry of the same name in a later file has a field that the chosen
// one lacks.
func (v *kubeconfigView) wouldGain(list string, e *kubeconfigEntry) bool {
	if e == nil {
		return false
	}
	for _, f := range v.read {
		for _, s := range f.sections() {
			for _, other := range *s.entries {
				if s.list == list && other.name == e.name && slices.ContainsFunc(other.fields, func(f kubeconfigField) bool { return !e.has(f.key) }) {
					return true
				}
			}
		}
	}
	return false
}
