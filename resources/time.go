package resources

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Time is a time as the API writes it, RFC 3339 with or without a fraction of a second, kept as the text it came as.
// Its zero value is an absent time.
type Time struct {
	// raw is the JSON: a string with its quotes, null, or empty when absent.
	raw string
}

// NewTime gives t in UTC with whole seconds, the form of most of the API's times.
func NewTime(t time.Time) Time {
	return Time{raw: `"` + t.UTC().Format(time.RFC3339) + `"`}
}

// NewMicroTime gives t in UTC with six digits of a second, the form of an event's or a lease's times.
func NewMicroTime(t time.Time) Time {
	return Time{raw: `"` + t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") + `"`}
}

// IsSet reports whether there is a time: neither absent nor JSON's null.
func (t Time) IsSet() bool { return t.raw != "" && t.raw != "null" }

// Time gives the time, or the zero time.Time when none is set.
// The error says that the text is no RFC 3339 time.
func (t Time) Time() (time.Time, error) {
	if !t.IsSet() {
		return time.Time{}, nil
	}
	text := t.String()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not an RFC 3339 time", text)
	}
	return v, nil
}

// String gives the text as it came, empty when no time is set.
func (t Time) String() string {
	if !t.IsSet() {
		return ""
	}
	return unquote(t.raw)
}

// MarshalJSON gives the time as it came; null when it is absent.
func (t Time) MarshalJSON() ([]byte, error) { return rawOr(t.raw, "null"), nil }

// UnmarshalJSON takes a string or null, which [Time.Time] looks into later.
func (t *Time) UnmarshalJSON(b []byte) error {
	k := jsontext.Value(b).Kind()
	if k != '"' && k != 'n' {
		return errors.New("a time must be a JSON string or null")
	}
	t.raw = string(b)
	return nil
}
