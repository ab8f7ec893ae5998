package transcript

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const headerLine = `{"version":3,"term":{"cols":100,"rows":30},"timestamp":1764460000,"title":"exec in container main of pod shell","command":"sh"}` + "\n"

func read(t *testing.T, text string) (events []Event, last error) {
	r, err := NewReader([]byte(text))
	require.NoError(t, err)
	for {
		e, err := r.Next()
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

func TestTheEventsOfATranscriptAreRead(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		want []Event
	}{
		"intervals of version 3": {headerLine + "[0.5,\"o\",\"a\"]\n# comment\n\n[0.25,\"x\",\"7\"]\n", []Event{{500 * time.Millisecond, "o", "a"}, {750 * time.Millisecond, "x", "7"}}},
		"times of version 2":     {`{"version":2,"width":10,"height":5}` + "\n[1,\"o\",\"a\"]\n[1.000001,\"i\",\"b\"]", []Event{{time.Second, "o", "a"}, {1000001 * time.Microsecond, "i", "b"}}},
		"bytes, and a mark of stderr": {headerLine + `[0,"b","Yf8="]` + "\n" + `[0,"e",""]` + "\n" + `[0,"o","a\ufffd"]` + "\n" + `[0,"o","b"]` + "\n",
			[]Event{{0, "o", "a\xff"}, {0, "o", "b"}}},
		"bytes that are no base64":     {headerLine + `[0,"b","!"]` + "\n" + `[0,"o","a"]` + "\n", []Event{{0, "o", "a"}}},
		"a last line that is cut off":  {headerLine + "[0,\"o\",\"a\"]\n[0,\"o\",\"b", []Event{{0, "o", "a"}}},
		"time that goes backwards":     {headerLine + "[-5,\"o\",\"a\"]\n", []Event{{0, "o", "a"}}},
		"a time beyond each session's": {headerLine + "[1e300,\"o\",\"a\"]\n[1e999,\"o\",\"b\"]\n", []Event{{1e9 * time.Second, "o", "a"}, {1e9 * time.Second, "o", "b"}}},
		"nothing happened":             {headerLine, nil},
	} {
		t.Run(name, func(t *testing.T) {
			events, err := read(t, tc.text)
			require.Equal(t, io.EOF, err)
			require.Equal(t, tc.want, events)
		})
	}
}

func TestAFileThatIsNoTranscriptIsRefusedByTheLine(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "line 1 is no asciicast: ",
		"hello\n":                   "line 1 is no asciicast: ",
		`{"version":1}`:             "its version is 1: kx reads asciicast v2 and v3",
		`{"version":3,"version":3}`: "line 1 is no asciicast: ",
	} {
		_, err := NewReader([]byte(text))
		require.ErrorContains(t, err, want)
	}
	for _, line := range []string{"{}", "[1]", `[0,"o","a","b"]`, `["0","o","a"]`, `[0,1,"a"]`, `[0,"o",1]`, "x", "[0,\"o\",\"\xff\"]"} {
		_, err := read(t, headerLine+line+"\n[0,\"o\",\"a\"]\n")
		require.ErrorContains(t, err, "line 2 is no asciicast: ", line)
	}
}

func TestTheSizeOfATerminalIsThatOfTheHeaderOrTheUsualOne(t *testing.T) {
	for text, want := range map[string][2]int{
		headerLine:                            {100, 30},
		`{"version":2,"width":10,"height":5}`: {10, 5},
		`{"version":3}`:                       {80, 24},
		`{"version":2,"width":-1,"height":5}`: {80, 24},
	} {
		r, err := NewReader([]byte(text))
		require.NoError(t, err)
		require.Equal(t, want, [2]int{r.Header.Term.Columns, r.Header.Term.Rows})
	}
}
