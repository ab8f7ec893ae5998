package transcript

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kx-k8s/kx/internal/printable"
)

// text is what a program printed, without control sequences. What the program has overwritten or
// erased on the screen is still in it.
type text struct {
	parser   parser
	html     strings.Builder // of the complete lines
	line     []byte
	returned bool // a carriage return ended the line
}

// add adds a part of the output.
func (x *text) add(output string) {
	x.parser.parse(output, func(t *token) {
		if x.returned && t.char != '\r' {
			x.returned = false
			if len(x.line) > 0 || t.char == '\n' {
				x.endLine()
			}
			if t.char == '\n' {
				return
			}
		}
		switch {
		case t.char == '\n':
			x.endLine()
		case t.char == '\r':
			x.returned = true
		case t.char == '\b':
			_, size := utf8.DecodeLastRune(x.line)
			x.line = x.line[:len(x.line)-size]
		case t.csi && t.final == 'C', t.char == '\t':
			x.line = append(x.line, ' ')
		case t.csi && strings.ContainsRune("ABEFGHdfhl`", t.final): // the cursor moves
			if len(x.line) > 0 {
				x.endLine()
			}
		case t.char == escape || t.char < ' ' || t.char == '\x7f':
		case printable.IsControl(t.char):
			x.line = utf8.AppendRune(x.line, unicode.ReplacementChar)
		default:
			x.line = utf8.AppendRune(x.line, t.char)
		}
	})
}

// endLine ends the line.
func (x *text) endLine() {
	x.html.WriteString(escapeHTML.Replace(string(x.line)) + "\n")
	x.line = x.line[:0]
}
