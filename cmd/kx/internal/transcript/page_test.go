package transcript

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheHeadOfThePageSaysWhatWhenAndHowItEnded(t *testing.T) {
	got := page(t, headerLine+line(1.5, "o", "x")+line(0.25, "x", "3"))
	for _, want := range []string{
		"<h1>exec in container main of pod shell</h1>",
		"<dt>Command<dd>sh\n", "<dt>Started<dd>2025-11-29T23:46:40Z\n", "<dt>Duration<dd>1.75s\n",
		"<dt>Exit status<dd>3\n", "<dt>Transcript<dd>s.cast\n", "<dt>SHA-256<dd>",
		`"e":[` + "\n" + `[0,"r","100x30"]` + ",\n" + `[1500,"o","x"]]`,
	} {
		require.Contains(t, got, want)
	}
	got = page(t, `{"version":3}`)
	require.Contains(t, got, "<h1>s.cast</h1>")
	require.NotContains(t, got, "<dt>Started")
	require.NotContains(t, got, "<dt>Exit status")
}

func TestThePageHasTheTextOfTheSessionWithoutAScript(t *testing.T) {
	for output, want := range map[string]string{
		"a\r\nb\r\n":                            "a\nb\n\n",
		"a\nb":                                  "a\nb\n",
		"\x1b[1;31mred\x1b[0m\x1b]0;t\x07 text": "red text\n",
		"caa\b \bt":                             "cat\n",
		"10%\r20%\r\n":                          "10%\n20%\n\n",
		"secret\x1b[2K\rshown":                  "secret\nshown\n",
		"a\x1b[5;5Hb\x1b[2Jc":                   "a\nbc\n",
		"a\tb\x1b[3Cc":                          "a b c\n",
		"<b>&\u202e\u009b":                      "&lt;b>&amp;\ufffd\ufffd\n",
		"\b\b":                                  "\n",
	} {
		got := page(t, headerLine+line(0, "o", output))
		_, got, _ = strings.Cut(got, "<pre>\n")
		got, _, _ = strings.Cut(got, "</pre>")
		require.Equal(t, want, got, "%q", output)
	}
}

func TestAPageThatWouldBeTooLargeIsNotMade(t *testing.T) {
	output := line(0, "o", strings.Repeat("x", 1<<20))
	r, err := NewReader([]byte(headerLine + strings.Repeat(output, 40)))
	require.NoError(t, err)
	require.ErrorIs(t, WritePage(new(bytes.Buffer), r, "s.cast"), errTooLarge)
}

// FuzzWritePage checks that no transcript adds an element to the page.
func FuzzWritePage(f *testing.F) {
	f.Add(headerLine+line(0, "o", hostile), "x")
	f.Add(`{"version":2,"title":"</script>"}`, "</title>")
	empty := `{"version":3}`
	f.Fuzz(func(t *testing.T, text, name string) {
		r, err := NewReader([]byte(text))
		if err != nil {
			return
		}
		var b bytes.Buffer
		if WritePage(&b, r, name) != nil {
			return
		}
		var bare bytes.Buffer
		r, err = NewReader([]byte(empty))
		require.NoError(t, err)
		require.NoError(t, WritePage(&bare, r, "s.cast"))
		for _, tag := range []string{"</", "<script", "<pre", "<!", "<h1", "<i"} {
			require.Equal(t, strings.Count(bare.String(), tag), strings.Count(b.String(), tag), tag)
		}
	})
}
