package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The versions of the ExecCredential API; v1alpha1 is gone since Kubernetes 1.24.
const (
	execV1      = "client.authentication.k8s.io/v1"
	execV1beta1 = "client.authentication.k8s.io/v1beta1"
)

// execInfo is what a plugin is told of its task: the request half of an ExecCredential, which is the same in both versions.
type execInfo struct {
	Kind       string   `json:"kind"`
	APIVersion string   `json:"apiVersion"`
	Spec       execSpec `json:"spec"`
}

type execSpec struct {
	Cluster     *execCluster `json:"cluster,omitzero"`
	Interactive bool         `json:"interactive"`
}

type execCluster struct {
	Server                   string `json:"server"`
	TLSServerName            string `json:"tls-server-name,omitzero"`
	InsecureSkipTLSVerify    bool   `json:"insecure-skip-tls-verify,omitzero"`
	CertificateAuthorityData []byte `json:"certificate-authority-data,omitzero"`
	ProxyURL                 string `json:"proxy-url,omitzero"`
	DisableCompression       bool   `json:"disable-compression,omitzero"`
	Config                   any    `json:"config"` // null when there is none, as client-go has it
}

// execCredential is what a plugin answered.
type execCredential struct {
	token       string
	cert, key   string // PEM
	certificate *tls.Certificate
	expires     time.Time // zero when the plugin does not say
}

// holds reports whether the credential has not expired.
func (c *execCredential) holds() bool { return c.expires.IsZero() || time.Now().Before(c.expires) }

// same reports whether a server would see no difference between the two.
func (c *execCredential) same(other *execCredential) bool {
	return c.token == other.token && c.cert == other.cert && c.key == other.key
}

// parseExecCredential reads a plugin's output. Its errors quote nothing of it.
func parseExecCredential(output []byte, apiVersion string) (*execCredential, error) {
	var answer struct {
		Kind       string `json:"kind"`
		APIVersion string `json:"apiVersion"`
		Status     *struct {
			ExpirationTimestamp   *string `json:"expirationTimestamp"`
			Token                 string  `json:"token"`
			ClientCertificateData string  `json:"clientCertificateData"`
			ClientKeyData         string  `json:"clientKeyData"`
		} `json:"status"`
	}
	output = bytes.TrimSpace(bytes.TrimPrefix(output, []byte("\xef\xbb\xbf")))
	if len(output) == 0 {
		return nil, errors.New("it printed nothing on standard output, where an ExecCredential is expected")
	}
	// As lenient as client-go, but for YAML: a name that occurs twice, say, does no harm.
	err := json.Unmarshal(output, &answer, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf("its output is no JSON at byte %d: it must print one ExecCredential on standard output, as JSON and with nothing else", syntax.ByteOffset)
	case err != nil:
		return nil, errors.New("its output is JSON, but not of the form of an ExecCredential")
	case answer.Kind != "" && answer.Kind != "ExecCredential":
		return nil, errors.New("its output is of a kind other than ExecCredential")
	case answer.APIVersion != apiVersion:
		return nil, fmt.Errorf("its output %s, and the configuration asks for %s: set exec.apiVersion to what the plugin speaks, or update the plugin",
			versionFound(answer.APIVersion), apiVersion)
	case answer.Status == nil:
		return nil, errors.New("its output has no status, where the credential belongs")
	}
	status := answer.Status
	c := &execCredential{token: status.Token, cert: status.ClientCertificateData, key: status.ClientKeyData}
	switch {
	case c.token == "" && c.cert == "" && c.key == "":
		return nil, errors.New("its output holds neither a token nor a client certificate")
	case c.key == "" && c.cert != "":
		return nil, errors.New("its output holds a client certificate without its key")
	case c.cert == "" && c.key != "":
		return nil, errors.New("its output holds a client key without its certificate")
	case c.token != "" && !validToken(c.token):
		return nil, errors.New("its token holds a space or a control character: it cannot be sent")
	}
	if status.ExpirationTimestamp != nil {
		if c.expires, err = time.Parse(time.RFC3339, *status.ExpirationTimestamp); err != nil {
			return nil, errors.New("its expirationTimestamp is no time such as 2030-01-02T15:04:05Z (RFC 3339)")
		}
	}
	if c.cert == "" {
		return c, nil
	}
	if c.certificate, err = parsePair(c.cert, c.key); err != nil {
		return nil, err
	}
	end := c.certificate.Leaf.NotAfter
	if c.expires.IsZero() || end.Before(c.expires) {
		c.expires = end
	}
	return c, nil
}

// versionFound names the answer's version where that is one of the API's; another text is the plugin's, and stays unsaid.
func versionFound(version string) string {
	switch version {
	case "":
		return "has no apiVersion"
	case execV1, execV1beta1, "client.authentication.k8s.io/v1alpha1":
		return "is of " + version
	}
	return "is of another apiVersion"
}

func parsePair(cert, key string) (*tls.Certificate, error) {
	pair, err := keyPair([]byte(cert), []byte(key))
	if err != nil {
		// crypto/tls quotes the names of PEM blocks, which are output too.
		if strings.HasPrefix(err.Error(), "tls: private key does not match") {
			return nil, errors.New("its client key does not fit its client certificate")
		}
		return nil, errors.New("its client certificate or key cannot be read: both must be PEM")
	}
	return pair, nil
}
