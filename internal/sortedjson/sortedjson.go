// Package sortedjson writes JSON with sorted members, as Go's encoding/json writes a map.
package sortedjson

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Append appends document to dst: compact, with the members of each object sorted by name.
// Numbers keep their text. The text of a string is escaped as encoding/json escapes it for HTML.
func Append(dst []byte, document jsontext.Value) ([]byte, error) {
	w := writer{d: jsontext.NewDecoder(bytes.NewBuffer(document),
		jsontext.AllowDuplicateNames(true)), out: dst}
	err := w.value()
	return w.out, err
}

// writer appends the values that d reads to out.
type writer struct {
	d       *jsontext.Decoder
	out     []byte
	scratch []byte
}

func (w *writer) value() error {
	switch w.d.PeekKind() {
	case '{':
		return w.object()
	case '[':
		return w.array()
	}
	value, err := w.d.ReadValue()
	if err != nil {
		return err
	}
	w.out, err = appendScalar(w.out, value)
	return err
}

// appendScalar appends a scalar. HTML's characters and the line separators of JavaScript become
// escapes, and no other printable character is escaped.
func appendScalar(dst []byte, value jsontext.Value) ([]byte, error) {
	const hex = "0123456789abcdef"
	if bytes.IndexByte(value, '\\') >= 0 {
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return dst, err
		}
		value, err = jsontext.AppendQuote(nil, text)
		if err != nil {
			return dst, err
		}
	}
	start := 0
	for i, c := range value {
		switch {
		case c == '<' || c == '>' || c == '&':
			dst = append(dst, value[start:i]...)
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
			start = i + 1
		case c == 0xe2 && i+2 < len(value) && value[i+1] == 0x80 && value[i+2]&^1 == 0xa8:
			dst = append(dst, value[start:i]...)
			dst = append(dst, '\\', 'u', '2', '0', '2', hex[value[i+2]&0xf])
			start = i + 3
		}
	}
	return append(dst, value[start:]...), nil
}

func (w *writer) array() error {
	if _, err := w.d.ReadToken(); err != nil {
		return err
	}
	w.out = append(w.out, '[')
	for i := 0; w.d.PeekKind() != ']'; i++ {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(); err != nil {
			return err
		}
	}
	w.out = append(w.out, ']')
	_, err := w.d.ReadToken()
	return err
}

// member is where a member stands in out.
type member struct {
	name       string
	start, end int
}

func (w *writer) object() error {
	if _, err := w.d.ReadToken(); err != nil {
		return err
	}
	w.out = append(w.out, '{')
	var members []member
	for w.d.PeekKind() != '}' {
		name, err := w.d.ReadValue()
		if err != nil {
			return err
		}
		m := member{start: len(w.out)}
		unquoted, err := jsontext.AppendUnquote(nil, name)
		if err != nil {
			return err
		}
		m.name = string(unquoted)
		w.out, err = appendScalar(w.out, name)
		if err != nil {
			return err
		}
		w.out = append(w.out, ':')
		if err := w.value(); err != nil {
			return err
		}
		m.end = len(w.out)
		w.out = append(w.out, ',')
		members = append(members, m)
	}
	if len(members) > 0 {
		w.out = w.out[:len(w.out)-1] // the last comma
	}
	w.sort(members)
	w.out = append(w.out, '}')
	_, err := w.d.ReadToken()
	return err
}

// sort puts the members at the end of out into the order of their names.
func (w *writer) sort(members []member) {
	byName := func(a, b member) int { return cmp.Compare(a.name, b.name) }
	if slices.IsSortedFunc(members, byName) {
		return
	}
	start := members[0].start
	w.scratch = append(w.scratch[:0], w.out[start:]...)
	slices.SortStableFunc(members, byName)
	w.out = w.out[:start]
	for i, m := range members {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(w.out, w.scratch[m.start-start:m.end-start]...)
	}
}
