package subresource_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// loggedText is what the runtime wrote to a log at once: a line, or a part of one without newline.
type loggedText struct {
	at   time.Time
	text string
}

// fakeRun is a run of the container of a fakeNode.
type fakeRun struct {
	texts []loggedText
	ended bool
	code  int
}

// fakeNode serves the pod "web-0" with the container "app", and its log as the kubelet does. It
// can cut answers and run on synctest's clock.
type fakeNode struct {
	mu       sync.Mutex
	changed  chan struct{} // closed and replaced at each change
	runs     []*fakeRun
	policy   string // restartPolicy of the pod
	deleted  bool
	unknown  int // the number of runs that the status does not have yet
	uid      string
	answers  []string // the queries of the log requests
	answer   func(*http.Request) *http.Response
	cut      func(answer int) int // bytes of the nth answer that arrive, negative for all
	cutClean bool                 // a cut looks like the end of the log
}

func newFakeNode() *fakeNode {
	return &fakeNode{changed: make(chan struct{}), uid: "1", policy: "Never", cut: func(int) int { return -1 }}
}

// do changes the node.
func (n *fakeNode) do(change func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	change()
	close(n.changed)
	n.changed = make(chan struct{})
}

// write starts a run if none runs, and appends to its log. Times count from the first run, in
// milliseconds.
func (n *fakeNode) write(at float64, text string) {
	n.do(func() {
		if len(n.runs) == 0 || n.runs[len(n.runs)-1].ended {
			n.runs = append(n.runs, &fakeRun{})
		}
		run := n.runs[len(n.runs)-1]
		run.texts = append(run.texts, loggedText{logTime(at), text})
	})
}

// logTime returns a time of a log line. It is half a second before a full second.
func logTime(milliseconds float64) time.Time {
	return time.Date(2026, 1, 2, 3, 4, 5, 5e8, time.UTC).Add(time.Duration(milliseconds * float64(time.Millisecond)))
}

func (n *fakeNode) exit(code int) {
	n.do(func() {
		run := n.runs[len(n.runs)-1]
		run.ended, run.code = true, code
	})
}

// answerLogs makes the node send text in place of each log.
func (n *fakeNode) answerLogs(text string) {
	n.do(func() {
		n.answer = func(r *http.Request) *http.Response {
			if !strings.HasSuffix(r.URL.Path, "/log") {
				return nil
			}
			return textAnswer(200, "text/plain", text)
		}
	})
}

func (n *fakeNode) RoundTrip(r *http.Request) (*http.Response, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	if n.answer != nil {
		resp := n.answer(r)
		if resp != nil {
			return resp, nil
		}
	}
	switch {
	case r.URL.Query().Get("watch") != "":
		return statusAnswer(403, "Forbidden", "pods is forbidden: may not watch"), nil
	case !strings.HasSuffix(r.URL.Path, "/log"):
		if n.deleted {
			return statusAnswer(404, "NotFound", "pods \"web-0\" not found"), nil
		}
		return textAnswer(200, "application/json", n.pod()), nil
	}
	return n.log(r)
}

func (n *fakeNode) pod() string {
	status := `{"name":"app","state":{"waiting":{"reason":"ContainerCreating"}}}`
	state := func(i int) string {
		if !n.runs[i].ended || n.unknown > 0 {
			return `{"running":{"startedAt":"2026-01-02T03:04:05Z"}}`
		}
		return fmt.Sprintf(`{"terminated":{"exitCode":%d,"containerID":"containerd://%d"}}`,
			n.runs[i].code, i)
	}
	last := len(n.runs) - 1 - n.unknown
	if last >= 0 {
		status = fmt.Sprintf(`{"name":"app","containerID":"containerd://%d","restartCount":%d,"state":%s`,
			last, last, state(last))
		if last > 0 {
			status += `,"lastState":` + state(last-1)
		}
		status += "}"
	}
	return `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","resourceVersion":"1","uid":"` + n.uid + `"},"spec":{"restartPolicy":"` + n.policy +
		`","containers":[{"name":"app"}]},"status":{"phase":"Running","containerStatuses":[` + status + `]}}`
}

func (n *fakeNode) log(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	n.answers = append(n.answers, r.URL.RawQuery)
	index := len(n.runs) - 1
	if query.Get("previous") == "true" {
		index--
	}
	if index < 0 {
		return statusAnswer(400, "BadRequest", `previous terminated container "app" in pod "web-0" not found`), nil
	}
	body := &fakeLog{ctx: r.Context(), node: n, run: n.runs[index], left: n.cut(len(n.answers) - 1), tail: -1,
		follow: query.Get("follow") == "true", stamps: query.Get("timestamps") == "true", newLine: true, clean: n.cutClean}
	var err error
	if query.Has("sinceTime") {
		body.since, err = time.Parse(time.RFC3339, query.Get("sinceTime"))
	}
	if err == nil && query.Has("tailLines") {
		body.tail, err = strconv.Atoi(query.Get("tailLines"))
	}
	if err != nil {
		return nil, err
	}
	resp := textAnswer(200, "text/plain", "")
	resp.Body = body
	return resp, nil
}

// fakeLog is the body of an answer.
type fakeLog struct {
	ctx     context.Context
	node    *fakeNode
	run     *fakeRun
	follow  bool
	stamps  bool
	since   time.Time
	tail    int
	next    int
	newLine bool
	left    int
	clean   bool
	pending bytes.Buffer
}

func (l *fakeLog) Read(p []byte) (int, error) {
	for {
		changed, ended := l.collect()
		if l.left == 0 {
			if l.clean {
				return 0, io.EOF
			}
			return 0, io.ErrUnexpectedEOF
		}
		if l.pending.Len() > 0 {
			if l.left > 0 {
				p = p[:min(len(p), l.left)]
			}
			n, err := l.pending.Read(p)
			l.left -= n
			return n, err
		}
		if ended || !l.follow {
			return 0, io.EOF
		}
		select {
		case <-changed:
		case <-l.ctx.Done():
			return 0, l.ctx.Err()
		}
	}
}

// collect moves what the run has written since into pending.
func (l *fakeLog) collect() (changed chan struct{}, ended bool) {
	l.node.mu.Lock()
	defer l.node.mu.Unlock()
	if l.tail >= 0 {
		l.next, l.tail = max(0, len(l.run.texts)-l.tail), -1
	}
	for ; l.next < len(l.run.texts); l.next++ {
		text := l.run.texts[l.next]
		if text.at.Before(l.since) {
			continue
		}
		if l.stamps && l.newLine {
			l.pending.WriteString(text.at.Format("2006-01-02T15:04:05.000000000Z07:00") + " ")
		}
		l.pending.WriteString(text.text)
		l.newLine = strings.HasSuffix(text.text, "\n")
	}
	return l.node.changed, l.run.ended
}

func (l *fakeLog) Close() error { return nil }

func textAnswer(code int, media, body string) *http.Response {
	return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {media}}, Body: io.NopCloser(strings.NewReader(body))}
}

func statusAnswer(code int, reason, message string) *http.Response {
	return textAnswer(code, "application/json", fmt.Sprintf(
		`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":%q,"reason":%q,"code":%d}`, message, reason, code))
}

// logs returns the log endpoint of the node.
func (n *fakeNode) logs(t testing.TB) *subresource.LogEndpoint {
	t.Helper()
	return subresource.Log(podsOver(t, n))
}

// podsOver returns the API for the pods that a round tripper serves.
func podsOver(t testing.TB, serve http.RoundTripper) *resources.API[resources.Pod] {
	t.Helper()
	client, err := transport.New(&kubeconfig.Config{Server: "https://kx.invalid:6443"},
		transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return serve }))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return resources.New[resources.Pod](client)
}

// texts returns the texts of the lines, each with its newline if it has one, and the errors.
func texts(t testing.TB, logs *subresource.LogEndpoint, o subresource.LogOptions) (lines []string, errs []error) {
	t.Helper()
	for line, err := range logs.Lines(t.Context(), "web-0", o) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		require.Equal(t, "web-0", line.Pod)
		require.Equal(t, "app", line.Container)
		if !line.Partial {
			line.Text += "\n"
		}
		lines = append(lines, line.Text)
	}
	return lines, errs
}
