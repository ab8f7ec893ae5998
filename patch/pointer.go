package patch

import (
	"errors"
	"strings"
	"unicode/utf8"
)

var escapePointer = strings.NewReplacer("~", "~0", "/", "~1")

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

// checkPointer reports why pointer is not a JSON Pointer. The caller puts a name, such as "path",
// before the error.
func checkPointer(pointer string) error {
	if pointer == "" {
		return nil
	}
	if pointer[0] != '/' {
		return errors.New(`must be empty or start with "/" (RFC 6901)`)
	}
	if !utf8.ValidString(pointer) {
		return errors.New("must be valid UTF-8")
	}
	for rest := pointer; ; {
		_, after, found := strings.Cut(rest, "~")
		if !found {
			return nil
		}
		if after == "" || after[0] != '0' && after[0] != '1' {
			return errors.New(`must have "~" only as "~0" (a tilde) or "~1" (a slash): ` +
				"patch.Pointer escapes them (RFC 6901)")
		}
		rest = after
	}
}
