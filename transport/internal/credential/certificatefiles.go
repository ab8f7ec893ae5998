package credential

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

// certificateFiles is the authorities and the client certificate of a configuration, as of the
// last read that succeeded.
type certificateFiles struct {
	conf  kubeconfig.TLS
	roots *x509.CertPool   // nil for the system's
	pair  *tls.Certificate // nil for none

	ca, cert, key []byte // what roots and pair were parsed from
}

// readAuthority reads the authorities, and reports whether they changed.
func (f *certificateFiles) readAuthority() (changed bool, err error) {
	ca, origin, err := dataOrFile(f.conf.CAData, f.conf.CAFile, "certificate-authority")
	if err != nil || bytes.Equal(ca, f.ca) {
		return false, err
	}
	if f.conf.Insecure {
		return false, errors.New("transport: a certificate authority is given together with " +
			"insecure-skip-tls-verify: remove one of them")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(ca) {
		return false, fmt.Errorf("transport: %s holds no PEM certificate", origin)
	}
	f.ca, f.roots = ca, roots
	return true, nil
}

// readPair reads the client certificate and its key, and reports whether they changed.
func (f *certificateFiles) readPair() (changed bool, err error) {
	cert, certOrigin, err := dataOrFile(f.conf.CertData, f.conf.CertFile, "client-certificate")
	if err != nil {
		return false, err
	}
	key, keyOrigin, err := dataOrFile(f.conf.KeyData, f.conf.KeyFile, "client-key")
	switch {
	case err != nil || bytes.Equal(cert, f.cert) && bytes.Equal(key, f.key):
		return false, err
	case len(cert) == 0:
		return false, fmt.Errorf(
			"transport: a client key is given (%s) without a client certificate", keyOrigin)
	case len(key) == 0:
		return false, fmt.Errorf(
			"transport: a client certificate is given (%s) without a client key", certOrigin)
	case isEncrypted(key):
		return false, fmt.Errorf(
			"transport: the client key (%s) is encrypted, and kx asks for no passphrase: "+
				"decrypt it, as by openssl pkey -in FILE -out FILE", keyOrigin)
	}
	pair, err := parsePair(cert, key)
	if err != nil {
		// crypto/tls describes the failure without a quote of the key.
		return false, fmt.Errorf(
			"transport: the client certificate (%s) and key (%s) cannot be used: %w",
			certOrigin, keyOrigin, err)
	}
	f.cert, f.key, f.pair = cert, key, pair
	return true, nil
}

// parsePair is tls.X509KeyPair, and sets the Leaf that GODEBUG=x509keypairleaf=0 leaves out.
func parsePair(cert, key []byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(cert, key)
	if err == nil && pair.Leaf == nil {
		pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0])
	}
	return &pair, err
}

// isEncrypted reports whether a PEM private key needs a passphrase (RFC 5958, 3, and RFC 1421,
// 4.6.1.1).
func isEncrypted(key []byte) bool {
	for block, rest := pem.Decode(key); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"],
			"ENCRYPTED") {
			return true
		}
	}
	return false
}

// dataOrFile returns the in-line data or else the content of the file, and its origin for errors.
func dataOrFile(data []byte, file, field string) (content []byte, origin string, err error) {
	if len(data) > 0 {
		return data, field + "-data", nil
	}
	if file == "" {
		return nil, field, nil
	}
	content, err = readFile(file)
	if err != nil {
		return nil, "", fmt.Errorf("transport: read %s: %w", field, err)
	}
	if len(content) == 0 {
		return nil, "", fmt.Errorf("transport: %s %s is empty", field, file)
	}
	return content, field + " " + file, nil
}
