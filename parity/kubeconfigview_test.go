package parity_test

import (
	"path/filepath"
	"slices"
	"strings"
)

// kubeconfigView is the merged content of a set's files and its chosen entries, by the table's
// rules. Predicates read it. The comparison with clientcmd checks that the loader agrees.
type kubeconfigView struct {
	set                                *kubeconfigSet
	read                               []*kubeconfigFile // those that exist
	clusters, users, contexts          map[string]*kubeconfigEntry
	currentContext                     string
	contextName, clusterName, userName string
	context, cluster, user             *kubeconfigEntry // nil where there is none of that name
}

func (s *kubeconfigSet) view() *kubeconfigView {
	v := &kubeconfigView{set: s, clusters: map[string]*kubeconfigEntry{}, users: map[string]*kubeconfigEntry{}, contexts: map[string]*kubeconfigEntry{}}
	for _, f := range s.files {
		if f.missing {
			continue
		}
		v.read = append(v.read, f)
		if v.currentContext == "" {
			v.currentContext = f.currentContext
		}
		for entries, merged := range map[*[]*kubeconfigEntry]map[string]*kubeconfigEntry{&f.clusters: v.clusters, &f.users: v.users, &f.contexts: v.contexts} {
			for _, e := range *entries {
				if merged[e.name] == nil {
					merged[e.name] = e
				}
			}
		}
	}
	v.contextName = first(s.options.Context, v.currentContext)
	v.context = v.contexts[v.contextName]
	v.clusterName = first(s.options.Cluster, v.context.text("cluster"))
	v.userName = first(s.options.User, v.context.text("user"))
	v.cluster, v.user = v.clusters[v.clusterName], v.users[v.userName]
	return v
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

func (v *kubeconfigView) server() string {
	return first(v.set.options.Override.Server, v.cluster.text("server"))
}

func (v *kubeconfigView) namespace() string {
	return first(v.set.options.Namespace, v.context.text("namespace"))
}

// tls reports whether the server is reached by TLS. Otherwise clientcmd ignores credentials.
func (v *kubeconfigView) tls() bool {
	server := strings.ToLower(v.server())
	return strings.HasPrefix(server, "https://")
}

// credential is the chosen user's with the flags over it, field by field.
type credential struct {
	token, tokenFile, username, password string
	cert, certData, key, keyData         string
	as, uid                              string
	groups, extra                        bool
	exec, provider                       map[string]any
}

// credential returns the chosen user's credential with the flags over it, field by field.
func (v *kubeconfigView) credential() credential {
	u, o := v.user, v.set.options.Override
	c := credential{
		token: first(o.Token, u.text("token")), tokenFile: u.text("tokenFile"), username: u.text("username"), password: u.text("password"),
		cert: first(o.CertFile, u.text("client-certificate")), certData: u.text("client-certificate-data"),
		key: first(o.KeyFile, u.text("client-key")), keyData: u.text("client-key-data"),
		as: first(o.Impersonate.User, u.text("as")), uid: first(o.Impersonate.UID, u.text("as-uid")),
		groups: u.has("as-groups") || len(o.Impersonate.Groups) > 0, extra: u.has("as-user-extra") || len(o.Impersonate.Extra) > 0,
		exec: u.object("exec"), provider: u.object("auth-provider"),
	}
	if o.CertFile != "" {
		c.certData = ""
	}
	if o.KeyFile != "" {
		c.keyData = ""
	}
	return c
}

func (c credential) hasToken() bool { return c.token != "" || c.tokenFile != "" }
func (c credential) hasBasic() bool { return c.username != "" || c.password != "" }
func (c credential) hasCert() bool  { return c.cert != "" || c.certData != "" }
func (c credential) hasKey() bool   { return c.key != "" || c.keyData != "" }

// static reports whether the credential needs no plugin. A password without a username is no
// credential.
func (c credential) static() bool { return c.hasToken() || c.username != "" || c.hasCert() }

// file returns the file of an entry.
func (v *kubeconfigView) file(e *kubeconfigEntry) *kubeconfigFile {
	for _, f := range v.read {
		for _, s := range f.sections() {
			if slices.Contains(*s.entries, e) {
				return f
			}
		}
	}
	return nil
}

// any reports whether one of the files that are read is such a file.
func (v *kubeconfigView) any(is func(*kubeconfigFile) bool) bool {
	for _, f := range v.read {
		if is(f) {
			return true
		}
	}
	return false
}

// shadowed reports whether more than one file has an entry of that name.
func (v *kubeconfigView) shadowed(list, name string) bool {
	files := 0
	for _, f := range v.read {
		for _, s := range f.sections() {
			if s.list == list && slices.ContainsFunc(*s.entries, func(e *kubeconfigEntry) bool { return e.name == name }) {
				files++
			}
		}
	}
	return files > 1
}

// relative reports whether a path is relative to a folder.
func relative(path string) bool { return path != "" && !filepath.IsAbs(path) }
