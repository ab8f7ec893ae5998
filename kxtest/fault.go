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

// Fault is something that goes wrong with chosen requests.
//
// A request is chosen by all of Method, Path, Query and User that are set. Of those, Skip pass first, and Times are hit.
type Fault struct {
	// Method is an HTTP method; "" is any.
	Method string
	// Path is a pattern of path.Match, below the server's path prefix, such as "/api/v1/namespaces/*/pods/*"; "" is any
	// path. A "**" at its end stands for the rest, slashes included.
	Path string
	// Query holds for requests whose query has each parameter with this value.
	Query map[string]string
	// User is the name of who sends the request, by its token; "" is anyone.
	User string
	// Skip is how many of these requests pass before the first is hit.
	Skip int
	// Times is how many are hit: 0 is one, below 0 is all.
	Times int

	// Delay is how long the request waits first; it ends early when the client gives up.
	Delay time.Duration
	// Then is what happens; nil serves the request, after Delay.
	Then *Effect
}

// Effect is what a [Fault] does to a request. [Answer], [AnswerStatus], [Reset], [LoseAnswer] and [CutAnswer] make one, and for
// exec, attach and portforward [CutStream], [CutStreamAfterStatus], [FreezeStream] and [DelayStream].
type Effect struct {
	code   int
	header http.Header
	body   []byte
	reset  bool
	serve  bool // do what the request asks for
	keep   int  // bytes of the answer's body to send
	stream *stream.Fault
}

// Answer answers with a status code, headers (nil for none) and a body of any kind, as a proxy in between might.
func Answer(code int, header http.Header, body string) *Effect {
	return &Effect{code: code, header: header, body: []byte(body)}
}

// AnswerStatus answers with a Status of kind Failure. retryAfter, in whole seconds, becomes its Retry-After header and
// details.retryAfterSeconds; 0 leaves them out.
func AnswerStatus(code int, reason, message string, retryAfter time.Duration) *Effect {
	header := http.Header{"Content-Type": {"application/json"}}
	var details *api.StatusDetails
	seconds := int(retryAfter / time.Second)
	if seconds > 0 {
		header.Set("Retry-After", strconv.Itoa(seconds))
		details = &api.StatusDetails{RetryAfterSeconds: seconds}
	}
	return &Effect{code: code, header: header, body: api.Encode(api.Failure(code, reason, message, details))}
}

// Reset breaks the connection before anything is done: the client gets no answer, and nothing has happened.
func Reset() *Effect { return &Effect{reset: true} }

// LoseAnswer does what the request asks for, and breaks the connection instead of answering: a write has
// happened, and its client can not know.
func LoseAnswer() *Effect { return &Effect{reset: true, serve: true} }

// CutAnswer serves the request, and breaks the answer off after so many bytes of its body. Of a watch these are the
// bytes of its events.
func CutAnswer(bytes int) *Effect { return &Effect{serve: true, keep: bytes} }

// ActiveFault is a fault that a server has.
type ActiveFault struct {
	faults *faults
	fault  Fault
	seen   int
	hits   int
}

// Hits says how many requests the fault has hit.
func (a *ActiveFault) Hits() int {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	return a.hits
}

// Remove takes the fault away.
func (a *ActiveFault) Remove() {
	a.faults.mu.Lock()
	defer a.faults.mu.Unlock()
	a.faults.active = slices.DeleteFunc(a.faults.active, func(other *ActiveFault) bool { return other == a })
}

// Fault makes chosen requests go wrong, from now on. Of several faults that a request is chosen by, the one added first and not used up hits it.
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

// next finds the fault that hits a request, and counts; nil when there is none.
func (f *faults) next(r *http.Request, user string) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, active := range f.active {
		if !active.fault.chooses(r, user) {
			continue
		}
		active.seen++
		if active.seen > active.fault.Skip && (active.fault.Times < 0 || active.hits < active.fault.Times) {
			active.hits++
			return &active.fault
		}
	}
	return nil
}

func (f *Fault) chooses(r *http.Request, user string) bool {
	if f.Method != "" && f.Method != r.Method || f.User != "" && f.User != user {
		return false
	}
	if prefix, ok := strings.CutSuffix(f.Path, "**"); ok {
		if !strings.HasPrefix(r.URL.Path, prefix) {
			return false
		}
	} else if matched, err := path.Match(f.Path, r.URL.Path); f.Path != "" && (err != nil || !matched) {
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

// around serves a request, or does to it what a fault says.
func (f *faults) around(w http.ResponseWriter, r *http.Request, user string, serve http.HandlerFunc) {
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
		_, _ = w.Write(effect.body) // a client that has gone needs no answer
	}
}

// breakConnection resets the TCP connection of a request, and ends its handler.
func breakConnection(r *http.Request) {
	conn, _ := r.Context().Value(connectionKey{}).(net.Conn)
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // close with RST
		_ = tcp.Close()
	}
	panic(http.ErrAbortHandler)
}

// discarded is an answer that nobody gets.
type discarded struct{ header http.Header }

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) Write(p []byte) (int, error) { return len(p), nil }
func (d *discarded) WriteHeader(int)             {}
func (d *discarded) Flush()                      {}

// cutWriter passes so many bytes of a body on, and then ends the handler without ending the answer.
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
