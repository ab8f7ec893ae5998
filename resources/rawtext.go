package resources

import "github.com/go-json-experiment/json/jsontext"

// unquote gives the text of a JSON string that was valid when it was taken in.
func unquote(raw string) string {
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return raw
	}
	return string(text)
}

// rawOr gives raw, or what stands for a zero value outside of an omitted field.
func rawOr(raw, zero string) []byte {
	if raw == "" {
		raw = zero
	}
	return []byte(raw)
}
