package object

import (
	"fmt"
	"strings"
)

// match is a run of lines that two texts have in common.
type match struct{ a, b, size int }

// matcher finds runs of common lines by Ratcliff and Obershelp: the longest
// one first, then on both sides of it. Lines that a long text repeats often do
// not start a run, as in Python's difflib, whose results the server shows.
type matcher struct {
	a, b  []string
	lines map[string][]int // where b has a line
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

// longest is the longest run within a[aLow:aHigh] and b[bLow:bHigh], the first of several.
func (m *matcher) longest(aLow, aHigh, bLow, bHigh int) match {
	best := match{aLow, bLow, 0}
	lengths := map[int]int{} // of the run that ends at a place of b
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
	for best.a+best.size < aHigh && best.b+best.size < bHigh && m.a[best.a+best.size] == m.b[best.b+best.size] {
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

// hunk is a part of a diff: the ranges of lines and the text.
type hunk struct {
	aStart, aEnd, bStart, bEnd int
	text                       strings.Builder
}

func (h *hunk) String() string {
	return "@@ -" + lineRange(h.aStart, h.aEnd) + " +" + lineRange(h.bStart, h.bEnd) + " @@\n" + h.text.String()
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

// unifiedDiff is the difference of two texts with three lines around each
// change, without a header; "" when there is none.
func unifiedDiff(a, b []string) string {
	const context = 3
	m := newMatcher(a, b)
	runs := append(m.matches(0, len(a), 0, len(b)), match{len(a), len(b), 0})
	var out strings.Builder
	var h *hunk
	i, j := 0, 0 // what is told so far
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
		case run.size > 2*context || last || n == len(runs)-2 && runs[n+1].a == end && runs[n+1].b == run.b+run.size:
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
