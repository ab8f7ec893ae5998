package transport

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/transport/internal/text"
)

// shownHeaders are the headers whose values are harmless. Of others only the name is logged.
var shownHeaders = []string{
	"Accept", "Accept-Encoding", "Audit-Id", "Cache-Control", "Connection", "Content-Encoding",
	"Content-Length", "Content-Type", "Date", "Retry-After", "Sec-Websocket-Protocol",
	"Transfer-Encoding", "Upgrade", "User-Agent", "Vary", "Warning",
	"X-Kubernetes-Pf-Flowschema-Uid", "X-Kubernetes-Pf-Prioritylevel-Uid",
}

// logWriter writes to w. The lines of one event stay together.
type logWriter struct {
	w     io.Writer
	level int
	mu    sync.Mutex
}

func (l *logWriter) print(lines string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, lines)
}

// requestLogger logs requests and answers. It stands below the authenticator, and so logs each
// attempt.
type requestLogger struct {
	next http.RoundTripper
	log  *logWriter
}

func (t *requestLogger) RoundTrip(req *http.Request) (*http.Response, error) {
	l := t.log
	details := l.requestLines(req)
	start := time.Now()
	resp, err := t.next.RoundTrip(req)
	line := fmt.Sprintf("%s %s: ", req.Method, text.RedactURL(req.URL.String()))
	took := time.Since(start).Round(time.Millisecond)
	if err != nil {
		l.print(fmt.Sprintf("%sno answer after %v: %s\n%s", line, took,
			text.OneLine(cause(err).Error()), details))
		return resp, err
	}
	line += fmt.Sprintf("%d in %v\n", resp.StatusCode, took)
	if l.level >= 7 {
		details += headerLines("< ", resp.Header)
	}
	l.print(line + details)
	hasBody := resp.Body != nil && resp.Body != http.NoBody &&
		resp.StatusCode != http.StatusSwitchingProtocols
	if l.level >= 8 && hasBody {
		resp.Body = &loggedBody{ReadCloser: resp.Body, log: l, url: req.URL}
	}
	return resp, nil
}

// requestLines returns the lines for a request's headers and body, according to the level.
// It reads a copy of the body.
func (l *logWriter) requestLines(req *http.Request) string {
	if l.level < 7 {
		return ""
	}
	lines := headerLines("> ", req.Header)
	if l.level < 8 || req.GetBody == nil {
		return lines
	}
	body, err := req.GetBody()
	if err != nil {
		return lines
	}
	defer body.Close()
	start, _ := io.ReadAll(io.LimitReader(body, maxLoggedBody+1))
	return lines + "> " + formatBody(req.URL, start) + "\n"
}

// loggedBody keeps the start of a body that is read, and logs it at the end.
type loggedBody struct {
	io.ReadCloser
	log *logWriter
	url *url.URL

	mu     sync.Mutex // guards against a Close during a Read
	start  []byte
	logged bool
}

func (b *loggedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.mu.Lock()
	b.start = append(b.start, p[:min(n, maxLoggedBody+1-len(b.start))]...)
	b.mu.Unlock()
	if err != nil {
		b.flush()
	}
	return n, err
}

func (b *loggedBody) Close() error {
	b.flush()
	return b.ReadCloser.Close()
}

func (b *loggedBody) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.logged {
		return
	}
	b.logged = true
	b.log.print(fmt.Sprintf("< %s: %s\n", text.RedactURL(b.url.String()),
		formatBody(b.url, b.start)))
}

// headerLines returns a line for each header, sorted by name.
func headerLines(prefix string, h http.Header) string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		value := "(not shown)"
		if slices.Contains(shownHeaders, http.CanonicalHeaderKey(name)) && !holdsToken(h[name]) {
			value = text.OneLine(strings.Join(h[name], ", "))
		}
		fmt.Fprintf(&b, "%s%s: %s\n", prefix, name, value)
	}
	return b.String()
}

// holdsToken reports whether WebSocket subprotocols hold a bearer token, as browsers send it.
func holdsToken(values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool {
		return strings.Contains(v,
			"bearer.authorization.k8s.io")
	})
}
