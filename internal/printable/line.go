package printable

import "strings"

// Line returns a line of a program's output that is safe to show on a terminal. It keeps tabs and
// the sequences that set colours (ECMA-48, SGR), and resets the colours at the end. Everything else
// is escaped as by Text. A carriage return at the end of the line is left out.
func Line(line string) string {
	var b strings.Builder
	coloured := false
	plain := func(text string) {
		for i, part := range strings.Split(text, "\t") {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(Text(part))
		}
	}
	line = strings.TrimSuffix(line, "\r")
	for {
		before, rest, found := strings.Cut(line, "\x1b[")
		plain(before)
		if !found {
			break
		}
		end := strings.IndexFunc(rest, func(r rune) bool {
			return (r < '0' || r > '9') && r != ';' && r != ':'
		})
		if end < 0 || rest[end] != 'm' {
			b.WriteString(`\x1b[`)
			line = rest
			continue
		}
		b.WriteString("\x1b[" + rest[:end+1])
		coloured, line = true, rest[end+1:]
	}
	if coloured {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}
