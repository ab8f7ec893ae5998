package main

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
)

// headingIDs makes the anchors of headings as GitHub does, so that a link works in both places.
type headingIDs struct{ used map[string]bool }

// Generate returns the anchor of a heading: lower-case, with a hyphen for each blank, and without
// punctuation. The second heading of a name ends in -1.
func (h *headingIDs) Generate(value []byte, _ ast.NodeKind) []byte {
	slug := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		case r == ' ':
			return '-'
		}
		return -1
	}, strings.TrimSpace(string(value)))
	id := slug
	for i := 1; h.used[id]; i++ {
		id = slug + "-" + strconv.Itoa(i)
	}
	h.used[id] = true
	return []byte(id)
}

// Put keeps an anchor that a heading names itself.
func (h *headingIDs) Put(value []byte) { h.used[string(value)] = true }
