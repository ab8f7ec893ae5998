package kxtest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// Request is a request that the server has received, without its credentials.
type Request struct {
	Time   time.Time
	Method string
	// Path is decoded, and has no path prefix of the server.
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	// User is the authenticated user, before impersonation, or "".
	User string
	// Protocol is "HTTP/1.1" or "HTTP/2.0".
	Protocol string
}

// journal keeps the received requests.
type journal struct {
	mu       sync.Mutex
	requests []*Request
}

// Requests returns the latest 10,000 requests in order. They include requests that were refused or
// hit by a [Fault].
func (s *Server) Requests() []Request {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	copied := make([]Request, len(s.journal.requests))
	for i, request := range s.journal.requests {
		copied[i] = *request
	}
	return copied
}

// ForgetRequests empties the journal.
func (s *Server) ForgetRequests() {
	s.journal.mu.Lock()
	defer s.journal.mu.Unlock()
	s.journal.requests = nil
}

// journalLength is the number of requests that the journal keeps. A further request replaces the
// oldest.
const journalLength = 10_000

// record appends a request, and replaces its body by a copy. It returns false if reading the body
// fails.
func (j *journal) record(r *http.Request, user string) bool {
	body, err := io.ReadAll(io.LimitReader(r.Body, api.MaxBody+1))
	if err != nil && !errors.Is(err, io.EOF) {
		return false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	header := r.Header.Clone()
	for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
		header.Del(name)
	}
	entry := &Request{
		Time:     time.Now(),
		Method:   r.Method,
		Path:     r.URL.Path,
		Query:    r.URL.Query(),
		Header:   header,
		Body:     body,
		User:     user,
		Protocol: r.Proto,
	}
	j.add(entry)
	return true
}

// add appends a request, and drops the oldest if the journal is full.
func (j *journal) add(entry *Request) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if len(j.requests) == journalLength {
		j.requests[0] = nil // the array behind the slice holds it until the next growth
		j.requests = j.requests[1:]
	}
	j.requests = append(j.requests, entry)
}
