package transcript

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// browserLimit is how long Chromium may take, on a busy machine too.
const browserLimit = 2 * time.Minute

// page returns the page of a transcript.
func page(t *testing.T, text string) string {
	r, err := NewReader([]byte(text))
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, WritePage(&b, r, "s.cast"))
	return b.String()
}

// browse opens a page in headless Chromium, at #t=seconds, and returns the document after a minute
// of the page's own clock. A script of the test runs after that of the page: a hash in the page's
// policy allows it.
func browse(t *testing.T, page, seconds, script string) string {
	chromium, err := exec.LookPath("chromium")
	if err != nil && os.Getenv("CI") == "" {
		t.Skip("there is no chromium here: install it to test the page that kx record html makes")
	}
	require.NoError(t, err)
	if script != "" {
		sum := sha256.Sum256([]byte(script))
		page = strings.Replace(page, "script-src ", "script-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"' ", 1) + "<script>" + script + "</script>"
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "page.html")
	require.NoError(t, os.WriteFile(file, []byte(page), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), browserLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--no-sandbox", "--disable-gpu",
		"--user-data-dir="+folder, "--virtual-time-budget=60000", "--dump-dom",
		"file://"+file+"#t="+seconds)
	var messages bytes.Buffer
	cmd.Stderr = &messages
	document, err := cmd.Output()
	require.NoError(t, err, "%s", &messages)
	return string(document)
}

// line returns an event of a transcript.
func line(seconds float64, code, data string) string {
	array, _ := json.Marshal([]any{seconds, code, data})
	return string(array) + "\n"
}

// screenCases are what a program prints on a terminal of 10 by 4, and what is shown then.
var screenCases = []struct{ name, output, want string }{
	{"text", "one\r\ntwo", "one\ntwo"},
	{"newlines without a terminal", "one\ntwo\n\nthree", "one\ntwo\n\nthree"},
	{"a long line wraps, with the next character", "0123456789\r\nx", "0123456789\nx"},
	{"it wraps", "0123456789ab", "0123456789\nab"},
	{"without wrapping", "\x1b[?7l0123456789ab\x1b[?7h", "012345678b"},
	{"scrolling", "1\r\n2\r\n3\r\n4\r\n5", "2\n3\n4\n5"},
	{"backspace and tab", "ab\bc\td", "ac      d"},
	{"the cursor moves", "\x1b[2;3Ha\x1b[Ab\x1b[3Dc\x1b[2Bd\x1b[4Ge\x1b[4df\x1b[Eg\x1b[2Fh", " c b\nh a\n  de\ng   f"},
	{"lines and parts of lines are erased", "abcdef\x1b[3G\x1b[K\r\nabcdef\x1b[3G\x1b[1K\r\nabcdef\x1b[2K\r\nabc", "ab\n   def\n\nabc"},
	{"the screen below and above the cursor is erased", "aaa\r\nbbb\r\nccc\x1b[2;2H\x1b[J", "aaa\nb"},
	{"above", "aaa\r\nbbb\r\nccc\x1b[2;2H\x1b[1J", "\n  b\nccc"},
	{"all of it", "aaa\r\nbbb\x1b[2J", ""},
	{"characters are inserted, deleted and erased", "abcdef\x1b[3G\x1b[2@\x1b[GX\x1b[P\x1b[2X", "X  cdef"},
	{"insert mode", "abc\x1b[G\x1b[4hxy\x1b[4l", "xyabc"},
	{"lines are inserted and deleted", "1\r\n2\r\n3\r\n4\x1b[2H\x1b[L\x1b[4H\x1b[M", "1\n\n2"},
	{"a region scrolls", "1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[3;1H\r\nx", "1\n3\nx\n4"},
	{"a region scrolls back", "1\r\n2\r\n3\r\n4\x1b[2;3r\x1b[2;1H\x1bMx", "1\nx\n2\n4"},
	{"scrolling by a sequence", "1\r\n2\r\n3\r\n4\x1b[2S\x1b[T", "\n3\n4"},
	{"the alternate screen", "main\x1b[?1049h\x1b[Hother\x1b[?1049l!", "main!"},
	{"on the alternate screen", "main\x1b[?1049h\x1b[Hother", "other"},
	{"the saved cursor", "ab\x1b7\x1b[4;4Hx\x1b8c", "abc\n\n\n   x"},
	{"a repeated character", "a\x1b[3b", "aaaa"},
	{"line drawing", "\x1b(0lqk\x1b(B\x0e\x1b)0x\x0fx", "┌─┐│x"},
	{"wide characters", "漢字a\x1b[Gx", "x 字a"},
	{"characters that combine", "e\u0301x", "e\u0301x"},
	{"titles, queries and unknown sequences", "a\x1b]0;t\x07\x1b[6n\x1bP1$r\x1b\\\x1b[?2004h\x1b[99zb", "ab"},
	{"a sequence in several events", "a\x1b[|3|1mb", "ab"},
	{"characters that reorder text", "a\u202eb\u009b", "a\ufffdb\ufffd"},
	{"a reset", "abc\x1bcd", "d"},
	{"numbers without bounds", "\x1b[99999999999;99999999999Hx\x1b[99999999999L\x1b[999999999@\x1b[99999999S", ""},
}

func TestThePageShowsTheScreensOfATerminal(t *testing.T) {
	text := `{"version":3,"term":{"cols":10,"rows":4}}` + "\n"
	for _, tc := range screenCases {
		text += line(1, "o", "")
		for part := range strings.SplitSeq(tc.output, "|") {
			text += line(0, "o", part)
		}
	}
	// Each has a terminal of its own.
	document := browse(t, page(t, text), "0", `
const shown=[];for(let t=1;t<=`+fmt.Sprint(len(screenCases))+`;t++){
  const events=E.filter(e=>e[0]==t*1e3);reset();events.forEach(e=>write(e[2]));draw();
  shown.push([...s.querySelectorAll("div")].map(d=>d.textContent.trimEnd()).join("\n").trimEnd())}
const pre=document.createElement("pre");pre.id="result";pre.textContent=JSON.stringify(shown);document.body.append(pre)`)
	found := regexp.MustCompile(`<pre id="result">(.*)</pre>`).FindStringSubmatch(document)
	require.NotNil(t, found, document)
	var shown []string
	require.NoError(t, json.Unmarshal([]byte(html.UnescapeString(found[1])), &shown))
	require.Len(t, shown, len(screenCases))
	for i, tc := range screenCases {
		require.Equal(t, tc.want, shown[i], tc.name)
	}
}

// hostile is what a container may print to get out of the page.
const hostile = "</script><script>document.title='taken'</script></pre><img src=x onerror=\"document.title='taken'\">\u2028<!-- @@ &lt; \u202e"

func TestAHostileTranscriptAddsNothingToThePage(t *testing.T) {
	title, _ := json.Marshal("exec in " + hostile)
	text := `{"version":3,"title":` + string(title) + `,"command":` + string(title) + "}\n" +
		line(1, "o", hostile+"\r\n") + `[0,"b","PC9zY3JpcHQ+/w=="]` + "\n" + line(0, "o", "</script>\ufffd\r\n") + line(0, "x", hostile)
	plain := page(t, text)
	require.Equal(t, 2, strings.Count(plain, "</script>"))
	require.Equal(t, 1, strings.Count(plain, "</pre>"))
	require.NotContains(t, plain, "<img")
	require.NotContains(t, plain, "\u2028")
	shown, _, _ := strings.Cut(plain, "<script")
	require.NotContains(t, shown, "\u202e")
	document := browse(t, plain, "9", "")
	require.Contains(t, document, "<title>Transcript</title>")
	require.Equal(t, 2, strings.Count(document, "<script"))
	require.NotContains(t, document, "<img")
	require.Contains(t, document, "&lt;/script&gt;\ufffd", "what was printed is shown")
}

func TestThePageRunsNoScriptButItsOwn(t *testing.T) {
	text := `{"version":3}` + "\n" + line(1, "o", "x\r\n")
	script := "<script>document.title='taken'</script>"
	require.Contains(t, browse(t, page(t, text)+script, "0", ""), "<title>Transcript</title>")
	require.Contains(t, browse(t, page(t, text), "0", "document.title='taken'"), "<title>taken</title>", "the test sees a script that runs")
}

func TestThePagePlaysToItsEnd(t *testing.T) {
	text := `{"version":3,"term":{"cols":20,"rows":4}}` + "\n" + line(1, "o", "first\r\n") + line(30, "r", "30x2") + line(600, "o", "second\r\n") + line(1, "x", "3")
	start := browse(t, page(t, text), "0", "")
	require.Contains(t, start, ">0:00 / 10:32<")
	require.NotContains(t, start, "<div>first</div>")
	end := browse(t, page(t, text), "0", `$("p").click()`)
	require.Contains(t, end, ">10:32 / 10:32<", "pauses are skipped")
	require.Contains(t, end, `<button id="p">Play</button>`)
	require.Contains(t, end, "<div>second</div>")
	require.Contains(t, browse(t, page(t, text), "9999", "seek(1500)"), "<div>first</div>", "it goes back")
}

func TestThePageFitsANarrowWindow(t *testing.T) {
	long := strings.Repeat("x", 300)
	text := `{"version":3,"term":{"cols":200,"rows":4},"title":"` + long + `","command":"` + long + `"}` + "\n" + line(1, "o", long+"\r\n")
	// The screen scrolls by itself. Chromium's own window has at least 500 pixels.
	document := browse(t, page(t, text), "9", `
document.documentElement.style.width="400px"
const wide=[...document.body.querySelectorAll("*")].filter(e=>!s.contains(e)&&e.clientWidth&&e.scrollWidth>e.clientWidth||e.getBoundingClientRect().right>400&&e.parentElement!==s)
document.title=`+"`${s.clientWidth>300} ${s.scrollWidth>s.clientWidth} ${wide.map(e=>e.outerHTML)}`")
	require.Contains(t, document, "<title>true true </title>")
}
