package resources

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Time is a time as the API writes it: RFC 3339, with or without a fraction of a second. It keeps
// its original text. The zero value is absent.
type Time struct {
	// raw is the JSON: a string with its quotes, null, or empty if absent.
	raw string
}

// NewTime returns t in UTC with whole seconds, the form of most times in the API.
func NewTime(t time.Time) Time {
	return Time{raw: `"` + t.UTC().Format(time.RFC3339) + `"`}
}

// NewMicroTime returns t in UTC with microseconds, the form of times in events and leases.
func NewMicroTime(t time.Time) Time {
	return Time{raw: `"` + t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") + `"`}
}

// IsSet reports whether t holds a time: it is neither absent nor null.
func (t Time) IsSet() bool { return t.raw != "" && t.raw != "null" }

// Time returns the time, or the zero time.Time if none is set. It fails if the text is no RFC 3339
// time.
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

// String returns the original text. It is empty if no time is set.
func (t Time) String() string {
	if !t.IsSet() {
		return ""
	}
	return unquote(t.raw)
}

// MarshalJSON returns the original JSON, or null if t is absent.
func (t Time) MarshalJSON() ([]byte, error) { return rawOr(t.raw, "null"), nil }

// UnmarshalJSON accepts a string or null. It does not check the text: [Time.Time] does.
func (t *Time) UnmarshalJSON(b []byte) error {
	k := jsontext.Value(b).Kind()
	if k != '"' && k != 'n' {
		return errors.New("a time must be a JSON string or null")
	}
	t.raw = string(b)
	return nil
}
