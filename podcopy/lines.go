package podcopy

import (
	"bytes"
	"cmp"
	"strings"
)

// maxLine is how much of a line is kept.
const maxLine = 4096

// lines takes what a remote program says on stderr, tells each line, and keeps the first: those after it tell of the whole.
type lines struct {
	told  func(string)
	begun []byte // a line without its end
	first string
}

func (l *lines) Write(p []byte) (int, error) {
	for rest := p; ; {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		l.begun = append(l.begun, line[:min(len(line), maxLine-len(l.begun))]...)
		if !ended {
			return len(p), nil
		}
		text := strings.TrimSpace(string(l.begun))
		if text != "" {
			l.first = cmp.Or(l.first, text)
			l.told(text)
		}
		l.begun, rest = l.begun[:0], after
	}
}
