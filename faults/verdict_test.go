package faults_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/internal/faultproxy"
)

// judge returns why a cell is wrong, or "" if it is right.
func (c *cell) judge(got observed, records []faultproxy.Record, name string) string {
	for _, rule := range []func(observed, []faultproxy.Record, string) string{
		c.endsInTime, c.showsNoSecret, c.sendsNoWriteTwice, c.executesNoWriteTwice, c.readsWithinBounds,
		c.saysTheTruth,
	} {
		problem := rule(got, records, name)
		if problem != "" {
			return problem
		}
	}
	return ""
}

func (c *cell) endsInTime(got observed, _ []faultproxy.Record, _ string) string {
	if !got.ended && !c.outlives() {
		return "did not end within its limit"
	}
	return ""
}

// logLine matches a line of Go's standard logger.
var logLine = regexp.MustCompile(`(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d `)

func (c *cell) showsNoSecret(got observed, _ []faultproxy.Record, _ string) string {
	switch {
	case len(got.leaked) > 0:
		return "the token was sent to another server"
	case strings.Contains(got.text, faultproxy.Token), c.subject.args != "cp FOLDER/kubeconfig shared:/tmp/NAME -q" &&
		strings.Contains(got.out, faultproxy.Token):
		return "the token was printed"
	case logLine.MatchString(got.text):
		return "a line of net/http's log was printed: " + firstLine(got.text)
	case strings.Contains(got.text, "panic: "), strings.Contains(got.text, "DATA RACE"):
		return "panic: " + got.text
	}
	return ""
}

// sendsNoWriteTwice is broken by a write that follows the same write, whose outcome was unknown,
// unless the subject has read the state in between.
func (c *cell) sendsNoWriteTwice(_ observed, records []faultproxy.Record, name string) string {
	if c.fault.kind != ambiguous {
		return ""
	}
	before := map[string]int{}
	for i := range c.base.records {
		before[keyOf(&c.base.records[i], c.base.name)]++
	}
	sent, hit := map[string]int{}, map[string]bool{}
	for i := range records {
		r := &records[i]
		key := keyOf(r, name)
		switch {
		case c.subject.checks && r.Method == "GET" && !r.Upgrade():
			clear(hit)
			continue
		case r.Idempotent() && !r.Upgrade() || c.subject.repeats(r):
			continue
		}
		sent[key]++
		if hit[key] && sent[key] > before[key] {
			return "sent again after an unknown outcome: " + key
		}
		hit[key] = hit[key] || r.Hit
	}
	return ""
}

// repeats reports whether the subject itself sends such a request several times: attach joins a
// container again.
func (s *subject) repeats(r *faultproxy.Record) bool {
	return r.Upgrade() && (strings.HasSuffix(r.URL.Path, "/attach") ||
		strings.HasSuffix(r.URL.Path, "/portforward"))
}

func executedWrites(records []faultproxy.Record, name string) map[string]int {
	writes := map[string]int{}
	for i := range records {
		r := &records[i]
		if !r.Idempotent() && r.Executed >= 200 && r.Executed < 300 {
			writes[keyOf(r, name)]++
		}
	}
	return writes
}

func (c *cell) executesNoWriteTwice(_ observed, records []faultproxy.Record, name string) string {
	for key, n := range executedWrites(records, name) {
		if n > max(1, c.base.writes[key]) {
			return fmt.Sprintf("executed %d times: %s", n, key)
		}
	}
	return ""
}

func (c *cell) readsWithinBounds(_ observed, records []faultproxy.Record, _ string) string {
	for _, r := range records {
		if r.Sent >= faultproxy.EndlessLimit {
			return fmt.Sprintf("read an endless answer to its end at %d MiB", r.Sent>>20)
		}
	}
	return ""
}

// saysTheTruth compares the outcome with that of a run without the fault, and with what the server
// did.
func (c *cell) saysTheTruth(got observed, records []faultproxy.Record, name string) string {
	if c.fault.effect.Kind == faultproxy.GoesOn {
		// The server's further output is output. It may also follow the status of an attach that a
		// node refused because the container did not run yet.
		got.out = strings.ReplaceAll(got.out, faultproxy.FurtherOutput, "")
	}
	same := got.out == c.base.out && got.code == c.base.code
	success := !got.failed || got.code == c.base.code && c.base.failed && same
	writes := executedWrites(records, name)
	hitWrite := slices.ContainsFunc(records, func(r faultproxy.Record) bool {
		return r.Hit && !r.Idempotent()
	})
	switch {
	case !got.ended:
		if !strings.HasPrefix(c.base.out, got.out) {
			return "printed what the whole does not begin with: " + difference(c.base.out, got.out)
		}
		return ""
	case c.subject.tells && got.out != c.base.out && namesTheFault(got.out):
		return "" // the output itself reports what could not be read
	case strings.Contains(got.text, " before the attach is not shown: ") && strings.HasSuffix(c.base.out, got.out):
		return "" // the error or the warning names what is missing, and the rest is there
	case success && got.out != c.base.out && !(c.subject.forward && got.text != ""):
		return fmt.Sprintf("succeeded with another result: %s; messages: %s",
			difference(c.base.out, got.out), firstLine(got.text))
	case success && c.subject.cleans && strings.Contains(got.text, "was not removed: "):
		return "" // the program's result, with a warning about its pod
	case success && c.subject.checks && c.fault.silent() && slices.ContainsFunc(records, gaveUp):
		return "" // on a busy machine; the subject has read what became of the write
	case success && !maps.Equal(writes, c.base.writes):
		return fmt.Sprintf("succeeded, and the server executed %v instead of %v; messages: %s",
			writes, c.base.writes, got.text)
	case success && !c.subject.verifies && c.fault.kind == ambiguous && c.fault.effect.Kind != faultproxy.GoesOn &&
		slices.ContainsFunc(records, func(r faultproxy.Record) bool {
			return r.Hit && strings.HasSuffix(r.URL.Path, "/exec")
		}):
		return "succeeded without the program's exit status"
	case success:
		return ""
	case c.fault.kind == unharmed:
		return "failed although the answer was right: " + got.text
	case got.text == "":
		return fmt.Sprintf("failed with %d and no message", got.code)
	case !got.typed:
		return "failed with an error of no documented type: " + got.text
	case c.subject.lost != 0 && got.code != c.subject.lost && got.code != 1 && got.code != c.base.code:
		return fmt.Sprintf("failed with exit status %d: %s", got.code, got.text)
	case c.subject.partial && !strings.HasPrefix(c.base.out, got.out):
		return "printed what the whole does not begin with: " + difference(c.base.out, got.out)
	case c.subject.checks && len(writes) > 0 && (strings.Contains(got.text, " stays in pod ") ||
		strings.Contains(got.text, " stays in the pod ")):
		return "" // the write happened, and the subject has found out; what failed came later
	case c.mayHaveWritten(hitWrite) && !got.unknown:
		return "does not say that the write may have happened: " + got.text
	case c.fault.kind == refusal && got.unknown && len(writes) == 0 && hitWrite &&
		!strings.Contains(got.text, "was not added within"): // the limit may precede an answer
		return "says that a refused write may have happened: " + got.text
	}
	return ""
}

// gaveUp reports whether the limit of the client ended a write before the server had answered it,
// so that nobody recorded what the server did.
func gaveUp(r faultproxy.Record) bool { return !r.Hit && !r.Idempotent() && r.Executed == 0 }

// namesTheFault reports whether an output that consists of several parts says which part failed.
func namesTheFault(out string) bool {
	return strings.Contains(out, "cannot be read") || strings.Contains(out, "does not exist") ||
		strings.Contains(out, "is not there") || strings.Contains(out, "GET /") ||
		strings.Contains(out, "POST /") || strings.Contains(out, "cannot reach") ||
		strings.Contains(out, "a proxy may have sent it")
}

// mayHaveWritten reports whether the fault leaves the outcome of a write unknown.
func (c *cell) mayHaveWritten(hitWrite bool) bool {
	return hitWrite && c.fault.kind == ambiguous
}

func firstLine(text string) string {
	first, _, _ := strings.Cut(text, "\n")
	return first
}

// difference shows where two texts part.
func difference(want, got string) string {
	i := 0
	for i < len(want) && i < len(got) && want[i] == got[i] {
		i++
	}
	from := max(i-20, 0)
	return fmt.Sprintf("%q instead of %q (at byte %d)", got[from:min(i+60, len(got))],
		want[from:min(i+60, len(want))], i)
}

var (
	changing = regexp.MustCompile(`"?(uid|resourceVersion|generation|continue|remainingItemCount)"?: ?"?[^",\n}]*"?`)
	moment   = regexp.MustCompile(`\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?`)
	age      = regexp.MustCompile(`\b\d+[smh](\d+s)?\b( ago)?`)
	port     = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	nodePod  = regexp.MustCompile(`node-debugger-[-a-z0-9.]+`)
	spaces   = regexp.MustCompile(` +`)
)

// normalize removes what differs between two runs.
func normalize(text, name, folder string) string {
	text = strings.NewReplacer(name, "NAME", folder, "FOLDER").Replace(text)
	text = nodePod.ReplaceAllString(text, "NODE-POD")
	text = changing.ReplaceAllString(text, "$1")
	text = moment.ReplaceAllString(text, "TIME")
	text = age.ReplaceAllString(text, "AGE")
	text = port.ReplaceAllString(text, "ADDRESS")
	return spaces.ReplaceAllString(text, " ")
}
