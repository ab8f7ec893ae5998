package kxtest

import (
	"cmp"
	"crypto/tls"
	"net"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// Fault describes requests, and what goes wrong with them.
//
// A request matches if all of Method, Path, Query and User that are set match. The first Skip of
// the matching requests pass, and the next Times are hit.
type Fault struct {
	// Method is an HTTP method. "" matches any.
	Method string
	// Path is a pattern of [path.Match] below the server's path prefix, such as
	// "/api/v1/namespaces/*/pods/*". A "**" at its end matches the rest, slashes included. ""
	// matches any path.
	Path string
	// Query has the parameters that a request must have, with their values.
	Query map[string]string
	// User is the name of the authenticated user. "" matches any.
	User string
	// Skip is the number of matching requests that pass before the first is hit.
	Skip int
	// Times is the number of requests that are hit: 0 means one, a negative number all.
	Times int

	// Delay is how long the request waits first. The wait ends early when the client disconnects.
	Delay time.Duration
	// Then is the effect after Delay. With nil the server serves the request.
	Then *Effect
}

// Effect is what a [Fault] does to a request.
//
// For any request: [Answer], [AnswerStatus], [Reset], [LoseAnswer] and [CutAnswer]. For exec,
// attach and port-forward: [CutStream], [CutStreamAfterStatus], [FreezeStream], [DelayStream] and
// [RefuseStream].
type Effect struct {
	code   int
	header http.Header
	body   []byte
	reset  bool
	serve  bool // execute the request
	keep   int  // bytes of the response body to send
	stream *stream.Fault
}

// Answer responds with a status code, headers (nil for none) and any body, as a proxy in front of
// the server might.
func Answer(code int, header http.Header, body string) *Effect {
	return &Effect{code: code, header: header, body: []byte(body)}
}

// AnswerStatus responds with a Status of a failure. retryAfter, in whole seconds, becomes the
// Retry-After header and details.retryAfterSeconds. 0 leaves both out.
func AnswerStatus(code int, reason, message string, retryAfter time.Duration) *Effect {
	header := http.Header{"Content-Type": {"application/json"}}
	var details *api.StatusDetails
	seconds := int(retryAfter / time.Second)
	if seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
		details = &api.StatusDetails{RetryAfterSeconds: seconds}
	}
	return &Effect{code: code, header: header, body: api.Encode(api.Failure(code, reason, message,
		details))}
}

// Reset breaks the connection before the server executes the request.
func Reset() *Effect { return &Effect{reset: true} }

// LoseAnswer executes the request, and breaks the connection instead of responding. The client
// cannot know whether its write happened.
func LoseAnswer() *Effect { return &Effect{reset: true, serve: true} }

// CutAnswer serves the request, and breaks the connection after that many bytes of the response
// body. The body of a watch is its events, and that of a log its lines.
func CutAnswer(bytes int) *Effect { return &Effect{serve: true, keep: bytes} }

// ActiveFault is a fault that was added to a server.
type ActiveFault struct {
	faults *faults
	fault  Fault
	seen   int
	hits   int
}

// Hits returns the number of requests that the fault has hit.
func (a *ActiveFault) Hits() int {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	return a.hits
}

// Remove removes the fault.
func (a *ActiveFault) Remove() {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	a.faults.active = slices.DeleteFunc(a.faults.active,
		func(other *ActiveFault) bool { return other == a })
}

// Fault adds a fault. If several faults match a request, the request is hit by the first one added
// that is past its Skip and has hits left. Faults that were added later do not count the request.
func (s *Server) Fault(fault Fault) *ActiveFault {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	fault.Times = cmp.Or(fault.Times, 1)
	active := &ActiveFault{faults: s.faults, fault: fault}
	s.faults.active = append(s.faults.active, active)
	return active
}

type faults struct {
	mu     sync.Mutex
	active []*ActiveFault
}

// next returns the fault that hits a request, or nil, and counts the hit.
func (f *faults) next(r *http.Request, user string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, active := range f.active {
		if !active.fault.matches(r, user) {
			continue
		}
		active.seen++
		if active.seen > active.fault.Skip && (active.fault.Times < 0 ||
			active.hits < active.fault.Times) {
			active.hits++
			return &active.fault
		}
	}
	return nil
}

// matches reports whether a request is one that the fault describes.
func (f *Fault) matches(r *http.Request, user string) bool {
	if f.Method != "" && f.Method != r.Method || f.User != "" && f.User != user {
		return false
	}
	if prefix, ok := strings.CutSuffix(f.Path, "**"); ok {
		if !strings.HasPrefix(r.URL.Path, prefix) {
			return false
		}
	} else if matched, err := path.Match(f.Path, r.URL.Path); f.Path != "" &&
		(err != nil || !matched) {
		return false
	}
	query := r.URL.Query()
	for name, value := range f.Query {
		if query.Get(name) != value {
			return false
		}
	}
	return true
}

// serveWithFault serves a request, with the effect of its fault if there is one.
func (f *faults) serveWithFault(w http.ResponseWriter, r *http.Request, user string,
	serve http.HandlerFunc) {
	fault := f.next(r, user)
	if fault == nil {
		serve(w, r)
		return
	}
	if fault.Delay > 0 {
		timer := time.NewTimer(fault.Delay)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-r.Context().Done():
			return
		}
	}
	effect := fault.Then
	switch {
	case effect == nil:
		serve(w, r)
	case effect.stream != nil:
		serve(w, stream.WithFault(r, effect.stream))
	case effect.reset:
		if effect.serve {
			serve(&discarded{header: http.Header{}}, r)
		}
		breakConnection(r)
	case effect.serve:
		cut := &cutWriter{ResponseWriter: w, left: effect.keep}
		serve(cut, r)
		cut.end()
	default:
		for name, values := range effect.header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.WriteHeader(effect.code)
		_, _ = w.Write(effect.body) // the client may have disconnected
	}
}

// breakConnection resets the TCP connection of a request, and ends its handler.
func breakConnection(r *http.Request) {
	conn, _ := r.Context().Value(connectionKey{}).(net.Conn)
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if conn != nil {
		abort(conn)
	}
	panic(http.ErrAbortHandler)
}

// discarded drops a response.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(int)             {}
func (d *discarded) Flush()                      {}

// cutWriter passes on the first bytes of a body, and then aborts the response.
type cutWriter struct {
	http.ResponseWriter
	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if len(p) < c.left {
		c.left -= len(p)
		return c.ResponseWriter.Write(p)
	}
	_, _ = c.ResponseWriter.Write(p[:c.left])
	c.end()
	return 0, nil
}

func (c *cutWriter) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *cutWriter) end() {
	_ = http.NewResponseController(c.ResponseWriter).Flush()
	panic(http.ErrAbortHandler)
}
