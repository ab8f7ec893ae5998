package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
)

// eventTable writes events in the columns of kubectl events. Later rows are aligned with earlier
// ones.
type eventTable struct {
	namespaces bool
	table      printer.TableWriter
}

func (t *eventTable) write(w io.Writer, events []*resources.Event, headers bool,
	now time.Time) error {
	var rows [][]string
	if headers {
		rows = append(rows, t.row("NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"))
	}
	for _, e := range events {
		rows = append(rows, t.row(e.Metadata.Namespace, interval(e, now),
			e.Type, e.Reason,
			e.InvolvedObject.Kind+"/"+e.InvolvedObject.Name,
			printer.OneLine(e.Message)))
	}
	return t.table.Write(w, rows)
}

// row returns cells without the namespace where the table has none.
func (t *eventTable) row(cells ...string) []string {
	if t.namespaces {
		return cells
	}
	return cells[1:]
}

// interval returns the age of an event, and how often it happened in how long:
// "3m (x5 over 10m)".
func interval(e *resources.Event, now time.Time) string {
	first := e.EventTime
	if !first.IsSet() {
		first = e.FirstTimestamp
	}
	switch {
	case e.Series != nil:
		return fmt.Sprintf("%s (x%d over %s)", since(e.Series.LastObservedTime, now),
			e.Series.Count, since(first, now))
	case e.Count > 1:
		return fmt.Sprintf("%s (x%d over %s)", since(e.LastTimestamp, now), e.Count,
			since(first, now))
	}
	return since(first, now)
}

// since returns the age of a time, or "<unknown>" for none.
func since(at resources.Time, now time.Time) string {
	parsed, err := at.Time()
	if err != nil || !at.IsSet() {
		return "<unknown>"
	}
	return printer.HumanDuration(now.Sub(parsed))
}
