package diagnosis

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
)

// find returns the first row of a table whose name and regular expression match, and the groups of
// the expression. It returns nil if no row matches.
func find(table []state, name, message string) (row *state, groups []string) {
	for i := range table {
		row = &table[i]
		if row.name != name {
			continue
		}
		groups = regexp.MustCompile(row.when).FindStringSubmatch(message)
		if groups != nil {
			return row, groups
		}
	}
	return nil, nil
}

// add adds the finding of the row for name and message. c is the container that it is about, or
// nil. more are further words of the row in braces, each with its value after it. It reports
// whether there is such a row.
func (d *diagnosis) add(name, message string, c *Container, more ...string) bool {
	row, groups := find(podStates, name, message)
	if row == nil {
		row, groups = find(containerStates, name, message)
	}
	if row == nil {
		return false
	}
	if c == nil {
		c = new(Container)
	}
	v := &vars{diagnosis: d, c: c, message: message, groups: groups, more: more}
	f := Finding{State: name, Text: expand(row.text, v.value)}
	for _, other := range d.findings {
		if other.Text == f.Text {
			return true
		}
	}
	for _, line := range strings.Split(expand(row.commands, v.line), "; ") {
		words := strings.Fields(line)
		for i := range words {
			words[i] = expand(words[i], v.value)
		}
		f.Commands = append(f.Commands, words)
	}
	d.findings = append(d.findings, f)
	return true
}

// message returns the message of the newest event with one of the reasons, which are separated by
// spaces, that contains text and did not happen before since. With a container, the event is about
// that container.
func (d *diagnosis) message(c *Container, reasons, text string, since time.Time) string {
	for _, e := range slices.Backward(d.events) {
		if slices.Contains(strings.Fields(reasons), e.Reason) &&
			strings.Contains(e.Message, text) &&
			(c == nil || strings.HasSuffix(e.InvolvedObject.FieldPath, "{"+c.Name+"}")) &&
			!e.LastSeen().Before(since) {
			return e.Message
		}
	}
	return ""
}

// timeOf returns a time of the API, or the zero time if there is none.
func timeOf(t resources.Time) time.Time {
	at, _ := t.Time()
	return at
}
