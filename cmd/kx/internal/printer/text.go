// Package printer prints objects: as a table, YAML, JSON or names.
package printer

import (
	"strings"
	"unicode"
)

// OneLine folds white space and newlines, and drops the characters that control a terminal.
func OneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// JoinWords joins words for a sentence: "a, b or c".
func JoinWords(words []string, conjunction string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " " + conjunction + " " + words[last]
}

// Printable returns the first line of a text. It replaces the characters that control a terminal.
func Printable(text string) string {
	i := strings.IndexAny(text, "\n\r\f")
	if i >= 0 {
		text = text[:i] + "..."
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}
