package patch

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// This file reads compact, valid JSON in place. Each value is a subslice of the document's text, so
// that literals stay as they are written.

type member struct {
	name  string
	value jsontext.Value
}

// members returns the members of an object in their order, or nil for another kind.
func members(v jsontext.Value) []member {
	if v.Kind() != '{' {
		return nil
	}
	d := enter(v)
	var ms []member
	for d.PeekKind() == '"' {
		token, _ := d.ReadToken()
		name := token.String() // before the next read, which reuses the token
		ms = append(ms, member{name, readValue(d, v)})
	}
	return ms
}

// elements returns the elements of an array, or nil for another kind.
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

// readValue reads the next value, and returns it as a subslice of v. The decoder's own result is
// valid only until its next read.
func readValue(d *jsontext.Decoder, v jsontext.Value) jsontext.Value {
	value, _ := d.ReadValue()
	end := d.InputOffset()
	return v[end-int64(len(value)) : end : end]
}

// child returns the member or element that one token of a pointer names.
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

// resolve returns the value at the path of the tokens.
func resolve(v jsontext.Value, tokens []string) (jsontext.Value, bool) {
	for _, token := range tokens {
		var found bool
		if v, found = child(v, token); !found {
			return nil, false
		}
	}
	return v, true
}

// index parses an array index of RFC 6901: without sign and without leading zero.
func index(token string) (int, bool) {
	i, err := strconv.Atoi(token)
	return i, err == nil && i >= 0 && token == strconv.Itoa(i)
}

func unquote(v jsontext.Value) string {
	s, _ := jsontext.AppendUnquote(nil, v)
	return string(s)
}

// appendString appends s, which must be valid UTF-8, as a JSON string.
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
