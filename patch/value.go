package patch

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// This file reads compact, valid JSON in place: a value found in a document is a
// slice of that document, so that nothing is decoded that need not be, and every
// literal stays as it was written.

type member struct {
	name  string
	value jsontext.Value
}

// members returns those of an object, in their order; none for another kind.
func members(v jsontext.Value) []member {
	if v.Kind() != '{' {
		return nil
	}
	d := enter(v)
	var ms []member
	for d.PeekKind() == '"' {
		token, _ := d.ReadToken()
		name := token.String() // before the next read, which ends the token's life
		ms = append(ms, member{name, readValue(d, v)})
	}
	return ms
}

// elements returns those of an array; none for another kind.
func elements(v jsontext.Value) []jsontext.Value {
	if v.Kind() != '[' {
		return nil
	}
	d := enter(v)
	var vs []jsontext.Value
	for d.PeekKind() != ']' && d.PeekKind() != 0 {
		vs = append(vs, readValue(d, v))
	}
	return vs
}

// enter reads the opening delimiter of v.
func enter(v jsontext.Value) *jsontext.Decoder {
	d := jsontext.NewDecoder(bytes.NewBuffer(v))
	_, _ = d.ReadToken()
	return d
}

// readValue slices v itself: what the decoder returns lives only until it reads
// on.
func readValue(d *jsontext.Decoder, v jsontext.Value) jsontext.Value {
	value, _ := d.ReadValue()
	end := d.InputOffset()
	return v[end-int64(len(value)) : end : end]
}

// child follows one token of a pointer.
func child(v jsontext.Value, token string) (jsontext.Value, bool) {
	for _, m := range members(v) {
		if m.name == token {
			return m.value, true
		}
	}
	vs := elements(v)
	if vs != nil {
		if i, ok := index(token); ok && i < len(vs) {
			return vs[i], true
		}
	}
	return nil, false
}

func resolve(v jsontext.Value, tokens []string) (jsontext.Value, bool) {
	for _, token := range tokens {
		var found bool
		if v, found = child(v, token); !found {
			return nil, false
		}
	}
	return v, true
}

// index reads an array index as RFC 6901 writes it: no sign, no leading zero.
func index(token string) (int, bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i >= 0 && token == strconv.Itoa(i)
}

func unquote(v jsontext.Value) string {
	s, _ := jsontext.AppendUnquote(nil, v)
	return string(s)
}

// appendString is for text known to be valid UTF-8.
func appendString(out []byte, s string) []byte {
	out, _ = jsontext.AppendQuote(out, s)
	return out
}

func kindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[':
		return "a list"
	case '{':
		return "an object"
	}
	return "nothing"
}
