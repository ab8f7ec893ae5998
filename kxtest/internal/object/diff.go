package object

import (
	"fmt"
	"strings"
)

// match is a run of lines that two texts share.
type match struct{ a, b, size int }

// matcher finds shared runs of lines with the algorithm of Ratcliff and Obershelp: the longest run
// first, then those on both sides. In a long text, frequent lines do not start a run. The server's
// diffs do the same, as does Python's difflib.
type matcher struct {
	a, b  []string
	lines map[string][]int // the positions of a line in b
}

func newMatcher(a, b []string) *matcher {
	m := &matcher{a: a, b: b, lines: map[string][]int{}}
	for i, line := range b {
		m.lines[line] = append(m.lines[line], i)
	}
	if len(b) >= 200 {
		for line, places := range m.lines {
			if len(places) > len(b)/100+1 {
				delete(m.lines, line)
			}
		}
	}
	return m
}

// longest returns the longest run within a[aLow:aHigh] and b[bLow:bHigh]. Of several it returns the
// first.
func (m *matcher) longest(aLow, aHigh, bLow, bHigh int) match {
	best := match{aLow, bLow, 0}
	lengths := map[int]int{} // the length of the run that ends at each position of b
	for i := aLow; i < aHigh; i++ {
		next := map[int]int{}
		for _, j := range m.lines[m.a[i]] {
			if j < bLow || j >= bHigh {
				continue
			}
			next[j] = lengths[j-1] + 1
			k := next[j]
			if k > best.size {
				best = match{i - k + 1, j - k + 1, k}
			}
		}
		lengths = next
	}
	for best.a > aLow && best.b > bLow && m.a[best.a-1] == m.b[best.b-1] {
		best = match{best.a - 1, best.b - 1, best.size + 1}
	}
	for best.a+best.size < aHigh && best.b+best.size < bHigh && m.a[best.a+best.size] == m.b[best.b+
		best.size] {
		best.size++
	}
	return best
}

func (m *matcher) matches(aLow, aHigh, bLow, bHigh int) []match {
	best := m.longest(aLow, aHigh, bLow, bHigh)
	if best.size == 0 {
		return nil
	}
	before := m.matches(aLow, best.a, bLow, best.b)
	after := m.matches(best.a+best.size, aHigh, best.b+best.size, bHigh)
	return append(append(before, best), after...)
}

// hunk is a section of a diff.
type hunk struct {
	aStart, aEnd, bStart, bEnd int
	text                       strings.Builder
}

func (h *hunk) String() string {
	return "@@ -" + lineRange(h.aStart, h.aEnd) + " +" + lineRange(h.bStart, h.bEnd) + " @@\n" +
		h.text.String()
}

func lineRange(start, end int) string {
	switch end - start {
	case 0:
		return fmt.Sprintf("%d,0", start)
	case 1:
		return fmt.Sprint(start + 1)
	}
	return fmt.Sprintf("%d,%d", start+1, end-start)
}

// unifiedDiff returns the unified diff of two texts, with three lines of context and no header. It
// returns "" for equal texts.
func unifiedDiff(a, b []string) string {
	const context = 3
	m := newMatcher(a, b)
	runs := append(m.matches(0, len(a), 0, len(b)), match{len(a), len(b), 0})
	var out strings.Builder
	var h *hunk
	i, j := 0, 0 // the lines that are already printed
	for n, run := range runs {
		if i < run.a || j < run.b {
			if h == nil {
				lead := min(context, i, j)
				if n == 0 {
					lead = 0
				}
				h = &hunk{aStart: i - lead, bStart: j - lead}
				writeLines(h, " ", a[i-lead:i])
			}
			writeLines(h, "-", a[i:run.a])
			writeLines(h, "+", b[j:run.b])
		}
		end := run.a + run.size
		last := n == len(runs)-1
		switch {
		case h == nil:
		case run.size > 2*context || last || n == len(runs)-2 && runs[n+1].a == end &&
			runs[n+1].b == run.b+run.size:
			tail := min(context, run.size)
			writeLines(h, " ", a[run.a:run.a+tail])
			h.aEnd, h.bEnd = run.a+tail, run.b+tail
			out.WriteString(h.String())
			h = nil
		default:
			writeLines(h, " ", a[run.a:end])
		}
		i, j = end, run.b+run.size
	}
	return out.String()
}

func writeLines(h *hunk, sign string, lines []string) {
	for _, line := range lines {
		h.text.WriteString(sign + line)
	}
}
