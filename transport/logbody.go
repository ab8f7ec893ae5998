package transport

import (
	"bytes"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// maxLoggedBody is how many bytes of a body level 8 shows.
const maxLoggedBody = 8 << 10

// formatBody returns a body for the log. It leaves out those of secrets and tokens, and values
// that may be secret.
func formatBody(u *url.URL, body []byte) string {
	for segment := range strings.SplitSeq(u.Path, "/") {
		switch segment {
		case "secrets", "token", "tokenreviews":
			return "(left out: it may hold a secret)"
		}
	}
	if !isText(body) {
		return "(binary)"
	}
	return text.Quote(withoutSecrets(body), maxLoggedBody)
}

// isText reports whether body is UTF-8 without a NUL. The last rune of a longer body may be cut.
func isText(body []byte) bool {
	for cut := range utf8.UTFMax {
		if len(body) <= maxLoggedBody && cut > 0 || cut > len(body) {
			return false
		}
		if utf8.Valid(body[:len(body)-cut]) {
			return bytes.IndexByte(body, 0) < 0
		}
	}
	return false
}

// withoutSecrets returns JSON, which may be cut, without the values of environment variables,
// commands, arguments, tokens and data. The rest keeps its spelling, and ends where body is no
// JSON. Text that does not begin like an object or an array is returned as it is.
func withoutSecrets(body []byte) []byte {
	start := bytes.TrimLeft(body, " \t\r\n")
	if len(start) == 0 || start[0] != '{' && start[0] != '[' {
		return body
	}
	const leftOut = `"(left out)"`
	d := jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))
	var out []byte
	done := 0                    // how many bytes of body out stands for
	var changed jsontext.Pointer // the path of an operation of a JSON Patch
	for {
		before := int(d.InputOffset())
		token, err := d.ReadToken()
		switch {
		case errors.Is(err, io.EOF):
			return append(out, body[done:]...)
		case err != nil:
			return append(append(out, body[done:before]...), " …"...)
		}
		at, depth := d.StackPointer(), d.StackDepth()
		if depth == 0 {
			continue
		}
		outermost, _ := d.StackIndex(1)
		container, length := d.StackIndex(depth)
		isName := container == '{' && length%2 == 1
		inOperation := outermost == '[' && depth == 2
		last := at.LastToken()
		switch {
		case token.Kind() == '{' && inOperation:
			changed = ""
		case token.Kind() != '"':
		case isName && (isSecretMember(at) ||
			inOperation && last == "value" && isSecretPath(changed)):
			out = append(append(out, body[done:d.InputOffset()]...), ":"+leftOut...)
			if d.SkipValue() != nil {
				return append(out, " …"...)
			}
			done = int(d.InputOffset())
		case isName:
		case inOperation && last == "path":
			changed = jsontext.Pointer(token.String())
		case last == "env" || at.Parent().LastToken() == "env":
			before += bytes.IndexByte(body[before:], '"')
			out = append(append(out, body[done:before]...), leftOut...)
			done = int(d.InputOffset())
		}
	}
}

// secretMembers hold texts of users. The annotation is a whole object as text. data may be that of
// a Secret: what kind the object has may come after it.
var secretMembers = []string{"command", "args", "data", "stringData", "token",
	"kubectl.kubernetes.io/last-applied-configuration"}

// isSecretMember reports whether the value of a member is left out.
func isSecretMember(at jsontext.Pointer) bool {
	last, in := at.LastToken(), at.Parent()
	return slices.Contains(secretMembers, last) || in.LastToken() == "env" ||
		last == "value" && strings.Contains(string(in)+"/", "/env/")
}

// isSecretPath reports whether the value that an operation of a JSON Patch sets is left out. It
// is if the path does not precede the value.
func isSecretPath(path jsontext.Pointer) bool {
	for name := range path.Tokens() {
		if name == "env" || slices.Contains(secretMembers, name) {
			return true
		}
	}
	return path == ""
}
