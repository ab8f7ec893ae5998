package resources

import (
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// IntOrString is a number or a name, such as a port, or a number or a percentage, such as maxSurge.
// The zero value is absent. It is encoded as 0 where it cannot be left out.
type IntOrString struct {
	// raw is the JSON: a number, a string with its quotes, null, or empty if absent.
	raw string
}

// FromInt returns the number i.
func FromInt(i int32) IntOrString { return IntOrString{raw: strconv.Itoa(int(i))} }

// FromString returns the text s. Bytes that are not UTF-8 become U+FFFD.
func FromString(s string) IntOrString {
	raw, _ := jsontext.AppendQuote(nil, s) // fails for invalid UTF-8 only
	return IntOrString{raw: string(raw)}
}

// Int returns the number. ok is false if v is a text, such as "8080" in quotes, or does not fit.
func (v IntOrString) Int() (int32, bool) {
	i, err := strconv.ParseInt(v.raw, 10, 32)
	return int32(i), err == nil
}

// String returns the number, or the text without its quotes.
func (v IntOrString) String() string {
	switch jsontext.Value(v.raw).Kind() {
	case '"':
		return unquote(v.raw)
	case '0':
		return v.raw
	}
	return ""
}

// MarshalJSON returns the original JSON.
func (v IntOrString) MarshalJSON() ([]byte, error) { return rawOr(v.raw, "0"), nil }

// UnmarshalJSON accepts a number, a string or null.
func (v *IntOrString) UnmarshalJSON(b []byte) error {
	switch jsontext.Value(b).Kind() {
	case '"', '0', 'n':
		v.raw = string(b)
		return nil
	}
	return errors.New("an int-or-string must be a JSON number or string")
}
