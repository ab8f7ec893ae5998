package apiserver

import (
	"net/http"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// Server answers the requests of authenticated users, from a store and through the node's kubelet.
type Server struct {
	Store     *storage.Store
	Users     *Users
	Node      *kubelet.Node
	Address   string // host:port
	Version   api.Version
	Bookmarks time.Duration // how often a watch that asked for bookmarks gets one
	Protocols []string      // WebSocket subprotocols of exec and attach, in order of preference
}

// authenticate lets in who has a credential, takes on whom the request impersonates, and asks whether that user may do this.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(s, r)
	c.user = s.Users.Authenticate(r)
	if c.user == nil {
		c.fail(w, api.ErrUnauthorized)
		return
	}
	if err := c.impersonate(); err != nil {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, err)
		return
	}
	if !c.user.May(c.attributes()) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c.fail(w, c.forbidden())
		return
	}
	c.route(w)
}
