package transport

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
)

// certificates are the authorities and the client certificate of a configuration, as they were last read and good.
type certificates struct {
	conf  kubeconfig.TLS
	roots *x509.CertPool   // nil: the system's
	pair  *tls.Certificate // nil: none

	ca, cert, key []byte // what those were made of
}

// any holds when there are files, which may change.
func (c *certificates) any() bool {
	return c.conf.CAFile != "" || c.conf.CertFile != "" || c.conf.KeyFile != ""
}

// readAuthority reads the authorities again.
func (c *certificates) readAuthority() (changed bool, err error) {
	ca, from, err := dataOrFile(c.conf.CAData, c.conf.CAFile, "certificate-authority")
	if err != nil || bytes.Equal(ca, c.ca) {
		return false, err
	}
	if c.conf.Insecure {
		return false, errors.New("transport: a certificate authority is given together with insecure-skip-tls-verify: remove one of them")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return false, fmt.Errorf("transport: %s holds no PEM certificate", from)
	}
	c.ca, c.roots = ca, roots
	return true, nil
}

// readPair reads the client certificate and its key again.
func (c *certificates) readPair() (changed bool, err error) {
	cert, certFrom, err := dataOrFile(c.conf.CertData, c.conf.CertFile, "client-certificate")
	if err != nil {
		return false, err
	}
	key, keyFrom, err := dataOrFile(c.conf.KeyData, c.conf.KeyFile, "client-key")
	switch {
	case err != nil || bytes.Equal(cert, c.cert) && bytes.Equal(key, c.key):
		return false, err
	case len(cert) == 0:
		return false, fmt.Errorf("transport: a client key is given (%s) without a client certificate", keyFrom)
	case len(key) == 0:
		return false, fmt.Errorf("transport: a client certificate is given (%s) without a client key", certFrom)
	case isEncrypted(key):
		return false, fmt.Errorf("transport: the client key (%s) is encrypted, and no passphrase is asked for: decrypt it, as by openssl pkey -in FILE -out FILE", keyFrom)
	}
	pair, err := keyPair(cert, key)
	if err != nil {
		// crypto/tls describes the failure without quoting the key.
		return false, fmt.Errorf("transport: the client certificate (%s) and key (%s) cannot be used: %w", certFrom, keyFrom, err)
	}
	c.cert, c.key, c.pair = cert, key, pair
	return true, nil
}

// keyPair is tls.X509KeyPair with the Leaf that GODEBUG=x509keypairleaf=0 leaves out.
func keyPair(cert, key []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err == nil && pair.Leaf == nil {
		pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0])
	}
	return &pair, err
}

// isEncrypted holds for a private key that is kept under a passphrase (RFC 5958, 3; RFC 1421, 4.6.1.1).
func isEncrypted(key []byte) bool {
	for block, rest := pem.Decode(key); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return true
		}
	}
	return false
}

// dataOrFile gives in-line data or else the file's content, and words for where it came from.
func dataOrFile(data []byte, file, field string) (content []byte, from string, err error) {
	if len(data) > 0 {
		return data, field + "-data", nil
	}
	if file == "" {
		return nil, field, nil
	}
	content, err = readCredentialFile(file)
	if err != nil {
		return nil, "", fmt.Errorf("transport: read %s: %w", field, err)
	}
	if len(content) == 0 {
		return nil, "", fmt.Errorf("transport: %s %s is empty", field, file)
	}
	return content, field + " " + file, nil
}
