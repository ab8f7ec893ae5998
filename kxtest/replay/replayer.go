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

// TB is the part of testing.TB that [Replay] needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Replayer is a server that expects the requests of one recording and gives its answers.
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
	next     int  // the exchange that is expected
	failed   bool // a difference was reported; what follows it tells nothing
	closed   bool
	handlers sync.WaitGroup
}

// pathPrefix is the path below which a Replayer serves: a client that builds URLs from the host alone does not find it.
const pathPrefix = "/clusters/replayed"

// Serve serves a file that a [Recorder] wrote, over HTTPS on a loopback port, for the time of a test.
//
// The test fails when a request differs by a byte from the recorded one in its place (method, path, query, Accept, Content-Type and
// body count), with what differs, and when requests are left over at the test's end. A request that differs, and each after it,
// is answered with status 500. Requests that are sent at the same time are expected in the order in which they were recorded.
//
// An upgraded connection is served with the server's messages as they were recorded. At each message of the client, the server waits until the
// client has sent the same bytes on that channel, cut into messages as it likes. A difference fails the test and breaks the connection.
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
	r := &Replayer{t: t, file: file, fixture: fixture, address: listener.Addr().String(), ca: authority.PEM}
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
	r.handlers.Go(func() { _ = r.http.ServeTLS(listener, "", "") }) // ends with ErrServerClosed, by finish
	return r, nil
}

// Config gives a client's configuration for the server, without credentials and with the namespace default.
func (r *Replayer) Config() *kubeconfig.Config {
	return &kubeconfig.Config{
		Server:    "https://" + r.address + pathPrefix,
		Namespace: "default",
		TLS:       kubeconfig.TLS{CAData: r.ca},
	}
}

// Version gives the version of the server that was recorded, such as "v1.35.4".
func (r *Replayer) Version() string { return r.fixture.version }

// finish stops the server and reports what it was not asked for.
func (r *Replayer) finish() {
	r.t.Helper()
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	_ = r.http.Close() // a listener that fails to close leaves nothing to do
	patience := time.AfterFunc(5*time.Second, r.stop)
	r.handlers.Wait()
	patience.Stop()
	r.stop()
	left := r.fixture.exchanges[r.next:]
	if len(left) > 0 && !r.failed {
		r.t.Errorf("kxtest: %s: %d of %d requests were not sent, the first of them %s %s",
			r.file, len(left), len(r.fixture.exchanges), left[0].method, left[0].uri)
	}
}

func (r *Replayer) serve(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return // the client went before it had sent its request
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
	_, _ = w.Write(e.responseBody) // a client that went is the test's affair
	if e.open {
		_ = http.NewResponseController(w).Flush()
		<-req.Context().Done()
	}
}

// expect gives the exchange whose turn it is, or nil when the request is not its, which is reported. done must be called at the answer's end.
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
		r.t.Errorf("kxtest: %s: one request more than the %d that were recorded: %s %s", r.file, r.next, req.Method,
			req.RequestURI)
		return nil, done
	}
	e = r.fixture.exchanges[r.next]
	r.next++
	differences := e.compare(req, body)
	if len(differences) > 0 {
		r.failed = true
		r.t.Errorf("kxtest: %s: request %d of %d is not the recorded one:\n\t%s", r.file, r.next,
			len(r.fixture.exchanges), strings.Join(differences, "\n\t"))
		return nil, done
	}
	return e, done
}

func (r *Replayer) refuse(w http.ResponseWriter) {
	status := map[string]any{
		"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "InternalError",
		"code":    http.StatusInternalServerError,
		"message": "kxtest: this request is not the one recorded in " + r.file + ": see what the test reports",
	}
	text, err := json.Marshal(status, json.Deterministic(true))
	if err != nil {
		panic(err) // a map of strings and a number encodes
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusInternalServerError)
	_, _ = w.Write(text)
}

// compare gives a line for each part of the request that is not as recorded.
func (e *exchange) compare(req *http.Request, body []byte) []string {
	var differences []string
	part := func(name, recorded, sent string) {
		if recorded != sent {
			differences = append(differences, fmt.Sprintf("%s: recorded %#q, sent %#q", name, recorded, sent))
		}
	}
	part("method", e.method, req.Method)
	uri, below := strings.CutPrefix(req.RequestURI, pathPrefix)
	if !below {
		differences = append(differences, fmt.Sprintf("path: %q is not below the server's base path %s", req.RequestURI,
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
				around(e.requestBody, at), around(body, at)))
	}
	return differences
}

// cutQuery divides a uri before its question mark.
func cutQuery(uri string) (path, query string) {
	i := strings.IndexByte(uri, '?')
	if i >= 0 {
		return uri[:i], uri[i:]
	}
	return uri, ""
}

// firstDifference finds the first byte, counted from 0, at which two texts differ, if there is one.
func firstDifference(a, b []byte) (at int, ok bool) {
	for at = 0; at < len(a) && at < len(b); at++ {
		if a[at] != b[at] {
			return at, true
		}
	}
	return at, len(a) != len(b)
}

// around quotes a text from a little before a byte to a little after it.
func around(text []byte, at int) string {
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
