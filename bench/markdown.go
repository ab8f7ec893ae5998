//go:build linux

package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// The figures stand between these lines of the page.
const (
	beginMark = "<!-- make bench -->\n"
	endMark   = "<!-- end of make bench -->\n"
)

// farFrom is how many times curl's figure a row may have without a reason.
const farFrom = 1.5

// replaceBetween returns the page with text between its marks.
func replaceBetween(page []byte, text string) ([]byte, error) {
	before, rest, begins := bytes.Cut(page, []byte(beginMark))
	_, after, ends := bytes.Cut(rest, []byte(endMark))
	if !begins || !ends {
		return nil, errors.New("there is no line " + strings.TrimSpace(beginMark) +
			" with a line " + strings.TrimSpace(endMark) + " after it")
	}
	return slices.Concat(before, []byte(beginMark), []byte(text), []byte(endMark), after), nil
}

// figure is one of the figures of a row.
type figure struct {
	title string
	of    func(usage) float64
	goal  func(goal) float64
	text  func(float64) string
}

var (
	elapsed = figure{"Elapsed time", func(u usage) float64 { return u.elapsed.Seconds() },
		func(g goal) float64 { return g.elapsed }, seconds}
	cpu = figure{"Processor time", func(u usage) float64 { return u.cpu.Seconds() },
		func(g goal) float64 { return g.cpu }, seconds}
	memory = figure{"Peak memory", func(u usage) float64 { return float64(u.memory) },
		func(g goal) float64 { return g.memory }, mebibytes}
)

// tables returns the tables of the results.
func tables(results []result) string {
	var near, far, grown []result
	for _, r := range results {
		switch {
		case r.stage == growth:
			grown = append(grown, r)
		case r.isFar:
			far = append(far, r)
		default:
			near = append(near, r)
		}
	}
	var b strings.Builder
	for _, f := range []figure{elapsed, cpu, memory} {
		b.WriteString(table(f.title, f, near))
	}
	b.WriteString(table(fmt.Sprintf("Elapsed time with %d ms added to each round trip",
		farRoundTrip.Milliseconds()), elapsed, far))
	b.WriteString(growthTable(near, grown))
	b.WriteString(reasons(results))
	b.WriteString(cuts(results))
	return b.String()
}

// table returns the table of one figure.
func table(title string, f figure, results []result) string {
	if len(results) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\n### %s\n\n", title)
	b.WriteString("| | kx | kubectl | kx/kubectl | goal | curl | kx/curl | rounds |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		if r.err != nil {
			fmt.Fprintf(&b, "| %s | failed | | | | | | |\n", r.title())
			continue
		}
		kx, kubectl := f.of(r.medians[withKx]), f.of(r.medians[withKubectl])
		curl, timesCurl := "–", "–"
		if bare, ok := r.medians[withCurl]; ok {
			curl, timesCurl = f.text(f.of(bare)), ratio(kx, f.of(bare))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %d |\n", r.title(), f.text(kx),
			f.text(kubectl), ratio(kx, kubectl), goalText(f.goal(r.goal), kx/kubectl), curl,
			timesCurl, r.rounds)
	}
	return b.String()
}

// growthTable returns the table of the memory with more pods.
func growthTable(near, grown []result) string {
	var b, notes strings.Builder
	for _, more := range grown {
		i := slices.IndexFunc(near, func(r result) bool { return r.words == more.words })
		if i < 0 || more.err != nil || near[i].err != nil {
			continue
		}
		if b.Len() == 0 {
			fmt.Fprintf(&b, "\n### Peak memory with more pods\n\n"+
				"| | %s pods | %s pods | growth | goal |\n|---|---|---|---|---|\n",
				thousands(near[i].pods), thousands(more.pods))
		}
		for _, program := range []string{withKx, withKubectl, withCurl} {
			before, after := memory.of(near[i].medians[program]), memory.of(more.medians[program])
			goal := ""
			if program == withKx {
				goal = goalText(growthGoal, after/before)
				if after/before > growthGoal {
					fmt.Fprintf(&notes, "\n`kx %s` grows: %s.\n", more.words, more.why.memory)
				}
			}
			fmt.Fprintf(&b, "| `%s %s` | %s | %s | %s | %s |\n", program, more.words,
				mebibytes(before), mebibytes(after), ratio(after, before), goal)
		}
	}
	return b.String() + notes.String()
}

// reasons lists why rows are far from curl, and why curl has no figures.
func reasons(results []result) string {
	var b strings.Builder
	for _, r := range results {
		switch {
		case r.err != nil: // the table says so, and the program prints why
		case r.unlimited != "":
			fmt.Fprintf(&b, "- %s: curl cannot do it: %s. kx was later than kubectl by "+
				"more than 1 %% in %d of %d rounds.\n", r.title(), r.unlimited, r.later, r.rounds)
		case r.stage != growth:
			b.WriteString(r.farFromCurl())
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n### Further from curl than 1.5 times\n\n" + b.String()
}

// cuts lists the rows of which kubectl lost the end of the output.
func cuts(results []result) string {
	var b strings.Builder
	for _, r := range results {
		if r.cut > 0 {
			fmt.Fprintf(&b, "- %s: kubectl exited with 0 before it had printed all bytes, in %d "+
				"of %d runs. It ran again, and the tables have its complete runs.\n", r.title(),
				r.cut, r.cut+r.rounds)
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return "\n### Cut by kubectl\n\n" + b.String()
}

// farFromCurl returns a line for each figure of the row that is far from curl's. The table of far
// rows has the elapsed time only.
func (r result) farFromCurl() string {
	var b strings.Builder
	for _, reason := range []struct {
		figure
		text string
	}{{elapsed, r.why.elapsed}, {cpu, r.why.cpu}, {memory, r.why.memory}} {
		times := reason.of(r.medians[withKx]) / reason.of(r.medians[withCurl])
		if times > farFrom && (reason.title == elapsed.title || !r.isFar) {
			fmt.Fprintf(&b, "- %s, %s, %.1f times curl's: %s.\n", r.title(),
				strings.ToLower(reason.title), times, cmp.Or(reason.text, "not explained yet"))
		}
	}
	return b.String()
}

// title returns the name of the row in a table.
func (r result) title() string { return "`" + r.name + "`" }

// goalText returns the cell of a goal, with a word if the goal is missed.
func goalText(goal, reached float64) string {
	switch {
	case goal == 0:
		return ""
	case reached > goal:
		return fmt.Sprintf("%.3g, missed", goal)
	}
	return fmt.Sprintf("%.3g", goal)
}

// ratio returns a/b with two digits after the point.
func ratio(a, b float64) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", a/b)
}

// seconds returns a time in milliseconds, and from a second on in seconds.
func seconds(s float64) string {
	if s < 0.9995 {
		return fmt.Sprintf("%.0f ms", s*float64(time.Second/time.Millisecond))
	}
	return fmt.Sprintf("%.2f s", s)
}

// mebibytes returns a size in MiB.
func mebibytes(bytes float64) string { return fmt.Sprintf("%.1f MiB", bytes/(1<<20)) }

// thousands returns a number with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return thousands(n/1000) + fmt.Sprintf(",%03d", n%1000)
}
