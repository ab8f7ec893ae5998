package kubeconfig

import (
	"fmt"
	"io"
	"net/url"
	"strconv"
	"strings"
)

const redacted = "REDACTED"

// String returns the fields that are set, with REDACTED in place of each credential: tokens,
// passwords, keys, and the arguments and environment of a credential plugin.
func (c Config) String() string {
	var p printer
	p.text("Server", redactURL(c.Server))
	p.text("Namespace", c.Namespace)
	p.nested("TLS", c.TLS.String())
	p.secret("BearerToken", c.BearerToken != "")
	p.text("BearerTokenFile", c.BearerTokenFile)
	p.text("Username", c.Username)
	p.secret("Password", c.Password != "")
	p.nested("Impersonate", c.Impersonate.String())
	if c.Exec != nil {
		p.nested("Exec", c.Exec.String())
	}
	p.text("ProxyURL", redactURL(c.ProxyURL))
	p.flag("DisableCompression", c.DisableCompression)
	p.nested("Source", c.Source.String())
	p.list("Warnings", c.Warnings)
	return p.wrapped("Config")
}

// String returns the fields that are set, with REDACTED in place of the token.
func (o Options) String() string {
	var p printer
	p.text("Path", o.Path)
	p.text("Context", o.Context)
	p.text("Namespace", o.Namespace)
	p.text("Cluster", o.Cluster)
	p.text("User", o.User)
	p.nested("Override", o.Override.String())
	return p.wrapped("Options")
}

// String returns the fields that are set, with REDACTED in place of the token.
func (o Overrides) String() string {
	var p printer
	p.text("Server", redactURL(o.Server))
	p.text("TLSServerName", o.TLSServerName)
	p.flag("Insecure", o.Insecure)
	p.text("CAFile", o.CAFile)
	p.text("CertFile", o.CertFile)
	p.text("KeyFile", o.KeyFile)
	p.secret("Token", o.Token != "")
	p.nested("Impersonate", o.Impersonate.String())
	return p.wrapped("Overrides")
}

// String returns the fields that are set. It shows the size of certificate data, and REDACTED for
// key data.
func (t TLS) String() string {
	var p printer
	p.text("CAFile", t.CAFile)
	p.text("CertFile", t.CertFile)
	p.text("KeyFile", t.KeyFile)
	p.size("CAData", t.CAData)
	p.size("CertData", t.CertData)
	p.secret("KeyData", len(t.KeyData) > 0)
	p.text("ServerName", t.ServerName)
	p.flag("Insecure", t.Insecure)
	return p.wrapped("TLS")
}

// String returns the fields that are set.
func (i Impersonate) String() string {
	var p printer
	p.text("User", i.User)
	p.text("UID", i.UID)
	p.list("Groups", i.Groups)
	if len(i.Extra) > 0 {
		p.field("Extra", fmt.Sprintf("%q", i.Extra))
	}
	return p.wrapped("Impersonate")
}

// String returns the fields that are set.
func (s Source) String() string {
	var p printer
	p.list("Files", s.Files)
	p.text("Context", s.Context)
	p.text("Cluster", s.Cluster)
	p.text("User", s.User)
	return p.wrapped("Source")
}

// String returns the fields that are set, with REDACTED in place of arguments, values of the
// environment and the cluster's configuration.
func (e ExecConfig) String() string {
	var p printer
	p.text("APIVersion", e.APIVersion)
	p.text("Command", e.Command)
	p.secret("Args", len(e.Args) > 0)
	if len(e.Env) > 0 {
		env := make([]string, len(e.Env))
		for i, v := range e.Env {
			env[i] = v.String()
		}
		p.field("Env", "["+strings.Join(env, ", ")+"]")
	}
	p.text("InstallHint", e.InstallHint)
	p.text("InteractiveMode", string(e.InteractiveMode))
	p.flag("ProvideClusterInfo", e.ProvideClusterInfo)
	p.secret("ClusterConfig", e.ClusterConfig != nil)
	return p.wrapped("ExecConfig")
}

// String returns the name, and REDACTED for the value.
func (v ExecEnvVar) String() string { return v.Name + "=" + redacted }

// Format writes String for every verb and flag: %+v and %#v show no more than %v.
func (c Config) Format(s fmt.State, _ rune) { io.WriteString(s, c.String()) }

// Format writes String for every verb and flag.
func (o Options) Format(s fmt.State, _ rune) { io.WriteString(s, o.String()) }

// Format writes String for every verb and flag.
func (o Overrides) Format(s fmt.State, _ rune) { io.WriteString(s, o.String()) }

// Format writes String for every verb and flag.
func (t TLS) Format(s fmt.State, _ rune) { io.WriteString(s, t.String()) }

// Format writes String for every verb and flag.
func (e ExecConfig) Format(s fmt.State, _ rune) { io.WriteString(s, e.String()) }

// Format writes String for every verb and flag.
func (v ExecEnvVar) Format(s fmt.State, _ rune) { io.WriteString(s, v.String()) }

// MarshalText returns String, so that encoders of JSON, YAML and logs write no credential. There is
// no UnmarshalText.
func (c Config) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText returns String.
func (o Options) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// MarshalText returns String.
func (o Overrides) MarshalText() ([]byte, error) { return []byte(o.String()), nil }

// MarshalText returns String.
func (t TLS) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText returns String.
func (e ExecConfig) MarshalText() ([]byte, error) { return []byte(e.String()), nil }

// MarshalText returns String.
func (v ExecEnvVar) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// redactURL hides the user information and the query of a URL. Of a URL that does not parse as it
// is meant, it shows the scheme alone: a password may stand anywhere in it.
func redactURL(raw string) string {
	if raw == "" {
		return ""
	}
	scheme, rest, found := strings.Cut(raw, "://")
	if !found { // such as 127.0.0.1:6443
		scheme, rest = "", raw
	}
	hidden := redacted
	switch strings.ToLower(scheme) {
	case "http", "https", "socks5", "socks5h":
		hidden = scheme + "://" + redacted
	case "":
		if strings.ContainsAny(raw, "@?#%") {
			return redacted
		}
	default:
		return redacted
	}
	u, err := url.Parse("//" + rest)
	if err != nil || !isAddress(u.Host) ||
		strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return hidden
	}
	if u.User == nil && u.RawQuery == "" && u.Fragment == "" {
		return raw
	}
	u.Scheme = scheme
	if u.User != nil {
		u.User = url.User(redacted)
	}
	if u.RawQuery != "" {
		u.RawQuery = redacted
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// isAddress reports whether text is a host, or a host and the number of a port. USER:PASSWORD is
// neither, nor is USER:PASSWORDHOST:PORT.
func isAddress(text string) bool {
	host, port := text, ""
	i := strings.LastIndexByte(text, ':')
	if i > strings.LastIndexByte(text, ']') {
		host, port = text[:i], text[i+1:]
	}
	_, err := strconv.ParseUint(port, 10, 16)
	isIPv6 := strings.HasPrefix(host, "[")
	return host != "" && (port == "" || err == nil) && (isIPv6 || !strings.Contains(host, ":"))
}

// printer collects the fields of a struct that are set.
type printer struct{ fields []string }

func (p *printer) field(name, value string) { p.fields = append(p.fields, name+": "+value) }

func (p *printer) text(name, value string) {
	if value != "" {
		p.field(name, strconv.Quote(value))
	}
}

func (p *printer) flag(name string, set bool) {
	if set {
		p.field(name, "true")
	}
}

func (p *printer) secret(name string, set bool) {
	if set {
		p.field(name, redacted)
	}
}

func (p *printer) size(name string, data []byte) {
	if len(data) > 0 {
		p.field(name, strconv.Itoa(len(data))+" bytes")
	}
}

func (p *printer) list(name string, values []string) {
	if len(values) > 0 {
		p.field(name, fmt.Sprintf("%q", values))
	}
}

// nested adds a struct, unless none of its fields is set.
func (p *printer) nested(name, value string) {
	if !strings.HasSuffix(value, "{}") {
		p.field(name, value)
	}
}

func (p *printer) wrapped(typ string) string {
	return typ + "{" + strings.Join(p.fields, ", ") + "}"
}
