// Package text makes text from a server, a file or a program safe to print:
// on one line, of bounded length, without control characters and without credentials.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage is how many bytes of a message Shorten keeps.
const maxMessage = 4 << 10

// Quote returns b as text of at most limit bytes: on one line, without control characters, in
// valid UTF-8.
func Quote(b []byte, limit int) string {
	// OneLine may drop most of b, so it is given four times what the limit keeps.
	cut := len(b) > 4*limit
	if cut {
		b = b[:4*limit]
	}
	s := OneLine(string(b))
	if !cut && len(s) <= limit {
		return s
	}
	const more = " …"
	end := min(len(s), limit-len(more))
	for end > 0 && end < len(s) && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + more
}

// OneLine folds white space into single spaces and drops control characters,
// so that a server's text cannot control a terminal.
func OneLine(s string) string {
	var b strings.Builder
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
		case unicode.IsControl(r), r == '\u2028', r == '\u2029', unicode.Is(unicode.Cf, r):
		default:
			if space {
				b.WriteByte(' ')
				space = false
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Shorten cuts a message that is too long to read, such as one that quotes two whole pod specs.
func Shorten(message string) string {
	if len(message) <= maxMessage {
		return message
	}
	return strings.ToValidUTF8(message[:maxMessage], "") + " …"
}
