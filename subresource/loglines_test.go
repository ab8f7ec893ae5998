package subresource_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/subresource"
)

func TestLinesYieldsWhatTheOptionsSelect(t *testing.T) {
	for sentence, test := range map[string]struct {
		options subresource.LogOptions
		want    []string
	}{
		"all":                           {subresource.LogOptions{}, []string{"one\n", "two\n", "\n", "three"}},
		"from an exact time":            {subresource.LogOptions{SinceTime: logTime(1)}, []string{"two\n", "\n", "three"}},
		"a tail":                        {subresource.LogOptions{Tail: new(int64(2))}, []string{"\n", "three"}},
		"no tail":                       {subresource.LogOptions{Tail: new(int64(0))}, nil},
		"a limit within a line":         {subresource.LogOptions{LimitBytes: 6}, []string{"one\n", "tw"}},
		"a limit before a newline":      {subresource.LogOptions{LimitBytes: 7}, []string{"one\n", "two"}},
		"a limit after a newline":       {subresource.LogOptions{LimitBytes: 8}, []string{"one\n", "two\n"}},
		"a limit larger than the log":   {subresource.LogOptions{LimitBytes: 99}, []string{"one\n", "two\n", "\n", "three"}},
		"timestamps, which are removed": {subresource.LogOptions{Timestamps: true}, []string{"one\n", "two\n", "\n", "three"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			for _, follow := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					n := newFakeNode()
					n.write(0, "one\n")
					n.write(1, "two\n")
					n.write(2, "\n")
					n.write(3, "three")
					n.exit(0)
					test.options.Follow = follow
					lines, errs := texts(t, n.logs(t), test.options)
					require.Empty(t, errs)
					require.Equal(t, test.want, lines)
					if follow {
						return
					}
					var copied strings.Builder
					require.NoError(t, n.logs(t).Copy(t.Context(), &copied, "web-0", test.options))
					require.Equal(t, strings.Join(test.want, ""), copied.String())
				})
			}
		})
	}
}

func TestALongLineThatIsCutLosesAndRepeatsNothing(t *testing.T) {
	long := strings.Repeat("0123456789", 60000)
	for cut := 0; cut < 700000; cut += 50021 {
		synctest.Test(t, func(t *testing.T) {
			n := newFakeNode()
			n.write(0, "before\n")
			for from := 0; from < len(long); from += 16 << 10 { // as the runtime does
				n.write(1+float64(from)/1e6, long[from:min(from+16<<10, len(long))])
			}
			n.write(2, "\n")
			n.write(3, "after\n")
			n.exit(0)
			n.cut = func(answer int) int {
				if answer < 2 {
					return cut
				}
				return -1
			}
			lines, errs := texts(t, n.logs(t), subresource.LogOptions{Follow: true})
			require.Empty(t, errs)
			require.Len(t, lines, 5)
			require.Equal(t, "before\n"+long+"\nafter\n", strings.Join(lines, ""), "cut at %d", cut)
			for _, line := range lines {
				require.LessOrEqual(t, len(line), subresource.MaxLogLine+1)
			}
		})
	}
}

func TestATextThatIsNoLogIsAnError(t *testing.T) {
	for text, want := range map[string]string{
		"unable to retrieve container logs for containerd://1": `log of container app of pod web-0: ` +
			`the answer is no log with timestamps: "unable to retrieve container logs for containerd://1"`,
		"no time\n":              `log of container app of pod web-0: the answer is no log with timestamps: "no time\n"`,
		strings.Repeat("x", 300): `log of container app of pod web-0: the answer is no log with timestamps: "` + strings.Repeat("x", 200) + `"`,
	} {
		for _, follow := range []bool{false, true} {
			n := newFakeNode()
			n.write(0, "one\n")
			n.answerLogs(text)
			lines, errs := texts(t, n.logs(t), subresource.LogOptions{Container: "app", Follow: follow})
			require.Empty(t, lines)
			require.Len(t, errs, 1)
			var format *subresource.LogFormatError
			require.ErrorAs(t, errs[0], &format)
			require.EqualError(t, format, want)
		}
	}
}

func TestAnEndlessLineComesInParts(t *testing.T) {
	n := newFakeNode()
	n.write(0, "one\n")
	n.answer = func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/log") {
			return nil
		}
		resp := textAnswer(200, "text/plain", "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader("2026-01-02T03:04:05Z "), zeros{}))
		return resp
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	parts := 0
	for line, err := range n.logs(t).Lines(ctx, "web-0", subresource.LogOptions{Follow: true}) {
		require.NoError(t, err)
		require.True(t, line.Partial)
		require.LessOrEqual(t, len(line.Text), subresource.MaxLogLine)
		parts++
		if parts == 20 {
			break
		}
	}
	require.Equal(t, 20, parts)
}
