package transcript

import (
	"slices"
	"strings"
	"unicode"

	"github.com/kx-k8s/kx/internal/printable"
)

// Filter returns the part of a program's output that shows text: characters, their colours, the
// cursor and the alternate screen. It leaves out what makes a terminal answer, or changes anything
// but what it shows: queries, titles, the clipboard, reports of the mouse, bells.
type Filter struct {
	parser parser
	// fromTerminal is true when the output passed a terminal of the program, which adds the
	// carriage return to each newline. A full-screen program prints a newline alone to move down.
	fromTerminal bool
	alternate    bool // the program shows the alternate screen
	last         rune
}

// Leave returns the sequences that undo what the output has left: the alternate screen, modes,
// colours, the region that scrolls.
func (f *Filter) Leave() string {
	leave := "\x0f\x1b(B\x1b[0m\x1b[4l\x1b[?6l\x1b[?7h\x1b[?25h\x1b7\x1b[r\x1b8"
	if f.alternate {
		leave += "\x1b[?1049l"
	}
	return leave
}

// Pass returns what is shown of a part of the output.
func (f *Filter) Pass(text string) string {
	var b strings.Builder
	f.parser.parse(text, func(t *token) {
		if t.char == '\n' && f.last == '\r' || t.marker == '?' {
			f.fromTerminal = true
		}
		f.last = t.char
		switch {
		case t.csi && t.marker == '?':
			for _, mode := range strings.Split(t.params, ";") {
				if t.isMode() && slices.Contains(shownModes, mode) {
					if strings.Contains(mode, "47") || mode == "1049" {
						f.alternate = t.final == 'h'
					}
					b.WriteString("\x1b[?" + mode + string(t.final))
				}
			}
		case t.csi && t.shows():
			b.WriteString("\x1b[" + t.params + string(t.final))
		case t.csi:
		case t.char == escape && t.shows():
			b.WriteRune(escape)
			if t.marker != 0 {
				b.WriteRune(t.marker)
			}
			b.WriteRune(t.final)
		case t.char == escape || t.char == '\x7f':
		case t.char == '\n' && !f.fromTerminal:
			b.WriteString("\r\n")
		case t.char >= ' ' && printable.IsControl(t.char):
			b.WriteRune(unicode.ReplacementChar)
		case t.char >= ' ' || strings.ContainsRune("\b\t\n\v\f\r\x0e\x0f", t.char):
			b.WriteRune(t.char)
		}
	})
	return b.String()
}

// shownModes are the modes of xterm that only change what the terminal shows.
var shownModes = []string{"6", "7", "25", "47", "1047", "1048", "1049"}

func (t *token) isMode() bool { return t.final == 'h' || t.final == 'l' }

// shows reports whether a sequence only changes what the terminal shows.
func (t *token) shows() bool {
	switch {
	case t.csi && t.isMode():
		return t.marker == 0 && t.params == "4"
	case t.csi:
		return t.marker == 0 && strings.ContainsRune("@ABCDEFGHJKLMPSTX`abdefmrsu", t.final)
	case t.marker == 0:
		return strings.ContainsRune("78DEM", t.final)
	}
	return (t.marker == '(' || t.marker == ')') && (t.final == '0' || t.final == 'B')
}
