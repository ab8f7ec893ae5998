package credential

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

// execInfo is the request to a plugin, the value of KUBERNETES_EXEC_INFO: an ExecCredential
// without a status. It is the same in both versions of the API.
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
	// Config is null if there is none, as client-go writes it.
	Config any `json:"config"`
}

// execAnswer is the answer of a plugin, an ExecCredential with a status.
type execAnswer struct {
	Kind       string      `json:"kind"`
	APIVersion string      `json:"apiVersion"`
	Status     *execStatus `json:"status"`
}

type execStatus struct {
	ExpirationTimestamp   *string `json:"expirationTimestamp"`
	Token                 string  `json:"token"`
	ClientCertificateData string  `json:"clientCertificateData"`
	ClientKeyData         string  `json:"clientKeyData"`
}

// pluginCredential is a credential that a plugin returned.
type pluginCredential struct {
	token       string
	cert, key   string // PEM
	certificate *tls.Certificate
	expires     time.Time // zero when the plugin does not say
}

// valid reports whether the credential has not expired.
func (c *pluginCredential) valid() bool {
	return c.expires.IsZero() || time.Now().Before(c.expires)
}

// equal reports whether c and other hold the same token, certificate and key.
func (c *pluginCredential) equal(other *pluginCredential) bool {
	return c.token == other.token && c.cert == other.cert && c.key == other.key
}

// parsePluginCredential parses a plugin's output. Its errors quote nothing of the output.
func parsePluginCredential(output []byte, apiVersion string) (*pluginCredential, error) {
	status, err := parseExecStatus(output, apiVersion)
	if err != nil {
		return nil, err
	}
	c := &pluginCredential{token: status.Token, cert: status.ClientCertificateData,
		key: status.ClientKeyData}
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
		c.expires, err = time.Parse(time.RFC3339, *status.ExpirationTimestamp)
		if err != nil {
			return nil, errors.New(
				"its expirationTimestamp is not a time such as 2030-01-02T15:04:05Z (RFC 3339)")
		}
	}
	if c.cert == "" {
		return c, nil
	}
	c.certificate, err = parsePluginPair(c.cert, c.key)
	if err != nil {
		return nil, err
	}
	end := c.certificate.Leaf.NotAfter
	if c.expires.IsZero() || end.Before(c.expires) {
		c.expires = end
	}
	return c, nil
}

// parseExecStatus returns the status of the ExecCredential in a plugin's output. It is as lenient
// as client-go, which accepts duplicate names, except that it does not accept YAML.
func parseExecStatus(output []byte, apiVersion string) (*execStatus, error) {
	const byteOrderMark = "\xef\xbb\xbf" // in UTF-8
	output = bytes.TrimSpace(bytes.TrimPrefix(output, []byte(byteOrderMark)))
	if len(output) == 0 {
		return nil, errors.New(
			"it printed nothing on standard output, where an ExecCredential is expected")
	}
	var answer execAnswer
	err := json.Unmarshal(output, &answer, jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		return nil, fmt.Errorf(
			"its output is not JSON at byte %d: the plugin must print one ExecCredential "+
				"as JSON, and nothing else", syntax.ByteOffset)
	case err != nil:
		return nil, errors.New("its output is JSON, but not of the form of an ExecCredential")
	case answer.Kind != "" && answer.Kind != "ExecCredential":
		return nil, errors.New("its output is of a kind other than ExecCredential")
	case answer.APIVersion != apiVersion:
		return nil, fmt.Errorf("its output %s, and the configuration asks for %s: "+
			"set exec.apiVersion to the version that the plugin supports, or update the plugin",
			describeVersion(answer.APIVersion), apiVersion)
	case answer.Status == nil:
		return nil, errors.New("its output has no status, where the credential belongs")
	}
	return answer.Status, nil
}

// describeVersion names the apiVersion of an answer if the API has that version. Another text is
// the plugin's output, which errors do not quote.
func describeVersion(version string) string {
	switch version {
	case "":
		return "has no apiVersion"
	case execV1, execV1beta1, "client.authentication.k8s.io/v1alpha1":
		return "is of " + version
	}
	return "is of another apiVersion"
}

func parsePluginPair(cert, key string) (*tls.Certificate, error) {
	pair, err := parsePair([]byte(cert), []byte(key))
	if err == nil {
		return pair, nil
	}
	// The errors of crypto/tls quote the names of PEM blocks, which are part of the output.
	if strings.HasPrefix(err.Error(), "tls: private key does not match") {
		return nil, errors.New("its client key does not fit its client certificate")
	}
	return nil, errors.New("its client certificate or key cannot be read: both must be PEM")
}
