package resources

import "github.com/go-json-experiment/json/jsontext"

// unquote returns the text of a JSON string, which was checked when it was decoded.
func unquote(raw string) string {
	text, err := jsontext.AppendUnquote(nil, raw)
	if err != nil {
		return raw
	}
	return string(text)
}

// rawOr returns raw, or zero if raw is empty.
func rawOr(raw, zero string) []byte {
	if raw == "" {
		raw = zero
	}
	return []byte(raw)
}
