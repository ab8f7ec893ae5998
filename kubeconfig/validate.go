package kubeconfig

import (
	"fmt"
	"strings"
	"unicode"
)

const defaultNamespace = "default"

// checkNamespace refuses a namespace that is not a DNS label. The API server would refuse it too,
// or the request would have another path. from names the source of the namespace.
func checkNamespace(namespace, from string) error {
	if !isDNSLabel(namespace) {
		return fmt.Errorf(
			"%s, %q, is not a DNS label: at most 63 of a-z, 0-9 and '-', with no '-' at either end",
			from, namespace)
	}
	return nil
}

// isDNSLabel reports whether s is a DNS label of RFC 1123 in lower case.
func isDNSLabel(s string) bool {
	for i, c := range []byte(s) {
		switch {
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '-' && i > 0 && i < len(s)-1:
		default:
			return false
		}
	}
	return s != "" && len(s) <= 63
}

// escapeControls writes control characters by their code points, such as U+001B for ESC, like
// clientcmd. A hint could otherwise control the terminal that shows it. White space stays.
func escapeControls(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsPrint(r) || unicode.IsSpace(r) && r <= '\r' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "%U", r)
		}
	}
	return b.String()
}
