package podcopy

import (
	"bytes"
	"cmp"
	"strings"

	"github.com/kx-k8s/kx/internal/printable"
)

// maxLine is how many bytes of a line are kept.
const maxLine = 4096

// stderrLines is a writer for a remote program's stderr. It reports each line and keeps the first,
// since tar's later lines only sum up.
type stderrLines struct {
	report  func(string)
	partial []byte // a line that has not ended yet
	first   string
}

func (l *stderrLines) Write(p []byte) (int, error) {
	for rest := p; ; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		l.partial = append(l.partial, line[:min(len(line), maxLine-len(l.partial))]...)
		if !ended {
			return len(p), nil
		}
		text := printable.Text(strings.TrimSpace(string(l.partial)))
		if text != "" {
			l.first = cmp.Or(l.first, text)
			l.report(text)
		}
		l.partial, rest = l.partial[:0], after
	}
}
