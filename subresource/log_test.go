package subresource_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// logWait is how long a test waits for a log. It is generous for a busy machine.
const logWait = time.Minute

// podThat returns a server with the pod "web-0", whose container "app" runs a script.
func podThat(t *testing.T, restartPolicy, script string) *kxtest.Server {
	t.Helper()
	server := kxtest.Start(t)
	_, err := server.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"},"spec":{"restartPolicy":%q,
		"containers":[{"name":"app","image":%q,"stdin":true,"command":["sh","-c",%q]}]}}`, restartPolicy, kxtest.BusyboxImage, script))
	require.NoError(t, err)
	return server
}

func TestAFollowOnAServerThatCutsAnswersLosesAndRepeatsNothing(t *testing.T) {
	server := podThat(t, "Never", `i=0; while [ $i -lt 50 ]; do echo line $i; i=$((i + 1)); done; printf end`)
	logs := subresource.Log(podsOf(t, server))
	ctx, cancel := context.WithTimeout(t.Context(), logWait)
	defer cancel()
	var want []string
	for i := range 50 {
		want = append(want, fmt.Sprintf("line %d", i))
	}
	want = append(want, "end")
	for cut := 0; cut < 2000; cut += 97 { // bytes: the log with timestamps is about as long
		fault := server.Fault(kxtest.Fault{Path: pods + "/log", Times: 3, Then: kxtest.CutAnswer(cut)})
		var lines []string
		for line, err := range logs.Lines(ctx, "web-0", subresource.LogOptions{Follow: true}) {
			require.NoError(t, err)
			lines = append(lines, line.Text)
		}
		require.Equal(t, want, lines, "cut at %d", cut)
		require.Equal(t, 3, fault.Hits())
	}
}

func TestGetReturnsTheWholeLogAndNoMoreThanItsBound(t *testing.T) {
	server := podThat(t, "Never", `echo one; echo two`)
	logs := subresource.Log(podsOf(t, server))
	for line, err := range logs.Lines(t.Context(), "web-0", subresource.LogOptions{Follow: true}) {
		require.NoError(t, err)
		require.Contains(t, []string{"one", "two"}, line.Text)
	}
	text, err := logs.Get(t.Context(), "web-0", subresource.LogOptions{})
	require.NoError(t, err)
	require.Equal(t, "one\ntwo\n", string(text))

	n := newFakeNode()
	n.answer = func(r *http.Request) *http.Response {
		resp := textAnswer(200, "text/plain", "")
		resp.Body = io.NopCloser(io.LimitReader(zeros{}, subresource.MaxLogBytes+1))
		return resp
	}
	_, err = n.logs(t).Get(t.Context(), "web-0", subresource.LogOptions{})
	require.EqualError(t, err, "log of pod web-0: it has more bytes than subresource.MaxLogBytes, which is 67108864: set Tail or LimitBytes, or use Lines or Open")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestAPageInPlaceOfALogIsAnError(t *testing.T) {
	n := newFakeNode()
	n.answer = func(r *http.Request) *http.Response {
		if !strings.HasSuffix(r.URL.Path, "/log") {
			return nil
		}
		return textAnswer(200, "text/html; charset=utf-8", "<html>\n<body>Please log in\x1b[2J"+strings.Repeat(" ", 1000))
	}
	n.write(0, "one\n")
	want := `log of container app of pod web-0: the answer is a web page: a proxy may have sent it: "<html>\n<body>Please log in\x1b[2J` +
		strings.Repeat(" ", 200-len("<html>\n<body>Please log in")-len("\x1b[2J")) + `"`
	o := subresource.LogOptions{Container: "app"}
	var format *subresource.LogFormatError
	_, err := n.logs(t).Open(t.Context(), "web-0", o)
	require.ErrorAs(t, err, &format)
	require.EqualError(t, err, want)
	_, err = n.logs(t).Get(t.Context(), "web-0", o)
	require.EqualError(t, err, want)
	for _, follow := range []bool{false, true} {
		lines, errs := texts(t, n.logs(t), subresource.LogOptions{Container: "app", Follow: follow})
		require.Empty(t, lines)
		require.Len(t, errs, 1)
		require.EqualError(t, errs[0], want)
	}
}

func TestALogIsCheckedForItsContentTypeAndItsFraming(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Type: "
	for name, test := range map[string]struct {
		answer string
		format bool   // the error is a *LogFormatError
		text   string // of the log, if it is one
		empty  bool   // the log is whole, and empty
	}{
		"a whole log":              {head + "text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n0\r\n\r\n", false, "one\n", false},
		"with a charset":           {head + "text/plain; charset=utf-8\r\nContent-Length: 4\r\n\r\none\n", false, "one\n", false},
		"an empty object":          {head + "application/json\r\nContent-Length: 2\r\n\r\n{}", true, "", false},
		"a page":                   {head + "text/html\r\nContent-Length: 4\r\n\r\n<p/>", true, "", false},
		"no content type":          {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", true, "", false},
		"a pod on no node":         {"HTTP/1.1 204 No Content\r\n\r\n", false, "", true},
		"a silent container":       {head + "text/plain\r\nContent-Length: 0\r\n\r\n", false, "", true},
		"a log cut in mid-chunk":   {head + "text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n10\r\ntwo", false, "", false},
		"a log cut between chunks": {head + "text/plain\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n", false, "", false},
		"a log cut at its length":  {head + "text/plain\r\nContent-Length: 8\r\n\r\none\n", false, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if !strings.HasSuffix(r.URL.Path, "/log") {
					_, _ = io.WriteString(w, `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"}}`)
					return
				}
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_, _ = io.WriteString(conn, test.answer)
					conn.Close()
				}
			}))
			t.Cleanup(server.Close)
			logs := subresource.Log(resources.New[resources.Pod](connect(t, &kubeconfig.Config{Server: server.URL})))
			text, err := logs.Get(t.Context(), "web-0", subresource.LogOptions{Container: "app"})
			if test.text != "" || test.empty {
				require.NoError(t, err)
				require.Equal(t, test.text, string(text))
				return
			}
			var lost *transport.ConnectionError
			var format *subresource.LogFormatError
			require.Equal(t, test.format, errors.As(err, &format), "%v", err)
			require.Equal(t, !test.format, errors.As(err, &lost), "%v", err)
			var last error
			for _, err := range logs.Lines(t.Context(), "web-0", subresource.LogOptions{Container: "app"}) {
				last = err
			}
			require.Error(t, last, "it does not end as if it were whole")
		})
	}
}

func TestALogWithoutContentIsRightForAPodOnNoNodeAlone(t *testing.T) {
	const podURL = "/api/v1/namespaces/default/pods/web-0"
	for name, test := range map[string]struct {
		node  string // of the pod
		code  int    // of the answer to the GET of the pod, 200 if it is 0
		times int    // how many answers have no content
		want  string // the error, or "" for text
		text  string
	}{
		"a pod on no node":              {times: 9},
		"a pod that is scheduled":       {node: "n1", times: 1, text: "one\n"},
		"a pod on a node":               {node: "n1", times: 9, want: `log of pod web-0: the answer has no content, and the pod is on node n1: a proxy may have sent it: ""`},
		"a pod that may not be read":    {code: 403, times: 9},
		"a pod that is gone":            {code: 404, times: 9, want: `GET ` + podURL + `: gone (404)`},
		"a pod that cannot be read now": {code: 500, times: 9, want: `GET ` + podURL + `: gone (500)`},
	} {
		t.Run(name, func(t *testing.T) {
			n := newFakeNode()
			n.answer = func(r *http.Request) *http.Response {
				switch {
				case !strings.HasSuffix(r.URL.Path, "/log") && test.code != 0:
					return statusAnswer(test.code, "", "gone")
				case !strings.HasSuffix(r.URL.Path, "/log"):
					return textAnswer(200, "application/json", `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0"},"spec":{"nodeName":"`+test.node+`"}}`)
				case test.times > 0:
					test.times--
					return textAnswer(204, "", "")
				}
				return textAnswer(200, "text/plain", test.text)
			}
			text, err := n.logs(t).Get(t.Context(), "web-0", subresource.LogOptions{})
			require.Equal(t, test.text, string(text))
			if test.want != "" {
				require.EqualError(t, err, test.want)
				return
			}
			require.NoError(t, err)
		})
	}
}
