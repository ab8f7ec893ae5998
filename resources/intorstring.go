package resources

import (
	"errors"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// IntOrString is a number or a name, such as a port, or a number or a percentage, such as maxSurge.
// Its zero value is an absent one, and is written as 0 where it cannot be left out.
type IntOrString struct {
	// raw is the JSON: a number, a string with its quotes, null, or empty when absent.
	raw string
}

// FromInt gives the number i.
func FromInt(i int32) IntOrString { return IntOrString{raw: strconv.Itoa(int(i))} }

// FromString gives the text s; bytes that are not UTF-8 become U+FFFD.
func FromString(s string) IntOrString {
	raw, _ := jsontext.AppendQuote(nil, s) // the error only tells of such bytes
	return IntOrString{raw: string(raw)}
}

// Int gives the number, and whether it is one that fits: "8080" in quotes is text.
func (v IntOrString) Int() (int32, bool) {
	i, err := strconv.ParseInt(v.raw, 10, 32)
	return int32(i), err == nil
}

// String gives the number or the text without its quotes.
func (v IntOrString) String() string {
	switch jsontext.Value(v.raw).Kind() {
	case '"':
		return unquote(v.raw)
	case '0':
		return v.raw
	}
	return ""
}

// MarshalJSON gives the value as it came.
func (v IntOrString) MarshalJSON() ([]byte, error) { return rawOr(v.raw, "0"), nil }

// UnmarshalJSON takes a number, a string or null.
func (v *IntOrString) UnmarshalJSON(b []byte) error {
	switch jsontext.Value(b).Kind() {
	case '"', '0', 'n':
		v.raw = string(b)
		return nil
	}
	return errors.New("an int-or-string must be a JSON number or string")
}
