package kubeconfig

import (
	"fmt"
	"strings"
	"time"
)

// resolve turns the chosen context into a Config.
func (m *merged) resolve(o Options, p pod) (*Config, error) {
	chosen, err := m.context(o)
	if err != nil {
		return nil, err
	}
	c := &Config{
		Source: Source{Files: m.paths(), Context: chosen.Name, Cluster: chosen.Cluster,
			User: chosen.User},
		Warnings: m.warnings,
	}
	if c.Namespace, err = m.namespace(chosen, o, p); err != nil {
		return nil, err
	}
	cluster, err := m.cluster(chosen, o)
	if err != nil {
		return nil, err
	}
	user, err := m.user(chosen, o)
	if err != nil {
		return nil, err
	}
	if err := c.setEntries(cluster, user, o.Override); err != nil {
		return nil, err
	}
	if o.Override.Server != "" {
		c.Source.Cluster = ""
	}
	if o.Override.Token != "" {
		c.Source.User = ""
	}
	return c, nil
}

// setEntries sets the fields of c from a cluster and a user with their overrides.
func (c *Config) setEntries(cl cluster, u user, o Overrides) error {
	u, err := o.onUser(u)
	if err != nil {
		return err
	}
	if err := c.setCluster(o.onCluster(cl)); err != nil {
		return fmt.Errorf("%s: %w", cl.origin, err)
	}
	if err := c.setUser(u, time.Now()); err != nil {
		return fmt.Errorf("%s: %w", u.origin, err)
	}
	if c.Exec != nil {
		c.Exec.ClusterConfig = cl.execConfig
	}
	if strings.HasPrefix(c.Server, "http://") {
		c.dropCredentials()
	}
	return nil
}

// context returns the requested context, else the current one, with the options' cluster and
// user. If there is neither, the context has only the options' cluster and user.
func (m *merged) context(o Options) (Context, error) {
	name, referrer := o.Context, ""
	if name == "" {
		name, referrer = m.currentContext, "current-context"
	}
	chosen, ok := m.contexts[name]
	switch {
	case name == "" && o.Cluster == "" && o.Override.Server == "":
		return Context{}, fmt.Errorf(
			"%s: current-context is not set and no context was requested; known contexts: %s",
			fileList(m.paths()), nameList(sortedNames(m.contexts)))
	case name == "":
		chosen = Context{}
	case !ok:
		return Context{}, &NotFoundError{
			Kind: "context", Name: name, Referrer: referrer,
			Known: sortedNames(m.contexts), Files: m.paths(),
		}
	}
	if o.Cluster != "" {
		chosen.Cluster = o.Cluster
	}
	if o.User != "" {
		chosen.User = o.User
	}
	return chosen, nil
}

// namespace returns the requested namespace, else the context's, else the namespace of the pod that
// the program runs in. Like in kubectl, the pod's counts for other clusters too.
func (m *merged) namespace(chosen Context, o Options, p pod) (string, error) {
	switch {
	case o.Namespace != "":
		return o.Namespace, checkNamespace(o.Namespace, "the requested namespace")
	case chosen.Namespace != "":
		from := fmt.Sprintf("%s: the namespace of context %q", m.file("contexts", chosen.Name).path,
			chosen.Name)
		return chosen.Namespace, checkNamespace(chosen.Namespace, from)
	case p.missing() == "":
		namespace, from := p.ownNamespace()
		return namespace, checkNamespace(namespace, from)
	default:
		return defaultNamespace, nil
	}
}

// cluster returns the cluster of a context. It must exist, unless a server was requested.
func (m *merged) cluster(chosen Context, o Options) (cluster, error) {
	c, ok := m.clusters[chosen.Cluster]
	switch {
	case chosen.Cluster == "" && o.Override.Server != "":
		return cluster{}, nil
	case chosen.Cluster == "":
		return c, fmt.Errorf("%s: context %q names no cluster; known clusters: %s",
			m.file("contexts", chosen.Name).path, chosen.Name, nameList(sortedNames(m.clusters)))
	case !ok:
		return c, &NotFoundError{
			Kind: "cluster", Name: chosen.Cluster, Referrer: referrer(chosen, o.Cluster),
			Known: sortedNames(m.clusters), Files: m.paths(),
		}
	}
	f := m.file("clusters", c.name)
	c.origin = fmt.Sprintf("%s: cluster %q", f.path, c.name)
	return c.resolvePaths(f.dir()), nil
}

// user returns the user of a context. It must exist, unless the context names none.
func (m *merged) user(chosen Context, o Options) (user, error) {
	u, ok := m.users[chosen.User]
	if chosen.User != "" && !ok {
		return u, &NotFoundError{
			Kind: "user", Name: chosen.User, Referrer: referrer(chosen, o.User),
			Known: sortedNames(m.users), Files: m.paths(),
		}
	}
	if chosen.User == "" {
		return user{}, nil
	}
	f := m.file("users", u.name)
	u.origin = fmt.Sprintf("%s: user %q", f.path, u.name)
	return u.resolvePaths(f.dir()), nil
}

// referrer returns what names a missing entry: the context, or "" for the caller's request.
func referrer(chosen Context, requested string) string {
	if requested != "" {
		return ""
	}
	return fmt.Sprintf("context %q", chosen.Name)
}

// dropCredentials removes the credentials, so that none crosses an unencrypted connection. It
// removes the TLS settings too, which have no use there.
func (c *Config) dropCredentials() {
	if c.hasStaticCredential() || c.Exec != nil {
		c.warn("%s is reached without TLS, so no credentials are sent to it", c.Server)
	}
	c.TLS = TLS{}
	c.BearerToken, c.BearerTokenFile = "", ""
	c.Username, c.Password = "", ""
	c.Exec = nil
}

func (c *Config) hasStaticCredential() bool {
	return c.BearerToken != "" || c.BearerTokenFile != "" || c.Username != "" ||
		c.TLS.CertFile != "" || len(c.TLS.CertData) > 0
}

func (c *Config) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}
