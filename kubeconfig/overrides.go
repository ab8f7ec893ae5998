package kubeconfig

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Overrides are values from outside the files, as kubectl's flags give them; each replaces one field of the cluster or user that the files give, in a pod too.
// What is empty replaces nothing.
//
// A Server together with a Token or a CertFile is a configuration of its own: in a pod it takes nothing from the service account but the namespace.
//
// Printing and encoding Overrides shows no token.
type Overrides struct {
	// Server is the API server's URL. It clears the TLS server name that the files give, and makes files and a context unnecessary.
	Server string
	// TLSServerName is the name that the server's certificate must hold.
	TLSServerName string
	// Insecure turns verification of the server off, and clears the certificate authority that the files give.
	Insecure bool
	// CAFile is a file of certificate authorities, relative to the working directory. It clears the data that the files give, and turns verification on.
	CAFile string
	// CertFile and KeyFile are a client certificate and its key, relative to the working directory. Each clears the data that the files give for it,
	// and a CertFile the credential plugin.
	CertFile, KeyFile string
	// Token is a bearer token. It clears the other credentials that the files give.
	Token string
	// Impersonate replaces, field by field and Extra key by key, whom the files say to act as.
	Impersonate Impersonate
}

// ready checks what can be known without any file, and makes the paths absolute.
func (o Overrides) ready() (Overrides, error) {
	if o.Server != "" {
		if _, err := serverURL(o.Server); err != nil {
			return o, fmt.Errorf("the server that was asked for %w", err)
		}
	}
	if o.Insecure && o.CAFile != "" {
		return o, errors.New("a certificate authority and no verification of the server were both asked for, and exclude each other; ask for one")
	}
	if err := checkImpersonated(o.Impersonate); err != nil {
		return o, fmt.Errorf("whom to impersonate, as it was asked for: %w", err)
	}
	for _, path := range []*string{&o.CAFile, &o.CertFile, &o.KeyFile} {
		if *path == "" {
			continue
		}
		abs, err := filepath.Abs(*path)
		if err != nil {
			return o, err
		}
		*path = abs
	}
	return o, nil
}

// complete says that nothing of a pod's service account is needed.
func (o Overrides) complete() bool { return o.Server != "" && (o.Token != "" || o.CertFile != "") }

// onCluster has the side effects of kubectl's flags, so that what was asked for never contradicts what the files say.
func (o Overrides) onCluster(c cluster) cluster {
	if o.Server != "" {
		c.server = o.Server
	}
	if o.Server != "" || o.TLSServerName != "" {
		c.tlsServerName = o.TLSServerName
	}
	if o.Insecure || o.CAFile != "" {
		c.insecureSkipTLSVerify, c.ca, c.caData = o.Insecure, o.CAFile, ""
	}
	return c
}

// onUser returns an error where what was asked for lacks a part that the user does not have either.
func (o Overrides) onUser(u user) (user, error) {
	if o.Token != "" {
		u = user{name: u.name, origin: u.origin, token: o.Token, impersonate: u.impersonate}
	}
	if o.KeyFile != "" {
		u.key, u.keyData = o.KeyFile, ""
	}
	if o.CertFile != "" {
		u.cert, u.certData, u.exec = o.CertFile, "", nil
		if u.key == "" && u.keyData == "" {
			return u, errors.New("the client certificate that was asked for needs a key; ask for its key too")
		}
	}
	u.impersonate = o.Impersonate.over(u.impersonate)
	if !o.Impersonate.nobody() && u.impersonate.User == "" {
		return u, errors.New("a uid, groups or extra to impersonate were asked for, but no user; ask for a user to impersonate too")
	}
	return u, nil
}

func (i Impersonate) nobody() bool {
	return i.User == "" && i.UID == "" && len(i.Groups) == 0 && len(i.Extra) == 0
}

// over returns base with what i sets in its place.
func (i Impersonate) over(base Impersonate) Impersonate {
	if i.User != "" {
		base.User = i.User
	}
	if i.UID != "" {
		base.UID = i.UID
	}
	if len(i.Groups) > 0 {
		base.Groups = slices.Clone(i.Groups)
	}
	if len(i.Extra) > 0 {
		extra := make(map[string][]string, len(base.Extra)+len(i.Extra))
		maps.Copy(extra, base.Extra)
		for key, values := range i.Extra {
			maps.DeleteFunc(extra, func(other string, _ []string) bool { return strings.EqualFold(other, key) }) // as headers they would be one key
			extra[key] = slices.Clone(values)
		}
		base.Extra = extra
	}
	return base
}
