package kubeconfig

import (
	"fmt"
	"strings"
	"time"
)

// resolve turns the chosen context into a Config.
func (m *merged) resolve(o Options) (*Config, error) {
	chosen, err := m.context(o)
	if err != nil {
		return nil, err
	}
	c := &Config{
		Source:   Source{Files: m.paths(), Context: chosen.Name, Cluster: chosen.Cluster, User: chosen.User},
		Warnings: m.warnings,
	}
	if c.Namespace, err = m.namespace(chosen, o); err != nil {
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
	if err := c.setCluster(cluster); err != nil {
		return nil, fmt.Errorf("%s: cluster %q: %w", m.origin("clusters", cluster.name), cluster.name, err)
	}
	if err := c.setUser(user, time.Now()); err != nil {
		return nil, fmt.Errorf("%s: user %q: %w", m.origin("users", user.name), user.name, err)
	}
	if c.Exec != nil {
		c.Exec.ClusterConfig = cluster.execConfig
	}
	if strings.HasPrefix(c.Server, "http://") {
		c.dropCredentials()
	}
	return c, nil
}

func (m *merged) origin(section, name string) string {
	if _, f := m.node(section, name); f != nil {
		return f.path
	}
	return fileList(m.paths())
}

// context returns the context that was asked for, else the current one, with what the options put in its place.
// It may be without a name only when a cluster was asked for.
func (m *merged) context(o Options) (Context, error) {
	name, referrer := o.Context, ""
	if name == "" {
		name, referrer = m.currentContext, "current-context"
	}
	chosen, ok := m.contexts[name]
	switch {
	case name == "" && o.Cluster == "":
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

func (m *merged) namespace(chosen Context, o Options) (string, error) {
	switch {
	case o.Namespace != "":
		return o.Namespace, checkNamespace(o.Namespace, "the namespace that was asked for")
	case chosen.Namespace != "":
		return chosen.Namespace, checkNamespace(chosen.Namespace, fmt.Sprintf("%s: the namespace of context %q", m.origin("contexts", chosen.Name), chosen.Name))
	default:
		return defaultNamespace, nil
	}
}

// cluster returns the cluster of a context, which must name one that there is.
func (m *merged) cluster(chosen Context, o Options) (cluster, error) {
	c, ok := m.clusters[chosen.Cluster]
	switch {
	case chosen.Cluster == "":
		return c, fmt.Errorf("%s: context %q names no cluster; clusters there: %s", m.origin("contexts", chosen.Name), chosen.Name, nameList(sortedNames(m.clusters)))
	case !ok:
		return c, &NotFoundError{Kind: "cluster", Name: chosen.Cluster, Referrer: referrer(chosen, o.Cluster), Known: sortedNames(m.clusters), Files: m.paths()}
	}
	return c, nil
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
	return u, nil
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
		c.warn("cluster %q is reached over http://, so the credentials of user %q are not sent", c.Source.Cluster, c.Source.User)
	}
	c.TLS = TLS{}
	c.BearerToken, c.BearerTokenFile = "", ""
	c.Username, c.Password = "", ""
	c.Exec = nil
}

func (c *Config) hasStaticCredential() bool {
	return c.BearerToken != "" || c.BearerTokenFile != "" || c.Username != "" || c.Password != "" || c.TLS.CertFile != "" || len(c.TLS.CertData) > 0
}

func (c *Config) warn(format string, args ...any) {
	c.Warnings = append(c.Warnings, fmt.Sprintf(format, args...))
}
