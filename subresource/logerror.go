package subresource

import (
	"fmt"
	"time"
)

// maxQuotedLog is how many bytes of a text that is no log an error quotes.
const maxQuotedLog = 200

// LogFormatError reports an answer that is not the log of a container. The text often has the
// reason: the kubelet writes its own errors into a log.
type LogFormatError struct {
	Pod, Container string
	// Text is the unexpected text. The message quotes its first 200 bytes.
	Text    string
	Problem string
}

func (e *LogFormatError) Error() string {
	text := e.Text
	if len(text) > maxQuotedLog {
		text = text[:maxQuotedLog]
	}
	return fmt.Sprintf("%s: %s: %q", describeLog(e.Pod, e.Container), e.Problem, text)
}

// LogGapError reports that lines may be missing from a log that is followed. The iteration
// continues after it, unlike after other errors of Lines.
type LogGapError struct {
	Pod, Container string
	// After is the time of the last line before the gap, or zero if there was none.
	After  time.Time
	Reason string
}

func (e *LogGapError) Error() string {
	s := describeLog(e.Pod, e.Container) + ": lines may be missing"
	if !e.After.IsZero() {
		s += " after " + e.After.UTC().Format(time.RFC3339Nano)
	}
	return s + ": " + e.Reason
}

// LogError reports that the log of one container of several cannot be read. Merge continues with
// the others.
type LogError struct {
	Namespace, Pod, Container string
	// Err is the reason.
	Err error
}

func (e *LogError) Error() string {
	return fmt.Sprintf("%s in namespace %s: %v", describeLog(e.Pod, e.Container), e.Namespace,
		e.Err)
}

// Unwrap returns Err.
func (e *LogError) Unwrap() error { return e.Err }

// describeLog names a log in messages.
func describeLog(pod, container string) string {
	if container == "" {
		return "log of pod " + pod
	}
	return "log of container " + container + " of pod " + pod
}
