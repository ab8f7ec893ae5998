package text

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAURLThatMayHoldAPasswordIsNotShown(t *testing.T) {
	for raw, want := range map[string]string{
		"127.0.0.1:6443":                   "127.0.0.1:6443",
		"https://[::1]:6443/a":             "https://[::1]:6443/a",
		"https://me:s3cr3t@k:1/a?watch=1":  "https://REDACTED@k:1/a?watch=1",
		"https://k/a?token=s3cr3t#s3cr3t":  "https://k/a?token=REDACTED",
		"http://me:s3cr3t":                 "(a URL that cannot be read)",
		"http://me:s3cr3t/proxy":           "(a URL that cannot be read)",
		"http://me:s3cr3t.proxy:3128":      "(a URL that cannot be read)",
		"http:me:s3cr3t@proxy":             "(a URL that cannot be read)",
		"http://me:s3%cr3t@proxy":          "(a URL that cannot be read)",
		"https://k/api/v1/users/me@domain": "https://k/api/v1/users/me@domain",
	} {
		require.Equal(t, want, RedactURL(raw), raw)
	}
}
