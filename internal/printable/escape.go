package printable

import (
	"strconv"
	"unicode/utf8"
)

// escapeIf is Escape for the characters that matches reports.
func escapeIf(text []byte, more bool, matches func(rune) bool) (escaped, rest []byte) {
	start, i := 0, 0
	for i < len(text) {
		r, size := utf8.DecodeRune(text[i:])
		invalid := r == utf8.RuneError && size == 1
		if invalid && more && !utf8.FullRune(text[i:]) {
			break
		}
		if invalid || matches(r) {
			quoted := strconv.Quote(string(text[i : i+size]))
			if r == '\x7f' {
				quoted = `"\u007f"` // JSON has no \x
			}
			escaped = append(append(escaped, text[start:i]...), quoted[1:len(quoted)-1]...)
			start = i + size
		}
		i += size
	}
	if start == 0 {
		return text[:i], text[i:]
	}
	return append(escaped, text[start:i]...), text[i:]
}
