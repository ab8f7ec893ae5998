package credential

import (
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// problems matches every error of parsePluginCredential, so that no error can quote the output.
var problems = regexp.MustCompile(`^(` + strings.Join([]string{
	`it printed nothing on standard output, where an ExecCredential is expected`,
	`its output is not JSON at byte \d+: the plugin must print one ExecCredential as JSON, and nothing ` +
		`else`,
	`its output is JSON, but not of the form of an ExecCredential`,
	`its output is of a kind other than ExecCredential`,
	`its output (has no apiVersion|is of another apiVersion|is of client\.authentication\.k8s\.io/v1(alpha1|beta1)), ` +
		`and the configuration asks for client\.authentication\.k8s\.io/v1: ` +
		`set exec\.apiVersion to the version that the plugin supports, or update the plugin`,
	`its output has no status, where the credential belongs`,
	`its output holds neither a token nor a client certificate`,
	`its output holds a client (certificate without its key|key without its certificate)`,
	`its token holds a space or a control character: it cannot be sent`,
	`its expirationTimestamp is not a time such as 2030-01-02T15:04:05Z \(RFC 3339\)`,
	`its client key does not fit its client certificate`,
	`its client certificate or key cannot be read: both must be PEM`,
	`its client certificate cannot be read`,
}, "|") + `)$`)

func FuzzAPluginsOutputIsACredentialOrAnErrorWithoutQuote(f *testing.F) {
	for _, seed := range []string{
		"", "null", "[]", `{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":` +
			`"t","expirationTimestamp":"2030-01-02T15:04:05Z"}}`,
		`{"apiVersion":"client.authentication.k8s.io/v1beta1"}`,
		`{"apiVersion":"client.authentication.k8s.io/v1","status":{"token":"a b"}}`,
		`{"apiVersion":"client.authentication.k8s.io/v1","status":{"clientCertificateData":"-----BEGIN X-----\n-----END ` +
			`X-----","clientKeyData":"k"}}`,
		"\ufeff{}{}", `{"status":{"token":1}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		c, err := parsePluginCredential(output, execV1)
		if err != nil {
			require.Regexp(t, problems, err.Error())
			return
		}
		require.True(t, c.token != "" || c.certificate != nil)
		require.True(t, c.token == "" || validToken(c.token))
		require.Equal(t, c.cert != "", c.certificate != nil)
		c.valid()
	})
}
