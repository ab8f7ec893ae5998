// Package sortedjson writes JSON with sorted members, as Go's encoding/json writes a map.
package sortedjson

import (
	"errors"

	"github.com/go-json-experiment/json/jsontext"
)

// Append appends document to dst: compact, with the members of each object sorted by name.
// Numbers keep their text. The text of a string is escaped as encoding/json escapes it for HTML.
// Append fails with a *jsontext.SyntacticError.
func Append(dst []byte, document jsontext.Value) ([]byte, error) {
	a := Appender{out: dst}
	err := a.document(document)
	return a.out, err
}

// Appender appends indented documents. It reuses its memory from one document to the next. The
// zero Appender is ready for use.
type Appender struct {
	in      []byte // the document
	at      int    // how much of in is read
	out     []byte
	newline []byte // a line feed and the indentation; empty if out is compact
	depth   int
	members []member // the members so far of the objects that are open
	order   []*member
	scratch []byte
	sorted  int // how many bytes sort has moved
}

// AppendIndent appends document as Append does, but with each member and each element on a line of
// its own. The last line is indented by depth steps of four spaces, the first one not at all.
func (a *Appender) AppendIndent(dst []byte, document jsontext.Value, depth int) ([]byte, error) {
	a.out, a.newline = dst, append(a.newline[:0], '\n')
	for range depth {
		a.newline = append(a.newline, indentation...)
	}
	err := a.document(document)
	return a.out, err
}

const (
	indentation = "    "
	// maxDepth is how many objects and arrays may be open, as in jsontext.
	maxDepth = 10_000
	// maxText is how many bytes the text of one document may have. Deep indentation makes a hostile
	// document of 16 MiB thousands of times as large.
	maxText = 256 << 20
	// maxMoves is how often a byte may be moved on average: once for each object around it whose
	// members are out of order.
	maxMoves = 64
)

func (a *Appender) document(document jsontext.Value) error {
	a.in, a.at, a.depth, a.members, a.sorted = document, 0, 0, a.members[:0], 0
	if err := a.value(); err != nil {
		return err
	}
	a.peek()
	if a.at < len(a.in) {
		return a.invalid()
	}
	return nil
}

var (
	errInvalid = errors.New("invalid or incomplete JSON")
	errTooDeep = errors.New("nested too deeply to print it with sorted members")
)

// invalid returns an error about the next byte.
func (a *Appender) invalid() error {
	return &jsontext.SyntacticError{ByteOffset: int64(a.at), Err: errInvalid}
}

// tooDeep returns an error about the next byte.
func (a *Appender) tooDeep() error {
	return &jsontext.SyntacticError{ByteOffset: int64(a.at), Err: errTooDeep}
}

// isTooLarge reports whether the document nests so deeply that its text or the time to sort it
// is no longer proportional to its size.
func (a *Appender) isTooLarge() bool {
	return len(a.out) > maxText || a.sorted > maxMoves*(len(a.in)+len(a.out))
}

// peek passes space, and returns the next byte, or 0 at the end.
func (a *Appender) peek() byte {
	for ; a.at < len(a.in); a.at++ {
		switch a.in[a.at] {
		case ' ', '\t', '\r', '\n':
		default:
			return a.in[a.at]
		}
	}
	return 0
}

// accept reports whether the next byte is c, and passes it.
func (a *Appender) accept(c byte) bool {
	isNext := a.peek() == c
	if isNext {
		a.at++
	}
	return isNext
}

func (a *Appender) value() error {
	switch a.peek() {
	case '{':
		return a.elements('}', (*Appender).member)
	case '[':
		return a.elements(']', (*Appender).value)
	case '"':
		_, err := a.text()
		return err
	}
	return a.literal()
}

// elements writes an object or an array. element writes a member or a value.
func (a *Appender) elements(end byte, element func(*Appender) error) error {
	if a.depth == maxDepth {
		return a.invalid()
	}
	a.out = append(a.out, a.in[a.at])
	a.at++
	if a.accept(end) {
		a.out = append(a.out, end)
		return nil
	}
	a.depth++
	outer, first := a.newline, len(a.members)
	if len(outer) > 0 {
		a.newline = append(outer, indentation...)
	}
	for {
		a.out = append(a.out, a.newline...)
		if err := element(a); err != nil {
			return err
		}
		if !a.accept(',') {
			break
		}
		a.out = append(a.out, ',')
		if a.isTooLarge() {
			return a.tooDeep()
		}
	}
	if !a.accept(end) {
		return a.invalid()
	}
	a.sort(a.members[first:])
	if a.isTooLarge() {
		return a.tooDeep()
	}
	a.depth--
	a.newline, a.members = a.newline[:len(outer)], a.members[:first]
	a.out = append(a.out, a.newline...)
	a.out = append(a.out, end)
	return nil
}
