package transport

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// maxLoggedBody bounds what level 8 shows of one body.
const maxLoggedBody = 8 << 10

// shownHeaders are the headers whose values are harmless. What is not listed is shown by its name alone.
var shownHeaders = []string{
	"Accept", "Accept-Encoding", "Audit-Id", "Cache-Control", "Connection", "Content-Encoding", "Content-Length", "Content-Type", "Date",
	"Retry-After", "Sec-Websocket-Protocol", "Transfer-Encoding", "Upgrade", "User-Agent", "Vary", "Warning",
	"X-Kubernetes-Pf-Flowschema-Uid", "X-Kubernetes-Pf-Prioritylevel-Uid",
}

// shownParameters are the query parameters whose values are harmless; exec's command, say, may hold a password.
var shownParameters = []string{
	"allowWatchBookmarks", "container", "continue", "dryRun", "fieldManager", "fieldSelector", "fieldValidation", "follow", "force",
	"includeObject", "labelSelector", "limit", "ports", "previous", "propagationPolicy", "resourceVersion", "resourceVersionMatch",
	"sinceSeconds", "stderr", "stdin", "stdout", "tailLines", "timeoutSeconds", "timestamps", "tty", "watch",
}

// logger writes lines to w, those of one event together.
type logger struct {
	w     io.Writer
	level int
	mu    sync.Mutex
}

func (l *logger) print(lines string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = io.WriteString(l.w, lines)
}

// logging writes what is sent and what comes back. It is below the authenticator, so that it sees each attempt as it is.
type logging struct {
	next   http.RoundTripper
	logger *logger
}

func (t *logging) RoundTrip(req *http.Request) (*http.Response, error) {
	l := t.logger
	sent := l.sent(req)
	start := time.Now()
	resp, err := t.next.RoundTrip(req)
	line := fmt.Sprintf("%s %s: ", req.Method, redactURL(req.URL.String()))
	took := time.Since(start).Round(time.Millisecond)
	if err != nil {
		l.print(fmt.Sprintf("%sno answer after %v: %s\n%s", line, took, oneLine(cause(err).Error()), sent))
		return resp, err
	}
	line += fmt.Sprintf("%d in %v\n", resp.StatusCode, took)
	if l.level >= 7 {
		sent += headerLines("< ", resp.Header)
	}
	l.print(line + sent)
	if l.level >= 8 && resp.Body != nil && resp.Body != http.NoBody && resp.StatusCode != http.StatusSwitchingProtocols {
		resp.Body = &loggedBody{ReadCloser: resp.Body, logger: l, url: req.URL}
	}
	return resp, nil
}

// sent gives the lines on a request's headers and body, as the level asks. The body is read from a copy.
func (l *logger) sent(req *http.Request) string {
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
	text, _ := io.ReadAll(io.LimitReader(body, maxLoggedBody+1))
	return lines + "> " + shownBody(req.URL, text) + "\n"
}

// loggedBody keeps the start of a body as it is read, and writes it at the end.
type loggedBody struct {
	io.ReadCloser
	logger *logger
	url    *url.URL

	mu    sync.Mutex // Close may come while a Read waits
	start []byte
	done  bool
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
	if b.done {
		return
	}
	b.done = true
	b.logger.print(fmt.Sprintf("< %s: %s\n", redactURL(b.url.String()), shownBody(b.url, b.start)))
}

// shownBody gives a body for the log. Those of secrets and of tokens are left out as a whole.
func shownBody(u *url.URL, body []byte) string {
	segments := strings.Split(u.Path, "/")
	if slices.Contains(segments, "secrets") || slices.Contains(segments, "token") || slices.Contains(segments, "tokenreviews") {
		return "(left out: it may hold a secret)"
	}
	if !isText(body) {
		return "(binary)"
	}
	return quote(body, maxLoggedBody)
}

// isText holds for UTF-8 without a NUL; where a body was cut short its last rune may be.
func isText(body []byte) bool {
	for cut := range utf8.UTFMax {
		if len(body) <= maxLoggedBody && cut > 0 || cut > len(body) {
			return false
		}
		if utf8.Valid(body[:len(body)-cut]) {
			return bytes.IndexByte(body, 0) < 0
		}
	}
	return false
}

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
			value = oneLine(strings.Join(h[name], ", "))
		}
		fmt.Fprintf(&b, "%s%s: %s\n", prefix, name, value)
	}
	return b.String()
}

// holdsToken finds a bearer token among the WebSocket subprotocols, where browsers put it.
func holdsToken(values []string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "bearer.authorization.k8s.io") })
}

// redactURL gives a URL that can be shown: without user and password, and with the values of the parameters that are known to be harmless.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	switch {
	case err != nil && !strings.ContainsAny(raw, "@?#"): // no place for a password, as in 127.0.0.1:6443
		return oneLine(raw)
	case err != nil, u.Host == "" && strings.Contains(raw, "@"):
		return "(a URL that cannot be read)"
	}
	if u.User != nil {
		u.User = url.User("REDACTED")
	}
	query := u.Query()
	for name, values := range query {
		if !slices.Contains(shownParameters, name) {
			for i := range values {
				values[i] = "REDACTED"
			}
		}
	}
	u.RawQuery = query.Encode()
	u.Fragment = ""
	return u.String()
}
