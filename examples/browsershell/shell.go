package main

import (
	"crypto/sha256"
	"crypto/subtle"
	"log"
	"net/http"
	"strings"

	"github.com/coder/websocket"

	"github.com/kx-k8s/kx/resources"
)

// maxSessions is the number of shells at once.
const maxSessions = 8

// shell starts shells in a container of a pod, for pages of one origin that know the token.
type shell struct {
	pods           *resources.API[resources.Pod]
	pod, container string
	origin, token  string
	slots          chan struct{} // holds an element for each session
	log            *log.Logger
}

// serveSession serves one shell. A browser lets any page open a WebSocket to any server, so the
// origin is checked. It adds no headers of the page, so the token is among the subprotocols: unlike
// the URL, they are in no log.
func (s *shell) serveSession(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") != s.origin {
		http.Error(w, "the page's origin is not "+s.origin, http.StatusForbidden)
		return
	}
	if !s.knowsToken(r) {
		http.Error(w, "the token is wrong", http.StatusUnauthorized)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		http.Error(w, "too many shells are open", http.StatusServiceUnavailable)
		return
	}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		Subprotocols: []string{"shell"}, OriginPatterns: []string{s.origin},
	})
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(maxMessage)
	s.log.Printf("%s: a shell in pod %s begins", r.RemoteAddr, s.pod)
	reason := "The shell has ended."
	if err := s.runShell(r.Context(), conn); err != nil {
		reason = err.Error()
	}
	s.log.Printf("%s: %s", r.RemoteAddr, reason)
	// RFC 6455, section 5.5: at most 123 bytes
	_ = conn.Close(websocket.StatusNormalClosure,
		strings.ToValidUTF8(reason[:min(len(reason), 123)], ""))
}

func (s *shell) knowsToken(r *http.Request) bool {
	known := false
	want := sha256.Sum256([]byte("token." + s.token))
	for name := range strings.SplitSeq(r.Header.Get("Sec-WebSocket-Protocol"), ",") {
		got := sha256.Sum256([]byte(strings.TrimSpace(name)))
		known = known || subtle.ConstantTimeCompare(got[:], want[:]) == 1
	}
	return known
}
