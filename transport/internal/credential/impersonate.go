package credential

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/kx-k8s/kx/kubeconfig"
)

// impersonationHeaders returns the Impersonate-* headers, described at
// https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/.
func impersonationHeaders(i *kubeconfig.Impersonate) (http.Header, error) {
	if i.User == "" {
		if i.UID != "" || len(i.Groups) > 0 || len(i.Extra) > 0 {
			return nil, errors.New(
				"transport: impersonation of a uid, groups or extra fields needs a user as well: " +
					"set Impersonate.User")
		}
		return nil, nil
	}
	h := http.Header{"Impersonate-User": {i.User}}
	if i.UID != "" {
		h.Set("Impersonate-Uid", i.UID)
	}
	for _, group := range i.Groups {
		h.Add("Impersonate-Group", group)
	}
	for key, values := range i.Extra {
		for _, v := range values {
			h.Add("Impersonate-Extra-"+escapeExtraKey(key), v)
		}
	}
	for name, values := range h {
		if slices.ContainsFunc(values, holdsControl) {
			return nil, fmt.Errorf("transport: %s holds a control character: it cannot be sent",
				name)
		}
	}
	return h, nil
}

func holdsControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

// escapeExtraKey returns key in lower case, with percent-escapes for the bytes that a header's
// name cannot hold (RFC 9110, 5.6.2).
func escapeExtraKey(key string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(key)) {
		if 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&'*+-.^_`|~",
			c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
