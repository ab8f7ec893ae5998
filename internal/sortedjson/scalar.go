package sortedjson

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// literal appends a number, true, false or null.
func (a *Appender) literal() error {
	value := a.in[a.at:]
	end := bytes.IndexAny(value, ",]} \t\r\n")
	if end >= 0 {
		value = value[:end]
	}
	switch string(value) {
	case "true", "false", "null":
	default:
		if !jsontext.Value(value).IsValid() {
			return a.invalid()
		}
	}
	a.at += len(value)
	a.out = append(a.out, value...)
	return nil
}

// text appends a string, and returns it as it stands in the document.
func (a *Appender) text() (jsontext.Value, error) {
	rest := a.in[a.at:]
	end := 1
	isPlain, isCanonical := true, true
	for ; end < len(rest) && rest[end] != '"'; end++ {
		c := rest[end]
		switch {
		case c == '\\':
			// \u and \/ may stand for a character that encoding/json writes in another way.
			end++
			isCanonical = isCanonical && end < len(rest) &&
				strings.IndexByte(`"\bfnrt`, rest[end]) >= 0
		case c < ' ':
			return nil, a.invalid()
		case c >= utf8.RuneSelf, c == '<', c == '>', c == '&':
			isPlain = false
		}
	}
	if end >= len(rest) {
		return nil, a.invalid()
	}
	value := jsontext.Value(rest[:end+1])
	switch {
	case !isCanonical:
		text, err := jsontext.AppendUnquote(nil, value)
		if err != nil {
			return nil, err
		}
		quoted, err := jsontext.AppendQuote(nil, text)
		if err != nil {
			return nil, err
		}
		a.out = appendForHTML(a.out, quoted)
	case isPlain:
		a.out = append(a.out, value...)
	case !utf8.Valid(value):
		return nil, a.invalid()
	default:
		a.out = appendForHTML(a.out, value)
	}
	a.at += len(value)
	return value, nil
}

// appendForHTML appends a quoted string. HTML's characters and the line separators of JavaScript
// become escapes.
func appendForHTML(dst []byte, value jsontext.Value) []byte {
	const hex = "0123456789abcdef"
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
	return append(dst, value[start:]...)
}
