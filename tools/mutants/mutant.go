package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// A mutant is one change of one expression.
type mutant struct {
	id       int
	pkg      string // path of the package below the root
	file     string // absolute path
	name     string // path of the file below the root
	function string // "" outside of functions
	line     int
	edit     edit
}

// String returns what identifies the mutant while other lines of the file change.
func (m *mutant) String() string {
	place := m.name
	if m.function != "" {
		place += " " + m.function
	}
	return fmt.Sprintf("%s: `%s` → `%s`", place, m.edit.from, m.edit.to)
}

// An edit replaces the bytes from lo to hi of a file.
type edit struct {
	kind     kind
	lo, hi   int
	from, to string // for the report, in one line

	left, right [2]int // operands of an operator
	operator    string // instead of the one in the source
	typ         string // of a constant; "" if only a constant may stand there
}

// kind is what an edit does.
type kind int

// The order is that of nesting for edits of the same bytes: the first is outermost.
const (
	dropError kind = iota
	negate
	swapOperator
	changeConstant
)

// draw returns n mutants of all. The order depends on the seed and on each mutant's own text, so an
// edit of one file leaves the rest of the sample as it was.
func draw(all []*mutant, n int, seed uint64) []*mutant {
	sample, seen := slices.Clone(all), map[string]int{}
	rank := map[*mutant][sha256.Size]byte{}
	for _, m := range sample {
		name := m.String()
		seen[name]++
		rank[m] = sha256.Sum256(fmt.Appendf(nil, "%d %s %d", seed, name, seen[name]))
	}
	slices.SortStableFunc(sample, func(a, b *mutant) int {
		rankA, rankB := rank[a], rank[b]
		return bytes.Compare(rankA[:], rankB[:])
	})
	sample = sample[:min(n, len(sample))]
	for i, m := range sample {
		m.id = i + 1
	}
	return sample
}

// maxText is the longest text of an expression in a report, in runes.
const maxText = 72

// shorten returns source text for a report: one line without backquotes, of at most limit runes.
func shorten(source string, limit int) string {
	text := []rune(strings.ReplaceAll(strings.Join(strings.Fields(source), " "), "`", "'"))
	if len(text) > limit {
		return string(text[:limit-1]) + "…"
	}
	return string(text)
}
