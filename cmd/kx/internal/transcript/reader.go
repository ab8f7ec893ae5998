// Package transcript reads transcripts of terminal sessions in the formats asciicast v2 and v3
// (https://docs.asciinema.org/manual/asciicast/v3/), with the two codes that subresource.Recorder
// adds. It makes them safe to show on a terminal and in a browser.
package transcript

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// maxSeconds is the largest time of an event. A larger one counts as this, about 30 years.
const maxSeconds = 1e9

// Header is the first line of a transcript.
type Header struct {
	Version int `json:"version"`
	// Term is the size of the terminal, in characters.
	Term struct {
		Columns int `json:"cols"`
		Rows    int `json:"rows"`
	} `json:"term"`
	Timestamp int64  `json:"timestamp"` // seconds since 1970, or 0
	Title     string `json:"title"`
	Command   string `json:"command"`
	// Width and Height are those of version 2. NewReader copies them to Term.
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Event is a line after the first one.
type Event struct {
	Time time.Duration // since the start
	// Code is "o" for output, "i" for input, "r" for a new size, "x" for the exit code.
	Code string
	// Data are the bytes that the program wrote, if the transcript has them, and otherwise text.
	Data string
}

// Reader reads a transcript.
type Reader struct {
	Header  Header
	text    []byte
	rest    []byte
	line    int
	seconds float64
}

// NewReader reads the header. Without a size of the terminal it is 80 by 24.
func NewReader(text []byte) (*Reader, error) {
	r := &Reader{text: text, rest: text}
	h := &r.Header
	if err := json.Unmarshal(r.nextLine(), h); err != nil {
		return nil, r.invalid(err)
	}
	if h.Version == 2 {
		h.Term.Columns, h.Term.Rows = h.Width, h.Height
	} else if h.Version != 3 {
		return nil, fmt.Errorf("its version is %d: kx reads asciicast v2 and v3", h.Version)
	}
	if h.Term.Columns <= 0 || h.Term.Rows <= 0 {
		h.Term.Columns, h.Term.Rows = 80, 24
	}
	return r, nil
}

// nextLine returns the next line that is neither empty nor a comment, or nil.
func (r *Reader) nextLine() []byte {
	for len(r.rest) > 0 {
		var line []byte
		line, r.rest, _ = bytes.Cut(r.rest, []byte("\n"))
		r.line++
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			return line
		}
	}
	return nil
}

// invalid reports a line that is not as the format says.
func (r *Reader) invalid(err error) error {
	return fmt.Errorf("line %d is no asciicast: %w", max(r.line, 1), err)
}

var errNoEvent = errors.New("an event is [TIME, CODE, DATA]")

// Next returns the next event. The error is io.EOF at the end, also within the last line: that of a
// killed kx is cut off.
func (r *Reader) Next() (Event, error) {
	var exact []byte
	for {
		line := r.nextLine()
		if line == nil {
			return Event{}, io.EOF
		}
		var values []jsontext.Value
		err := json.Unmarshal(line, &values)
		if err == nil && (len(values) != 3 || values[0].Kind() != '0' ||
			values[1].Kind() != '"' || values[2].Kind() != '"') {
			err = errNoEvent
		}
		if err != nil && len(r.rest) == 0 {
			return Event{}, io.EOF
		}
		if err != nil {
			return Event{}, r.invalid(err)
		}
		seconds, _ := strconv.ParseFloat(string(values[0]), 64) // ±Inf for one that is too large
		if r.Header.Version == 3 {
			seconds += r.seconds
		}
		r.seconds = min(max(seconds, r.seconds), maxSeconds)
		data, _ := jsontext.AppendUnquote(nil, values[2])
		code := string(values[1])
		switch code {
		case `"e"`:
		case `"b"`:
			exact, _ = base64.StdEncoding.DecodeString(string(data)) // nil for one that is invalid
		default:
			if len(exact) > 0 {
				data = exact
			}
			micros := int64(r.seconds*1e6 + 0.5)
			return Event{time.Duration(micros) * time.Microsecond, code[1 : len(code)-1],
				string(data)}, nil
		}
	}
}
