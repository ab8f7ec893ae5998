package command

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// NamespaceFlags returns the flags with which another command works in the same namespace of the
// same cluster.
func (c *Connection) NamespaceFlags() string {
	if c.Namespace == "" {
		return c.ConnectionFlags()
	}
	return " -n " + shellQuote(c.Namespace) + c.ConnectionFlags()
}

// ConnectionFlags returns the flags with which another command reaches the same server as the same
// user. In place of a token stands TOKEN.
func (c *Connection) ConnectionFlags() string {
	o, as, text := &c.Override, &c.Override.Impersonate, ""
	token := ""
	if o.Token != "" {
		token = "TOKEN"
	}
	if o.Insecure {
		text = " --insecure-skip-tls-verify"
	}
	for _, flag := range []struct{ name, value string }{
		{"kubeconfig", c.Path}, {"context", c.Context}, {"cluster", c.Cluster}, {"user",
			c.User}, {"server", o.Server},
		{"certificate-authority", o.CAFile}, {"tls-server-name", o.TLSServerName},
		{"token", token}, {"client-certificate", o.CertFile}, {"client-key", o.KeyFile}, {"as",
			as.User}, {"as-uid", as.UID},
	} {
		if flag.value != "" {
			text += " --" + flag.name + " " + shellQuote(flag.value)
		}
	}
	for _, flag := range []struct {
		name   string
		values []string
	}{
		{"as-group", as.Groups}, {"as-user-extra",
			(*extraFields)(&as.Extra).list()}, {"allow-exec-plugin", c.plugins},
	} {
		for _, value := range flag.values {
			text += " --" + flag.name + " " + shellQuote(value)
		}
	}
	return text
}

// shellQuote returns word as a POSIX shell reads it.
func shellQuote(word string) string {
	harmless := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' ||
			strings.ContainsRune("-_./:@%+=,", r)
	}
	if word != "" && strings.TrimLeftFunc(word, harmless) == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// accessHint names the command that lists the permissions, once. It mentions --role where the Role
// of "kx auth check" grants the refused request.
func (k *Invocation) accessHint(refused *transport.StatusError) string {
	connection := k.Connection
	if strings.Contains(refused.Status.Message, " cannot impersonate") {
		// The permissions in question are those of the user who impersonates.
		connection.Override.Impersonate = kubeconfig.Impersonate{}
	}
	text := `; "` + connection.CheckCommand(refused.Path) + `" says what this user may do`
	if coveredByRole(refused) {
		text += ", and with --role what to ask an administrator for"
	}
	if slices.Contains(k.hints, text) {
		return ""
	}
	k.hints = append(k.hints, text)
	return text
}

// coveredByRole reports whether the Role of "kx auth check" grants the refused request: one of
// debug, exec, attach, logs and port-forward.
func coveredByRole(refused *transport.StatusError) bool {
	_, path, _ := strings.Cut(refused.Path, "/api/v1/namespaces/")
	_, path, _ = strings.Cut(path, "/pods/")
	name, subresource, _ := strings.Cut(path, "/")
	switch subresource {
	case "":
		return name != "" && refused.Method == http.MethodGet
	case "ephemeralcontainers":
		return refused.Method == http.MethodPatch
	case "exec", "attach", "log", "portforward":
		return true
	}
	return false
}

// isAuthCommand reports whether a subcommand of "kx auth" runs. These print permissions themselves.
func (k *Invocation) isAuthCommand() bool {
	return k.Command != nil && k.Command.HasParent() && k.Command.Parent().Name() == "auth"
}

// CheckCommand returns the command that lists the permissions in the namespace of path.
func (c *Connection) CheckCommand(path string) string {
	namespace := c.Namespace
	_, rest, ok := strings.Cut(path, "/namespaces/")
	if ok && strings.Contains(rest, "/") {
		namespace, _, _ = strings.Cut(rest, "/")
	}
	command := "kx auth check" + c.ConnectionFlags()
	if namespace != "" {
		command += " -n " + shellQuote(namespace)
	}
	return command
}

// CommandLine returns the command line that works on the same cluster and, unless words choose
// other namespaces or nodes, in the same namespace. words are those after "kx".
func (c *Connection) CommandLine(words []string) string {
	flags := c.NamespaceFlags()
	for _, word := range words {
		if word == "-A" || word == "-n" || word == "nodes" {
			flags = c.ConnectionFlags()
		}
	}
	line := "kx"
	for _, word := range words {
		if word == "--" {
			line, flags = line+flags, ""
		}
		line += " " + shellQuote(word)
	}
	return line + flags
}
