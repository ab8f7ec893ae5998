package transport_test

import (
	"net/http"
	"strconv"
	"sync"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestWarningHeadersAreParsedAsInRFC7234(t *testing.T) {
	for name, tc := range map[string]struct {
		lines []string
		want  []string
	}{
		"none":                   {nil, nil},
		"one":                    {[]string{`299 - "v1 Foo is deprecated"`}, []string{"v1 Foo is deprecated"}},
		"an agent":               {[]string{`299 api.example:443 "text"`}, []string{"text"}},
		"a date":                 {[]string{`299 - "text" "Sat, 01 Jan 2000 00:00:00 GMT"`}, []string{"text"}},
		"several in a line":      {[]string{`299 - "a, b" , 299 - "c" "date",299 x "d"`}, []string{"a, b", "c", "d"}},
		"several lines":          {[]string{`299 - "a"`, `299 - "b"`}, []string{"a", "b"}},
		"the same text once":     {[]string{`299 - "a", 299 - "a"`, `299 x "a"`}, []string{"a"}},
		"escapes":                {[]string{`299 - "say \"hi\" \\ \x"`}, []string{`say "hi" \ x`}},
		"another code":           {[]string{`199 - "no", 299 - "yes", 110 - "no"`}, []string{"yes"}},
		"an empty text":          {[]string{`299 - "", 299 - " "`}, nil},
		"control characters":     {[]string{"299 - \"a\tb\x1b[31m\u202e\""}, []string{"a b[31m"}},
		"no agent":               {[]string{`299 "a"`}, nil},
		"no end":                 {[]string{`299 - "a", 299 - "b`}, []string{"a"}},
		"no quotes":              {[]string{`299 - a`}, nil},
		"garbage after the text": {[]string{`299 - "a" b, 299 - "c"`}, []string{"a"}},
		"a code of four digits":  {[]string{`2990 - "a"`}, nil},
		"empty":                  {[]string{"", " ", ","}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, warningsOf(t, tc.lines))
		})
	}
}

func warningsOf(t testing.TB, lines []string) []string {
	var got []string
	c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Warning": lines}, Body: http.NoBody, Request: req}, nil
	}), transport.WithWarningHandler(func(w transport.Warning) { got = append(got, w.Text) }))
	for range 2 {
		_, err := c.Fetch(t.Context(), get())
		require.NoError(t, err)
	}
	return got
}

func TestWarningsOfAFailureAreReportedAndAHandlerIsOptional(t *testing.T) {
	cfg := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Warning", `299 - "careful"`)
		w.WriteHeader(http.StatusForbidden)
	})
	var got []transport.Warning
	c := newClient(t, cfg, transport.WithWarningHandler(func(w transport.Warning) { got = append(got, w) }))
	_, err := c.Fetch(t.Context(), get())
	require.ErrorIs(t, err, transport.ErrForbidden)
	c.Warn(transport.Warning{Text: "of our own"})
	c.Warn(transport.Warning{Text: "careful"})
	require.Equal(t, []transport.Warning{{Text: "careful"}, {Text: "of our own"}}, got)
	_, err = newClient(t, cfg).Fetch(t.Context(), get())
	require.ErrorIs(t, err, transport.ErrForbidden)
}

func TestTheHandlerReceivesEachTextOnceAndNeverConcurrently(t *testing.T) {
	told := map[string]int{} // without a lock, so that the race detector finds concurrent calls
	c := offline(t, roundTripper(func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Warning": {req.URL.Query().Get("w")}}, Body: http.NoBody,
			Request: req}, nil
	}), transport.WithWarningHandler(func(w transport.Warning) { told[w.Text]++ }))
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			req := get()
			req.Query = map[string][]string{"w": {`299 - "` + strconv.Itoa(i%10) + `"`}}
			_, _ = c.Fetch(t.Context(), req)
		})
	}
	all.Wait()
	require.Len(t, told, 10)
	for text, times := range told {
		require.Equal(t, 1, times, text)
	}
}

func FuzzWarningsAreTextOfOneLine(f *testing.F) {
	f.Add(`299 - "a" "date", 199 x "b\"c"`)
	f.Add("299 - \"\xff\x1b\"")
	f.Fuzz(func(t *testing.T, line string) {
		for _, text := range warningsOf(t, []string{line}) {
			require.NotEmpty(t, text)
			require.True(t, utf8.ValidString(text))
			require.NotRegexp(t, `[[:cntrl:]]`, text)
		}
	})
}
