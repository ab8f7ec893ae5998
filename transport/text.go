package transport

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// quote makes text of bytes that may be anything: at most limit bytes, on one line, without control characters, valid UTF-8.
func quote(b []byte, limit int) string {
	cut := len(b) > 4*limit // what is dropped or replaced leaves room for more, within reason
	if cut {
		b = b[:4*limit]
	}
	s := oneLine(string(b))
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

// oneLine folds white space into single spaces and drops control characters, so that a server's text cannot drive a terminal.
func oneLine(s string) string {
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
