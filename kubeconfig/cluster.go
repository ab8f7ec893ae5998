package kubeconfig

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/kx-k8s/kx/internal/hostport"
)

// setCluster checks a cluster entry and copies it to c.
func (c *Config) setCluster(cl cluster) (err error) {
	if cl.server == "" {
		return errors.New("server is not set")
	}
	if c.Server, err = serverURL(cl.server); err != nil {
		return fmt.Errorf("server %w", err)
	}
	if err := checkCA(cl); err != nil {
		return err
	}
	if c.TLS.CAData, err = decodeData("certificate-authority-data", cl.caData); err != nil {
		return err
	}
	if err := checkProxy(cl.proxyURL); err != nil {
		return err
	}
	c.TLS.CAFile = cl.ca
	c.TLS.ServerName = cl.tlsServerName
	c.TLS.Insecure = cl.insecureSkipTLSVerify
	c.ProxyURL = cl.proxyURL
	c.DisableCompression = cl.disableCompression
	return nil
}

// serverURL returns the URL without query, fragment and empty port, and with a path that is cleaned
// like in clientcmd. The path of every request begins with that path.
func serverURL(raw string) (string, error) {
	if !strings.Contains(raw, "://") { // such as 127.0.0.1:6443
		return "", errors.New("must begin with https:// or http://")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return "", fmt.Errorf("is not a URL: %w", urlReason(err))
	}
	problem := hostport.Problem(u)
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return "", errors.New("must begin with https:// or http://")
	case problem != "":
		return "", errors.New(problem)
	case u.User != nil:
		return "", errors.New("contains a user name: move it to a user entry")
	}
	u.Host = hostport.WithoutEmptyPort(u)
	u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
	u.Path, u.RawPath = strings.TrimRight(path.Clean("/"+u.Path), "/"), ""
	return u.String(), nil
}

// checkCA refuses an authority that is both in a file and in-line, and one beside
// insecure-skip-tls-verify.
func checkCA(cl cluster) error {
	switch {
	case cl.ca != "" && cl.caData != "":
		return errors.New(
			"certificate-authority and certificate-authority-data exclude each other; remove one")
	case cl.insecureSkipTLSVerify && (cl.ca != "" || cl.caData != ""):
		return errors.New(
			"insecure-skip-tls-verify and a certificate authority exclude each other; remove one")
	}
	return nil
}

// checkProxy refuses a proxy URL without a host, and a scheme that clientcmd does not support.
func checkProxy(raw string) error {
	if raw == "" {
		return nil
	}
	u, err := url.Parse(raw)
	if err != nil {
		return fmt.Errorf("proxy-url is not a URL: %w", urlReason(err))
	}
	problem := hostport.Problem(u)
	switch {
	case u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return errors.New("proxy-url must begin with http://, https:// or socks5://")
	case problem != "":
		return errors.New("proxy-url " + problem)
	}
	return nil
}

// urlReason returns the reason of a URL's error without the URL, which may contain a password.
func urlReason(err error) error {
	reason := "it does not parse"
	var escape url.EscapeError
	var host url.InvalidHostError
	switch {
	case errors.As(err, &escape):
		reason = "a % is not followed by two hexadecimal digits"
	case errors.As(err, &host):
		reason = "its host has a character that no host may have"
	}
	return errors.New(reason)
}

// decodeData decodes the base64 of a field that ends in -data. It skips white space:
// YAML folds the lines of a long value into one line with spaces.
func decodeData(field, data string) ([]byte, error) {
	if data == "" {
		return nil, nil
	}
	if strings.Contains(data, "-----BEGIN ") {
		return nil, fmt.Errorf("%s is PEM; it must be the base64 of PEM", field)
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		return nil, fmt.Errorf("%s is not base64: %w", field, err)
	}
	return decoded, nil
}
