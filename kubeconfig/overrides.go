package kubeconfig

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Overrides are values from outside the files, such as kubectl's flags. Each replaces one field
// of the chosen cluster or user, in a pod too. A zero field replaces nothing.
//
// A Server together with a Token or a CertFile is complete: in a pod it takes only the namespace
// from the service account.
//
// Printing or encoding Overrides shows no token.
type Overrides struct {
	// Server is the API server's URL. It clears the TLS server name of the files; with it no file
	// and no context is needed.
	Server string
	// TLSServerName is the name in the server's certificate.
	TLSServerName string
	// Insecure turns verification of the server off, and clears the certificate authority of the
	// files.
	Insecure bool
	// CAFile is a file of certificate authorities, relative to the working directory. It clears
	// the in-line data of the files, and turns verification on.
	CAFile string
	// CertFile and KeyFile are a client certificate and its key, relative to the working
	// directory. Each clears the in-line data of the files. CertFile also clears the credential
	// plugin.
	CertFile, KeyFile string
	// Token is a bearer token. It clears the other credentials of the files.
	Token string
	// Impersonate replaces the impersonation of the files, field by field, and Extra key by key.
	Impersonate Impersonate
}

// checked checks what it can check without the files, and returns o with absolute paths.
func (o Overrides) checked() (Overrides, error) {
	if o.Server != "" {
		if _, err := serverURL(o.Server); err != nil {
			return o, fmt.Errorf("the requested server %w", err)
		}
	}
	if o.Insecure && o.CAFile != "" {
		return o, errors.New(
			"a certificate authority and insecure-skip-tls-verify were both requested " +
				"and exclude each other; request one")
	}
	if err := checkImpersonateNames(o.Impersonate); err != nil {
		return o, fmt.Errorf("the requested impersonation: %w", err)
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

// isComplete reports whether o needs nothing of a pod's service account.
func (o Overrides) isComplete() bool {
	return o.Server != "" && (o.Token != "" || o.CertFile != "")
}

// onCluster returns c with the overrides. An override clears the fields that contradict it, like
// kubectl's flags.
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

// onUser returns u with the overrides. It fails if neither has a necessary part, such as the key of
// a certificate.
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
			return u, errors.New(
				"the requested client certificate needs a key; request its key too")
		}
	}
	u.impersonate = o.Impersonate.mergedInto(u.impersonate)
	if !o.Impersonate.isZero() && u.impersonate.User == "" {
		return u, errors.New(
			"the requested impersonation of a uid, groups or extra needs a user; request a user " +
				"too")
	}
	return u, nil
}

// isZero reports whether i impersonates nobody.
func (i Impersonate) isZero() bool {
	return i.User == "" && i.UID == "" && len(i.Groups) == 0 && len(i.Extra) == 0
}

// mergedInto returns base with the set fields of i replacing its own.
func (i Impersonate) mergedInto(base Impersonate) Impersonate {
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
			// The key is part of a header's name, which is case-insensitive (RFC 9110).
			maps.DeleteFunc(extra, func(other string, _ []string) bool {
				return strings.EqualFold(other, key)
			})
			extra[key] = slices.Clone(values)
		}
		base.Extra = extra
	}
	return base
}
