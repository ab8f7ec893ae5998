package transcript

// maxParams is how many bytes the parameters of a sequence may have. A longer sequence is ignored.
const maxParams = 128

const escape = '\x1b'

// token is a character, a control character or a control sequence.
type token struct {
	// char is the character. It is ESC if the token is a sequence, and U+FFFD in place of an
	// invalid byte.
	char rune
	// csi is true for a sequence that begins with ESC [.
	csi bool
	// marker is a byte such as the ? of ESC [ ? 25 h or the ( of ESC ( B, or 0.
	marker rune
	// params are the parameters as printed, such as 38;5;1.
	params string
	// final is the last character of the sequence.
	final rune
}

type state int

const (
	inText state = iota
	inEscape
	inCSI
	inString // a title, a query of the terminal and the like, up to BEL or ESC
)

// parser divides a program's output into tokens. A sequence may come in several parts.
type parser struct {
	state  state
	marker rune
	params []byte
}

// parse calls handle for each token of text that is complete. It leaves out strings such as a
// window's title (OSC, DCS, SOS, PM and APC).
func (p *parser) parse(text string, handle func(*token)) {
	for _, r := range text {
		switch {
		case r == escape:
			p.state, p.marker, p.params = inEscape, 0, p.params[:0]
		case r == '\x18' || r == '\x1a': // CAN and SUB end a sequence
			p.state = inText
		case p.state == inString:
			if r == '\a' {
				p.state = inText
			}
		case r < ' ' || r == '\x7f' || p.state == inText:
			handle(&token{char: r})
		case r >= ' ' && r <= '/':
			p.marker = r
		case p.state == inEscape:
			p.inEscape(r, handle)
		case r < '@':
			p.param(r)
		default:
			p.state = inText
			if r <= '~' && len(p.params) < maxParams {
				handle(&token{char: escape, csi: true, marker: p.marker, params: string(p.params),
					final: r})
			}
		}
	}
}

func (p *parser) inEscape(r rune, handle func(*token)) {
	switch r {
	case '[':
		p.state = inCSI
	case ']', 'P', 'X', '^', '_':
		p.state = inString
	default:
		p.state = inText
		handle(&token{char: escape, marker: p.marker, final: r})
	}
}

func (p *parser) param(r rune) {
	switch {
	case r >= '<':
		p.marker = r
	case len(p.params) < maxParams:
		p.params = append(p.params, byte(r))
	}
}
