package patch

import (
	"errors"
	"strings"
	"unicode/utf8"
)

var (
	escapePointer   = strings.NewReplacer("~", "~0", "/", "~1")
	unescapePointer = strings.NewReplacer("~0", "~", "~1", "/")
)

// Pointer joins raw names and list indices into a JSON pointer. It escapes "~" as "~0" and "/" as
// "~1" (RFC 6901). Without tokens it returns "", the pointer of the whole document.
func Pointer(tokens ...string) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(escapePointer.Replace(token))
	}
	return b.String()
}

// parsePointer is the inverse of Pointer. The caller puts a name, such as "path", before its
// errors.
func parsePointer(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, errors.New(`must be empty or start with "/" (RFC 6901)`)
	}
	if !utf8.ValidString(pointer) {
		return nil, errors.New("must be valid UTF-8")
	}
	tokens := strings.Split(pointer[1:], "/")
	for i, token := range tokens {
		for rest := token; ; {
			_, after, found := strings.Cut(rest, "~")
			if !found {
				break
			}
			if after == "" || after[0] != '0' && after[0] != '1' {
				return nil, errors.New(`must have "~" only as "~0" (a tilde) or "~1" (a slash): ` +
					"patch.Pointer escapes them (RFC 6901)")
			}
			rest = after
		}
		tokens[i] = unescapePointer.Replace(token)
	}
	return tokens, nil
}
