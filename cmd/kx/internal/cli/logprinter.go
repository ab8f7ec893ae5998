package cli

import (
	"bufio"
	"fmt"
	"hash/fnv"
	"os"
	"regexp"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/subresource"
)

// nodeTime is the format of the kubelet's timestamps.
const nodeTime = "2006-01-02T15:04:05.000000000Z07:00"

// logPrinter prints the lines of logs.
type logPrinter struct {
	out        *bufio.Writer
	prefix     bool
	coloured   bool // prefixes have a colour for each container, and matches of grep
	clean      bool // escape sequences are escaped
	timestamps bool
	flushes    bool // each line is printed at once
	grep       *regexp.Regexp
	unfinished logSource // whose last text has no newline
}

// logSource is a container whose log is printed.
type logSource struct{ pod, container, uid string }

// newLogPrinter returns a printer to out. A terminal gets colours, and no escape sequences of the
// log.
func newLogPrinter(out *printer.Output, raw bool) *logPrinter {
	return &logPrinter{
		out:      bufio.NewWriterSize(out.Unescaped(), 64<<10),
		clean:    out.IsTerminal && !raw,
		coloured: out.IsTerminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
	}
}

// unchanged reports whether the printer prints all lines as they are.
func (p *logPrinter) unchanged() bool {
	return !p.prefix && !p.clean && !p.timestamps && !p.flushes && p.grep == nil
}

// print prints a line, unless grep leaves it out.
func (p *logPrinter) print(line *subresource.LogLine) error {
	if p.grep != nil && !p.grep.MatchString(line.Text) {
		return nil
	}
	source := logSource{line.Pod, line.Container, ""}
	if source != p.unfinished {
		p.startLine(line, source)
	}
	text := line.Text
	if p.clean {
		text = printable.Line(text)
	}
	if p.grep != nil && p.coloured && !strings.Contains(text, "\x1b") {
		text = p.grep.ReplaceAllStringFunc(text, highlight)
	}
	_, err := p.out.WriteString(text)
	p.unfinished = source
	if !line.Partial {
		p.unfinished = logSource{}
		err = p.out.WriteByte('\n') // an error of bufio stays
	}
	if err == nil && p.flushes {
		err = p.out.Flush()
	}
	return err
}

// highlight returns a match in the colour of grep: bold red.
func highlight(match string) string {
	if match == "" {
		return ""
	}
	return "\x1b[1;31m" + match + "\x1b[0m"
}

// startLine prints what stands before the text of a line.
func (p *logPrinter) startLine(line *subresource.LogLine, source logSource) {
	if p.unfinished != (logSource{}) {
		_ = p.out.WriteByte('\n') // an error of bufio stays
	}
	if p.prefix {
		prefix := printable.Text(fmt.Sprintf("[pod/%s/%s]", source.pod, source.container))
		if p.coloured {
			prefix = fmt.Sprintf("\x1b[%dm%s\x1b[0m", source.colour(), prefix)
		}
		_, _ = p.out.WriteString(prefix + " ")
	}
	if p.timestamps {
		_, _ = p.out.WriteString(line.Time.Format(nodeTime) + " ")
	}
}

// colour returns the SGR code of one of six colours. A source has the same one in each run.
func (s logSource) colour() int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.pod + "/" + s.container)) // never fails
	return 31 + int(h.Sum32()%6)
}
