package kubeconfig

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// setUser checks a user entry and copies it to c.
func (c *Config) setUser(u user, now time.Time) (err error) {
	switch {
	case u.authProvider == nil:
	case u.exec != nil:
		return errors.New("exec and auth-provider exclude each other; remove auth-provider")
	case u.authProvider.name == "oidc" && (u.token != "" || u.tokenFile != "" || u.username != ""):
		c.warn("%s has a static credential, so its auth-provider oidc is not used", u)
	default:
		if u.token, err = authProviderToken(u.authProvider, now); err != nil {
			return err
		}
	}
	for _, check := range []func(user) error{
		checkToken, checkClientCertificate, checkUserImpersonation, checkExec,
	} {
		if err := check(u); err != nil {
			return err
		}
	}
	c.BearerToken, c.BearerTokenFile = u.token, u.tokenFile
	c.setBasic(u)
	c.Impersonate = u.impersonate
	if err := c.setClientCertificate(u); err != nil {
		return err
	}
	c.setExec(u)
	return nil
}

func (u user) String() string {
	if u.name == "" {
		return "the user"
	}
	return fmt.Sprintf("user %q", u.name)
}

// checkToken refuses a token beside basic authentication: a request has one Authorization header.
func checkToken(u user) error {
	if (u.token != "" || u.tokenFile != "") && (u.username != "" || u.password != "") {
		return errors.New("a token and a username with password exclude each other; remove one")
	}
	return nil
}

// checkClientCertificate refuses a certificate or key given twice, and a certificate without key.
func checkClientCertificate(u user) error {
	switch {
	case u.cert != "" && u.certData != "":
		return errors.New(
			"client-certificate and client-certificate-data exclude each other; remove one")
	case u.key != "" && u.keyData != "":
		return errors.New("client-key and client-key-data exclude each other; remove one")
	case (u.cert != "" || u.certData != "") && u.key == "" && u.keyData == "":
		return errors.New("a client certificate needs client-key or client-key-data")
	}
	return nil
}

// setBasic sets the username and password. It leaves out a password without a username, which
// clientcmd does not send either.
func (c *Config) setBasic(u user) {
	if u.username == "" {
		if u.password != "" {
			c.warn("%s has a password but no username, so the password is not used", u)
		}
		return
	}
	c.Username, c.Password = u.username, u.password
}

// setClientCertificate sets the client certificate and its key. It leaves out a key without a
// certificate.
func (c *Config) setClientCertificate(u user) (err error) {
	if u.cert == "" && u.certData == "" {
		if u.key != "" || u.keyData != "" {
			c.warn("%s has a client key but no client certificate, so the key is not used", u)
		}
		return nil
	}
	c.TLS.CertFile, c.TLS.KeyFile = u.cert, u.key
	if c.TLS.CertData, err = decodeData("client-certificate-data", u.certData); err != nil {
		return err
	}
	c.TLS.KeyData, err = decodeData("client-key-data", u.keyData)
	return err
}

// checkUserImpersonation refuses a uid, groups or extra without a user to impersonate.
func checkUserImpersonation(u user) error {
	if u.impersonate.User == "" && !u.impersonate.isZero() {
		return errors.New("as-uid, as-groups and as-user-extra need as, the user to impersonate")
	}
	return checkImpersonateNames(u.impersonate)
}

// checkImpersonateNames refuses names that no header can carry.
func checkImpersonateNames(i Impersonate) error {
	if slices.Contains(i.Groups, "") {
		return errors.New("a group has no name")
	}
	if _, unnamed := i.Extra[""]; unnamed {
		return errors.New("an extra key is empty")
	}
	return nil
}

// checkExec refuses a credential plugin that cannot be run.
func checkExec(u user) error {
	e := u.exec
	if e == nil {
		return nil
	}
	switch {
	case e.Command == "":
		return errors.New("exec has no command")
	case e.APIVersion == "":
		return errors.New("exec has no apiVersion; use " + execV1)
	case e.APIVersion != execV1 && e.APIVersion != execV1beta1:
		return fmt.Errorf(
			"exec.apiVersion must be %s or %s; update the plugin to a version that supports one "+
				"of them",
			execV1, execV1beta1)
	}
	for i, v := range e.Env {
		if v.Name == "" {
			return fmt.Errorf("exec.env[%d] has no name", i)
		}
	}
	switch e.InteractiveMode {
	case InteractiveNever, InteractiveIfAvailable, InteractiveAlways:
		return nil
	case "":
		if e.APIVersion == execV1beta1 {
			return nil
		}
		return fmt.Errorf("exec.interactiveMode is required by %s: Never, IfAvailable or Always",
			execV1)
	default:
		return errors.New("exec.interactiveMode must be Never, IfAvailable or Always")
	}
}

// The versions of a plugin's response. Kubernetes 1.24 removed v1alpha1.
const (
	execV1      = "client.authentication.k8s.io/v1"
	execV1beta1 = "client.authentication.k8s.io/v1beta1"
)

// setExec sets the credential plugin. A static credential takes precedence over the plugin, like in
// clientcmd, and setExec then warns.
func (c *Config) setExec(u user) {
	if u.exec == nil {
		return
	}
	if c.hasStaticCredential() {
		c.warn("%s has a static credential, so its exec plugin %q is not run", u, u.exec.Command)
		return
	}
	e := *u.exec
	e.InstallHint = escapeControls(e.InstallHint)
	if e.InteractiveMode == "" {
		e.InteractiveMode = InteractiveIfAvailable
	}
	c.Exec = &e
}
