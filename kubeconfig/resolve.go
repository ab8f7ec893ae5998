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
		Source:   Source{Files: m.paths(), Context: chosen.Name, Cluster: chosen.Cluster, User: chosen.User},
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
	if err := c.fill(cluster, user, o.Override); err != nil {
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

// fill takes over a cluster and a user, with what was asked for in the place of their fields.
func (c *Config) fill(cl cluster, u user, o Overrides) error {
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

// context returns the context that was asked for, else the current one, with what the options put in its place.
// It may be without a name only when a cluster or a server was asked for.
func (m *merged) context(o Options) (Context, error) {
	name, referrer := o.Context, ""
	if name == "" {
		name, referrer = m.currentContext, "current-context"
	}
	chosen, ok := m.contexts[name]
	switch {
	case name == "" && o.Cluster == "" && o.Override.Server == "":
		return Context{}, fmt.Errorf("%s: current-context is not set and no context was asked for; choose one of the contexts there: %s", fileList(m.paths()), nameList(sortedNames(m.contexts)))
	case name == "":
		chosen = Context{}
	case !ok:
		return Context{}, &NotFoundError{Kind: "context", Name: name, Referrer: referrer, Known: sortedNames(m.contexts), Files: m.paths()}
	}
	if o.Cluster != "" {
		chosen.Cluster = o.Cluster
	}
	if o.User != "" {
		chosen.User = o.User
	}
	return chosen, nil
}

// namespace falls back to that of the pod which the program runs in, as kubectl does, whichever cluster a file names.
func (m *merged) namespace(chosen Context, o Options, p pod) (string, error) {
	switch {
	case o.Namespace != "":
		return o.Namespace, checkNamespace(o.Namespace, "the namespace that was asked for")
	case chosen.Namespace != "":
		return chosen.Namespace, checkNamespace(chosen.Namespace, fmt.Sprintf("%s: the namespace of context %q", m.file("contexts", chosen.Name).path, chosen.Name))
	case p.absent() == "":
		namespace, from := p.ownNamespace()
		return namespace, checkNamespace(namespace, from)
	default:
		return defaultNamespace, nil
	}
}

// cluster returns the cluster of a context, which must name one that there is, or none where a server was asked for.
func (m *merged) cluster(chosen Context, o Options) (cluster, error) {
	c, ok := m.clusters[chosen.Cluster]
	switch {
	case chosen.Cluster == "" && o.Override.Server != "":
		return cluster{}, nil
	case chosen.Cluster == "":
		return c, fmt.Errorf("%s: context %q names no cluster; clusters there: %s", m.file("contexts", chosen.Name).path, chosen.Name, nameList(sortedNames(m.clusters)))
	case !ok:
		return c, &NotFoundError{Kind: "cluster", Name: chosen.Cluster, Referrer: referrer(chosen, o.Cluster), Known: sortedNames(m.clusters), Files: m.paths()}
	}
	f := m.file("clusters", c.name)
	c.origin = fmt.Sprintf("%s: cluster %q", f.path, c.name)
	return c.resolvePaths(f.dir()), nil
}

// user returns the user of a context, who must exist unless the context names none.
func (m *merged) user(chosen Context, o Options) (user, error) {
	u, ok := m.users[chosen.User]
	if chosen.User != "" && !ok {
		return u, &NotFoundError{Kind: "user", Name: chosen.User, Referrer: referrer(chosen, o.User), Known: sortedNames(m.users), Files: m.paths()}
	}
	if chosen.User == "" {
		return user{}, nil
	}
	f := m.file("users", u.name)
	u.origin = fmt.Sprintf("%s: user %q", f.path, u.name)
	return u.resolvePaths(f.dir()), nil
}

func referrer(chosen Context, askedFor string) string {
	if askedFor != "" {
		return ""
	}
	return fmt.Sprintf("context %q", chosen.Name)
}

// dropCredentials keeps credentials from going over the wire in the clear. What is for TLS goes too, having no use.
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
	return c.BearerToken != "" || c.BearerTokenFile != "" || c.Username != "" || c.TLS.CertFile != "" || len(c.TLS.CertData) > 0
}

func (c *Config) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}
