package parity_test

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kx-k8s/kx/kubeconfig"
)

// plantedBug is a loader with one bug, made of the real loader: either its input or its result is
// changed.
type plantedBug struct {
	name string
	// changes the view's set, which is a copy, and reports whether it did
	before func(v *kubeconfigView) bool
	after  func(v *kubeconfigView, c *kubeconfig.Config, err error) (*kubeconfig.Config, error)
}

// load returns the result of the loader with the bug, and whether it differs from the real
// loader's.
func (b plantedBug) load(t testing.TB, set *kubeconfigSet, ours resolution) (resolution, bool) {
	if b.after != nil {
		config := ours.config
		if config != nil {
			c := *config
			config = &c
		}
		r := oursOf(b.after(set.view(), config, ours.err))
		return r, len(r.differs(ours)) > 0
	}
	changed := set.clone()
	if !b.before(changed.view()) {
		return ours, false
	}
	changed.write(t)
	r := oursOf(kubeconfig.Load(changed.options))
	set.write(t)
	return r, len(r.differs(ours)) > 0
}

// wrongly changes a result that is no error.
func wrongly(change func(v *kubeconfigView, c *kubeconfig.Config)) func(*kubeconfigView, *kubeconfig.Config, error) (*kubeconfig.Config, error) {
	return func(v *kubeconfigView, c *kubeconfig.Config, err error) (*kubeconfig.Config, error) {
		if err == nil {
			change(v, c)
		}
		return c, err
	}
}

// instead replaces an error that contains words with a result.
func instead(words string, config kubeconfig.Config) func(*kubeconfigView, *kubeconfig.Config, error) (*kubeconfig.Config, error) {
	return func(_ *kubeconfigView, c *kubeconfig.Config, err error) (*kubeconfig.Config, error) {
		if err != nil && strings.Contains(err.Error(), words) {
			return &config, nil
		}
		return c, err
	}
}

// refused returns an error for some sets.
func refused(when func(v *kubeconfigView) bool) func(*kubeconfigView, *kubeconfig.Config, error) (*kubeconfig.Config, error) {
	return func(v *kubeconfigView, c *kubeconfig.Config, err error) (*kubeconfig.Config, error) {
		if when(v) {
			return nil, errors.New("refused")
		}
		return c, err
	}
}

// wrongPlugin changes the plugin of the result.
func wrongPlugin(change func(v *kubeconfigView, e *kubeconfig.ExecConfig)) func(*kubeconfigView, *kubeconfig.Config, error) (*kubeconfig.Config, error) {
	return wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if c.Exec != nil {
			e := *c.Exec
			e.Env = slices.Clone(e.Env)
			change(v, &e)
			c.Exec = &e
		}
	})
}

var plantedBugs = []plantedBug{
	// loading and merging
	{name: "the last file wins", before: func(v *kubeconfigView) bool {
		parts := filepath.SplitList(v.set.list)
		slices.Reverse(parts)
		v.set.list = strings.Join(parts, string(filepath.ListSeparator))
		return len(parts) > 1 && v.set.options.Path == ""
	}},
	{name: "entries of one name are merged field by field", before: func(v *kubeconfigView) bool {
		changed := false
		for _, f := range v.read {
			for i, s := range f.sections() {
				for _, e := range *s.entries {
					kept := []map[string]*kubeconfigEntry{v.contexts, v.clusters, v.users}[i][e.name]
					for _, field := range e.fields {
						if !kept.has(field.key) {
							kept.set(field.key, field.value)
							changed = true
						}
					}
				}
			}
		}
		return changed
	}},
	{name: "the last current-context wins", before: func(v *kubeconfigView) bool {
		for _, f := range v.read {
			if f.currentContext != "" && v.set.options.Context == "" {
				v.set.options.Context = f.currentContext
			}
		}
		for _, f := range slices.Backward(v.read) {
			if f.currentContext != "" && f.currentContext != v.currentContext {
				v.set.options.Context = f.currentContext
				return true
			}
		}
		return false
	}},
	{name: "current-context is the first file's alone", before: func(v *kubeconfigView) bool {
		for _, f := range v.read[min(1, len(v.read)):] {
			f.currentContext = ""
		}
		return len(v.read) > 1
	}},
	{name: "$KUBECONFIG is merged with --kubeconfig", before: func(v *kubeconfigView) bool {
		v.set.list = v.set.options.Path + string(filepath.ListSeparator) + v.set.list
		v.set.options.Path = ""
		return !strings.HasPrefix(v.set.list, string(filepath.ListSeparator))
	}},
	{name: "only the first file of the list is read", before: func(v *kubeconfigView) bool {
		if v.set.options.Path == "" && len(v.read) > 1 {
			v.set.list = v.read[0].path
			return true
		}
		return false
	}},
	{name: "a missing file of the list is an error", after: refused(func(v *kubeconfigView) bool {
		return inList(v) && slices.ContainsFunc(v.set.files, func(f *kubeconfigFile) bool { return f.missing })
	})},
	{name: "a byte order mark is an error", after: refused(fileIs(func(f *kubeconfigFile) bool { return f.encoding == "bom" }))},
	{name: "the last of two entries of one name in a file is taken", before: func(v *kubeconfigView) bool {
		changed := false
		for _, f := range v.read {
			for _, s := range f.sections() {
				entries := map[string]*kubeconfigEntry{}
				for _, e := range *s.entries {
					changed = changed || entries[e.name] != nil
					entries[e.name] = e
				}
				*s.entries = slices.DeleteFunc(*s.entries, func(e *kubeconfigEntry) bool { return entries[e.name] != e })
			}
		}
		return changed
	}},
	{name: "a file that does not parse is skipped", before: func(v *kubeconfigView) bool {
		changed := false
		for _, f := range v.read {
			if !f.json && strings.Contains(f.trailer, "}broken") {
				*f, changed = kubeconfigFile{path: f.path, header: "\n"}, true
			}
		}
		return changed
	}},
	// paths
	{name: "paths in files are relative to the working directory", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if c.TLS.CAFile != "" && v.set.options.Override.CAFile == "" {
			c.TLS.CAFile = absolute(v.cluster.text("certificate-authority"))
		}
	})},
	{name: "the token file is relative to the working directory", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if c.BearerTokenFile != "" {
			c.BearerTokenFile = absolute(v.user.text("tokenFile"))
		}
	})},
	{name: "flags' paths are relative to the file", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		file := v.set.options.Override.CertFile
		if relative(file) && v.user != nil && c.TLS.CertFile != "" {
			c.TLS.CertFile = filepath.Join(filepath.Dir(v.file(v.user).path), file)
		}
	})},
	{name: "a plugin's bare name is relative to the file", after: wrongPlugin(func(v *kubeconfigView, e *kubeconfig.ExecConfig) {
		if !hasSeparator(e.Command) {
			e.Command = filepath.Join(filepath.Dir(v.file(v.user).path), e.Command)
		}
	})},
	{name: "a plugin's path is left as it is", after: wrongPlugin(func(v *kubeconfigView, e *kubeconfig.ExecConfig) {
		e.Command, _ = v.user.object("exec")["command"].(string)
	})},
	// contexts
	{name: "the context's namespace is lost", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) { c.Namespace = first(v.set.options.Namespace, "default") })},
	{name: "POD_NAMESPACE holds outside a pod", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if v.namespace() == "" {
			c.Namespace = first(v.set.env["POD_NAMESPACE"], "default")
		}
	})},
	{name: "a namespace is not looked at", after: instead("is not a DNS label", kubeconfig.Config{Server: localhost, Namespace: "a/b"})},
	{name: "a missing cluster is localhost", after: instead("names the cluster", kubeconfig.Config{Server: localhost, Namespace: "default"})},
	{name: "a missing user is nobody", before: func(v *kubeconfigView) bool {
		if v.userName != "" && v.user == nil && v.context != nil {
			v.context.remove("user")
			v.set.options.User = ""
			return true
		}
		return false
	}},
	// clusters
	{name: "the server's path is dropped", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) {
		i := strings.Index(c.Server[8:], "/")
		if i >= 0 {
			c.Server = c.Server[:8+i]
		}
	})},
	{name: "the server's query is kept", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		_, query, found := strings.Cut(v.server(), "?")
		if found {
			c.Server += "?" + query
		}
	})},
	{name: "insecure-skip-tls-verify is ignored", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.TLS.Insecure = false })},
	{name: "insecure-skip-tls-verify beats a certificate authority", before: func(v *kubeconfigView) bool {
		if v.cluster.flag("insecure-skip-tls-verify") && v.cluster.hasCA() {
			v.cluster.remove("certificate-authority", "certificate-authority-data")
			return true
		}
		return false
	}},
	{name: "certificate-authority-data beats the file", before: func(v *kubeconfigView) bool {
		if v.cluster.has("certificate-authority") && v.cluster.text("certificate-authority-data") != "" {
			v.cluster.remove("certificate-authority")
			return true
		}
		return false
	}},
	{name: "tls-server-name is ignored", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.TLS.ServerName = "" })},
	{name: "proxy-url is ignored", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.ProxyURL = "" })},
	{name: "a socks5 proxy is refused", after: refused(proxyScheme("socks5"))},
	{name: "disable-compression is ignored", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.DisableCompression = false })},
	{name: "http:// sends the token", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if strings.HasPrefix(c.Server, "http://") {
			c.BearerToken = v.user.text("token")
		}
	})},
	// users
	{name: "token beats tokenFile", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) {
		if c.BearerToken != "" {
			c.BearerTokenFile = ""
		}
	})},
	{name: "the token is sent beside a user name", before: func(v *kubeconfigView) bool {
		c := v.credential()
		if c.token != "" && c.hasBasic() {
			v.user.remove("username", "password")
			return true
		}
		return false
	}},
	{name: "a key's file is forgotten beside a certificate's data", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) {
		if len(c.TLS.CertData) > 0 {
			c.TLS.KeyFile = ""
		}
	})},
	{name: "exec beats a static credential", before: func(v *kubeconfigView) bool {
		c := v.credential()
		if c.exec != nil && c.static() && v.set.options.Override.Token == "" && v.set.options.Override.CertFile == "" {
			v.user.remove("token", "tokenFile", "username", "client-certificate", "client-certificate-data")
			return true
		}
		return false
	}},
	{name: "act-as is read in place of as", before: func(v *kubeconfigView) bool {
		as := v.user.text("as")
		if as != "" {
			v.user.remove("as")
			v.user.set("act-as", as)
		}
		return as != ""
	}},
	{name: "as-uid is lost", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.Impersonate.UID = "" })},
	{name: "as-groups is lost", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.Impersonate.Groups = nil })},
	{name: "of as-groups the first is taken", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) {
		c.Impersonate.Groups = c.Impersonate.Groups[:min(1, len(c.Impersonate.Groups))]
	})},
	{name: "as-user-extra is lost", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.Impersonate.Extra = nil })},
	{name: "an expired id-token is used", after: instead("expired on",
		kubeconfig.Config{Server: "https://alpha-0.example:6443", BearerToken: "expired",
			Namespace: "default"})},
	{name: "nothing is warned of", after: wrongly(func(_ *kubeconfigView, c *kubeconfig.Config) { c.Warnings = nil })},
	// exec plugins
	{name: "an answer in v1alpha1 is taken", before: func(v *kubeconfigView) bool {
		return changePlugin(v, "apiVersion", "client.authentication.k8s.io/v1alpha1", "client.authentication.k8s.io/v1beta1")
	}},
	{name: "interactiveMode is not required in v1", before: func(v *kubeconfigView) bool { return changePlugin(v, "interactiveMode", "", "IfAvailable") }},
	{name: "interactiveMode is Never where there is none", after: wrongPlugin(func(v *kubeconfigView, e *kubeconfig.ExecConfig) {
		if v.user.object("exec")["interactiveMode"] == nil {
			e.InteractiveMode = kubeconfig.InteractiveNever
		}
	})},
	{name: "the environment is sorted", after: wrongPlugin(func(_ *kubeconfigView, e *kubeconfig.ExecConfig) {
		slices.SortFunc(e.Env, func(a, b kubeconfig.ExecEnvVar) int { return strings.Compare(a.Name, b.Name) })
	})},
	{name: "the cluster's extension is lost", after: wrongPlugin(func(_ *kubeconfigView, e *kubeconfig.ExecConfig) { e.ClusterConfig = nil })},
	{name: "the install hint is not escaped", after: wrongPlugin(func(v *kubeconfigView, e *kubeconfig.ExecConfig) {
		e.InstallHint, _ = v.user.object("exec")["installHint"].(string)
	})},
	// flags
	{name: "--context is ignored", before: withOptions(func(o *kubeconfig.Options) { o.Context = "" })},
	{name: "--cluster is ignored", before: withOptions(func(o *kubeconfig.Options) { o.Cluster = "" })},
	{name: "--user is ignored", before: withOptions(func(o *kubeconfig.Options) { o.User = "" })},
	{name: "--namespace is ignored", before: withOptions(func(o *kubeconfig.Options) { o.Namespace = "" })},
	{name: "--server is ignored", before: withOptions(func(o *kubeconfig.Options) { o.Override.Server = "" })},
	{name: "--server keeps tls-server-name", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if strings.HasPrefix(c.Server, "https://") {
			c.TLS.ServerName = first(v.set.options.Override.TLSServerName, v.cluster.text("tls-server-name"))
		}
	})},
	{name: "--insecure-skip-tls-verify keeps the certificate authority", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		if v.set.options.Override.Insecure {
			c.TLS.CAData = []byte(v.cluster.text("certificate-authority-data"))
		}
	})},
	{name: "--certificate-authority keeps skip", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		c.TLS.Insecure = c.TLS.Insecure || v.cluster.flag("insecure-skip-tls-verify")
	})},
	{name: "--client-certificate is ignored", before: withOptions(func(o *kubeconfig.Options) { o.Override.CertFile = "" })},
	{name: "--client-key is ignored", before: withOptions(func(o *kubeconfig.Options) { o.Override.KeyFile = "" })},
	{name: "--token keeps the token file", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		file := v.user.text("tokenFile")
		if v.set.options.Override.Token != "" && file != "" {
			c.BearerTokenFile = filepath.Join(filepath.Dir(v.file(v.user).path), file)
		}
	})},
	{name: "--as replaces the uid and groups too", before: func(v *kubeconfigView) bool {
		if v.set.options.Override.Impersonate.User != "" {
			v.user.remove("as-uid", "as-groups", "as-user-extra")
			return true
		}
		return false
	}},
	{name: "--as-group adds to the groups", after: wrongly(func(v *kubeconfigView, c *kubeconfig.Config) {
		list, _ := v.user.value("as-groups").([]any)
		if len(list) > 0 && len(v.set.options.Override.Impersonate.Groups) > 0 {
			c.Impersonate.Groups = append(slices.Clone(c.Impersonate.Groups), list[0].(string))
		}
	})},
}

// withOptions loads with other options.
func withOptions(change func(o *kubeconfig.Options)) func(*kubeconfigView) bool {
	return func(v *kubeconfigView) bool {
		change(&v.set.options)
		return true
	}
}

// changePlugin replaces one value of the chosen user's plugin.
func changePlugin(v *kubeconfigView, key, from, to string) bool {
	exec := v.user.object("exec")
	value, _ := exec[key].(string)
	if exec == nil || value != from {
		return false
	}
	changed := map[string]any{}
	for k, value := range exec {
		changed[k] = value
	}
	changed[key] = to
	v.user.set("exec", changed)
	return true
}
