package jsonpath

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/sortedjson"
)

// Text returns a string without its quotes, and another value as its JSON.
func Text(value jsontext.Value) string {
	if value.Kind() != '"' {
		return string(value)
	}
	text, err := jsontext.AppendUnquote(nil, value)
	if err != nil {
		return "" // not reached: documents are valid
	}
	return string(text)
}

// AppendText appends a string without its quotes, and another value as compact JSON with sorted
// members.
func AppendText(dst []byte, value jsontext.Value) ([]byte, error) {
	if value.Kind() == '"' {
		return jsontext.AppendUnquote(dst, value)
	}
	return sortedjson.Append(dst, value)
}
