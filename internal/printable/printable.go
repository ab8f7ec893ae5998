// Package printable makes text from untrusted sources safe to show on a terminal.
package printable

import "unicode"

// Text returns text with control characters and invalid UTF-8 escaped as in Go strings.
// Otherwise a name or a message from a container could drive the terminal that shows it.
func Text(text string) string {
	escaped, _ := escapeIf([]byte(text), false, isNotGraphic)
	return string(escaped)
}

func isNotGraphic(r rune) bool { return !unicode.IsGraphic(r) }

// IsControl reports whether r moves the cursor of a terminal, begins a sequence for it, or reorders
// text: a control character, a line separator, or a bidirectional control (UAX #9, section 2).
func IsControl(r rune) bool {
	return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' ||
		unicode.Is(unicode.Bidi_Control, r)
}

// Escape returns text as a terminal may show it. Newlines and tabs stay. It escapes what IsControl
// reports as in JSON strings, such as \u009b, so that JSON reads the same. If more text follows,
// rest is the start of a character at the end of text. Escape returns text itself if it needs no
// escape.
func Escape(text []byte, more bool) (escaped, rest []byte) {
	return escapeIf(text, more, isControlInLines)
}

// isControlInLines is IsControl without newlines and tabs.
func isControlInLines(r rune) bool { return r != '\n' && r != '\t' && IsControl(r) }
