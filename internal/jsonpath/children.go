package jsonpath

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// newDecoder returns a decoder of a document that is known to be valid. The decoder does not change
// the document, so values may share its memory.
func newDecoder(document jsontext.Value) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(document), jsontext.AllowDuplicateNames(true),
		jsontext.AllowInvalidUTF8(true))
}

// eachChild calls visit with the items of an array, or with the members of an object. It stops when
// visit returns false.
func eachChild(document jsontext.Value, visit func(name string, value jsontext.Value) bool) {
	isObject := document.Kind() == '{'
	if !isObject && document.Kind() != '[' {
		return
	}
	d := newDecoder(document)
	if _, err := d.ReadToken(); err != nil {
		return
	}
	for d.PeekKind() != '}' && d.PeekKind() != ']' {
		name := ""
		if isObject {
			token, err := d.ReadToken()
			if err != nil {
				return
			}
			name = token.String()
		}
		value, err := d.ReadValue()
		if err != nil {
			return
		}
		end := d.InputOffset()
		if !visit(name, document[end-int64(len(value)):end]) {
			return
		}
	}
}

// children returns the items of an array, or the values of an object's members.
func children(document jsontext.Value) (values []jsontext.Value) {
	eachChild(document, func(_ string, value jsontext.Value) bool {
		values = append(values, value)
		return true
	})
	return values
}

// memberOf returns a member of an object, or nil without one.
func memberOf(document jsontext.Value, name string) (member jsontext.Value) {
	if document.Kind() != '{' {
		return nil
	}
	eachChild(document, func(other string, value jsontext.Value) bool {
		if other == name {
			member = value
		}
		return member == nil
	})
	return member
}

// appendDescendants appends value and everything in it that is not empty: objects, arrays and
// strings, but no numbers and booleans. client-go searches the same.
func appendDescendants(found []jsontext.Value, value jsontext.Value) []jsontext.Value {
	within := children(value)
	if len(within) == 0 && (value.Kind() != '"' || len(value) == len(`""`)) {
		return found
	}
	found = append(found, value)
	for _, child := range within {
		found = appendDescendants(found, child)
	}
	return found
}
