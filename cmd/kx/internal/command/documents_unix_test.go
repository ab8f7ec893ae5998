//go:build unix

package command

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
)

// hostile returns texts of about size bytes that would cost a reader with a nested loop the square
// of their size.
func hostile(size int) map[string]string {
	repeat := func(text string) string { return strings.Repeat(text, size/len(text)) }
	return map[string]string{
		"markers":                  repeat("---\n"),
		"ends":                     repeat("...\n"),
		"markers with comments":    repeat("--- #\n"),
		"empty lines":              repeat("\n"),
		"comments":                 repeat("#\n"),
		"comments behind a value":  "a: 1\n" + repeat("#\n"),
		"comments before a value":  repeat("#\n") + "a: 1\n",
		"directives":               repeat("%X\n"),
		"documents":                repeat("---\na: 1\n"),
		"JSON values":              repeat("{}\n"),
		"JSON values on a line":    repeat("{} "),
		"JSON and then a fault":    repeat("{}\n") + "[",
		"JSON and then YAML":       repeat("{}\n") + "---\na: 1\n",
		"elements":                 repeat("- a\n"),
		"elements on a line":       "[" + repeat("a,") + "]",
		"open lists":               repeat("["),
		"open mappings":            repeat("{"),
		"nested elements":          repeat("- "),
		"nested keys":              repeat("? "),
		"keys on a line":           repeat("a: "),
		"keys that come again":     repeat("a: 1\n"),
		"a text":                   "a: " + repeat("x "),
		"a text in quotes":         `a: "` + repeat("x ") + `"`,
		"a text that does not end": `a: "` + repeat("x\n"),
		"a block":                  "a: |\n" + repeat("  x\n"),
		"anchors":                  "a:\n" + repeat("- &a 1\n"),
		"aliases":                  "a: &a 1\nb:\n" + repeat("- *a\n"),
		"tags":                     repeat("- !!str a\n"),
		"carriage returns":         repeat("\r"),
		"a JSON string":            `{"a":"` + repeat("x") + `"}`,
		"a JSON string of escapes": `{"a":"` + repeat(`\u0041`) + `"}`,
	}
}

// processorTime returns the processor time of the process, which other programs do not change.
func processorTime(t *testing.T) time.Duration {
	var usage syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &usage))
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// costOf returns the processor time of the fastest of three readings.
func costOf(t *testing.T, text string) time.Duration {
	best := time.Hour
	for range 3 {
		before := processorTime(t)
		_, _ = Documents([]byte(text), func(*patch.DuplicateKeyError) {})
		best = min(best, processorTime(t)-before)
		if best > time.Second/2 {
			break // long enough to compare
		}
	}
	return best
}

func TestEveryReaderOfAFileIsLinear(t *testing.T) {
	// Eight times the text costs a linear reader eight times the time, a quadratic one 64 times.
	const factor, most = 8, 32
	for name := range hostile(1) {
		small := 1 << 13
		if isNested[name] {
			small = 1 << 16 // the parser refuses more than 10,000 levels, and both texts have more
		}
		t.Run(name, func(t *testing.T) {
			before := max(costOf(t, hostile(small)[name]), time.Millisecond)
			after := costOf(t, hostile(small * factor)[name])
			t.Logf("%v, and eight times the text %v", before, after)
			require.Less(t, after, most*before)
		})
	}
}

// isNested are the hostile texts that are one value in another.
var isNested = map[string]bool{"open lists": true, "open mappings": true, "nested elements": true, "nested keys": true}
