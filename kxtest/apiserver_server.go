package kxtest

import (
	"net/http"
	"time"
)

// apiServer answers the requests of authenticated users, from a store and through the node's kubelet.
type apiServer struct {
	store     *store
	users     *users
	node      *node
	address   string // host:port
	version   version
	bookmarks time.Duration // how often a watch that asked for bookmarks gets one
	protocols []string      // WebSocket subprotocols of exec and attach, in order of preference
}

// authenticate lets in who has a credential, takes on whom the request impersonates, and asks whether that user may do this.
func (s *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(s, r)
	c.user = s.users.of(r)
	if c.user == nil {
		c.fail(w, errUnauthorized)
		return
	}
	if err := c.impersonate(); err != nil {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, err)
		return
	}
	if !c.user.may(c.attributes()) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, c.refusal())
		return
	}
	c.route(w)
}
