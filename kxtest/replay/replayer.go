package replay

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest/internal/pki"
)

// TB is the part of testing.TB that [Serve] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Replayer is a server that expects the requests of a recording, and responds as recorded.
type Replayer struct {
	t       TB
	file    string
	fixture *fixture
	address string
	ca      []byte
	http    *http.Server
	ctx     context.Context // of upgraded connections
	stop    context.CancelFunc

	mu       sync.Mutex
	next     int  // the index of the expected exchange
	failed   bool // a difference was reported; later ones carry no information
	closed   bool
	handlers sync.WaitGroup
}

// pathPrefix is the base path of a Replayer. It finds clients that build URLs from the host alone.
const pathPrefix = "/clusters/replayed"

// Serve serves a file of a [Recorder] over HTTPS on a loopback port, until the test ends.
//
// The test fails if a request differs from the recorded one in its place, and the error shows the
// difference. The server compares method, path, query, Accept, Content-Type and body, byte for
// byte. The differing request, and each one after it, gets status 500. Concurrent requests are
// expected in the order of the recording. The test also fails if requests are missing at its end.
//
// On an upgraded connection, the server sends its messages as recorded. At each recorded message of
// the client, it waits for the same bytes on that channel; they may be cut into other messages. A
// difference fails the test and breaks the connection.
func Serve(t TB, file string) *Replayer {
	t.Helper()
	r, err := newReplayer(t, file)
	if err != nil {
		t.Fatalf("kxtest: replay %s: %v", file, err)
		return nil
	}
	t.Cleanup(r.finish)
	return r
}

func newReplayer(t TB, file string) (*Replayer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fixture, err := decodeFixture(text)
	if err != nil {
		return nil, err
	}
	authority, err := pki.Load()
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Replayer{t: t, file: file, fixture: fixture, address: listener.Addr().String(),
		ca: authority.PEM}
	r.ctx, r.stop = context.WithCancel(context.Background())
	r.http = &http.Server{
		Handler:           http.HandlerFunc(r.serve),
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{
			MinVersion:   tls.VersionTLS12,
			Certificates: []tls.Certificate{authority.Server},
			NextProtos:   []string{"h2", "http/1.1"},
		},
	}
	// ServeTLS returns ErrServerClosed when finish closes the server.
	r.handlers.Go(func() { _ = r.http.ServeTLS(listener, "", "") })
	return r, nil
}

// Config returns a client configuration for the server, without credentials and with the namespace
// default.
func (r *Replayer) Config() *kubeconfig.Config {
	return &kubeconfig.Config{
		Server:    "https://" + r.address + pathPrefix,
		Namespace: "default",
		TLS:       kubeconfig.TLS{CAData: r.ca},
	}
}

// Version returns the version of the recorded server, such as "v1.35.4".
func (r *Replayer) Version() string { return r.fixture.version }

// finish stops the server, and reports the requests that are missing.
func (r *Replayer) finish() {
	r.t.Helper()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	_ = r.http.Close() // a listener that does not close leaves nothing to do
	timer := time.AfterFunc(5*time.Second, r.stop)
	r.handlers.Wait()
	timer.Stop()
	r.stop()
	left := r.fixture.exchanges[r.next:]
	if len(left) > 0 && !r.failed {
		r.t.Errorf("kxtest: %s: %d of %d recorded requests were not sent, first %s %s",
			r.file, len(left), len(r.fixture.exchanges), left[0].method, left[0].uri)
	}
}

func (r *Replayer) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client disconnected before the request's end
	}
	e, done := r.expect(req, body)
	defer done()
	if e == nil {
		r.refuse(w)
		return
	}
	if e.status == http.StatusSwitchingProtocols {
		r.replaySession(w, req, e)
		return
	}
	for name, values := range e.responseHeader {
		w.Header()[name] = values
	}
	if !e.open {
		w.Header().Set("Content-Length", strconv.Itoa(len(e.responseBody)))
	}
	w.WriteHeader(e.status)
	_, _ = w.Write(e.responseBody) // the client may have disconnected
	if e.open {
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
	}
}

// expect returns the next exchange. If the request differs, it reports the difference and returns
// nil. The caller calls done when the response has ended.
func (r *Replayer) expect(req *http.Request, body []byte) (e *exchange, done func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.failed {
		return nil, func() {}
	}
	r.handlers.Add(1)
	done = r.handlers.Done
	if r.next == len(r.fixture.exchanges) {
		r.failed = true
		r.t.Errorf("kxtest: %s: unexpected request after all %d recorded ones: %s %s", r.file,
			r.next, req.Method, req.RequestURI)
		return nil, done
	}
	e = r.fixture.exchanges[r.next]
	r.next++
	differences := e.compare(req, body)
	if len(differences) > 0 {
		r.failed = true
		r.t.Errorf("kxtest: %s: request %d of %d differs from the recorded one:\n\t%s", r.file,
			r.next, len(r.fixture.exchanges), strings.Join(differences, "\n\t"))
		return nil, done
	}
	return e, done
}

func (r *Replayer) refuse(w http.ResponseWriter) {
	status := map[string]any{
		"kind":       "Status",
		"apiVersion": "v1",
		"status":     "Failure",
		"reason":     "InternalError",
		"code":       http.StatusInternalServerError,
		"message": "kxtest: this request differs from the recording " + r.file +
			"; see the test's error",
	}
	text, err := json.Marshal(status, json.Deterministic(true))
	if err != nil {
		panic(err) // a map of strings and a number encodes
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(text)
}

// compare returns a line for each part of the request that differs.
func (e *exchange) compare(req *http.Request, body []byte) []string {
	var differences []string
	part := func(name, recorded, sent string) {
		if recorded != sent {
			differences = append(differences, fmt.Sprintf("%s: recorded %#q, sent %#q", name,
				recorded, sent))
		}
	}
	part("method", e.method, req.Method)
	uri, below := strings.CutPrefix(req.RequestURI, pathPrefix)
	if !below {
		differences = append(differences,
			fmt.Sprintf("path: %q is not below the server's base path %s", req.RequestURI,
				pathPrefix))
	}
	path, query := cutQuery(uri)
	recordedPath, recordedQuery := cutQuery(e.uri)
	part("path", recordedPath, path)
	part("query", recordedQuery, query)
	for _, name := range requestHeaders {
		part(name, strings.Join(e.requestHeader[name], ", "), strings.Join(req.Header[name], ", "))
	}
	if at, ok := firstDifference(e.requestBody, body); ok {
		differences = append(differences,
			fmt.Sprintf("body: differs from byte %d on:\n\t\trecorded %#q\n\t\tsent     %#q", at,
				excerpt(e.requestBody, at), excerpt(body, at)))
	}
	return differences
}

// cutQuery splits a URI before its question mark.
func cutQuery(uri string) (path, query string) {
	i := strings.IndexByte(uri, '?')
	if i >= 0 {
		return uri[:i], uri[i:]
	}
	return uri, ""
}

// firstDifference returns the index of the first byte at which a and b differ. ok reports whether
// they differ.
func firstDifference(a, b []byte) (at int, ok bool) {
	for at = 0; at < len(a) && at < len(b); at++ {
		if a[at] != b[at] {
			return at, true
		}
	}
	return at, len(a) != len(b)
}

// excerpt returns the text around a byte.
func excerpt(text []byte, at int) string {
	const before, after = 20, 60
	from, to := max(at-before, 0), min(at+after, len(text))
	quote := string(text[from:to])
	if from > 0 {
		quote = "…" + quote
	}
	if to < len(text) {
		quote += "…"
	}
	return quote
}
