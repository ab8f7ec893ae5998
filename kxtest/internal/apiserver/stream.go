package apiserver

import (
	"net/http"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/kubelet"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// streamOptions reads the options of an exec or attach from the query.
func (c *call) streamOptions() *kubelet.StreamOptions {
	return &kubelet.StreamOptions{
		Attach:    c.subresource == "attach",
		Container: c.query.Get("container"),
		Command:   c.query["command"],
		Stdin:     queryBool(c.query, "stdin"),
		Stdout:    queryBool(c.query, "stdout"),
		Stderr:    queryBool(c.query, "stderr"),
		TTY:       queryBool(c.query, "tty"),
	}
}

// stream serves exec and attach. Checks come first, and respond with their errors. The kubelet then
// upgrades the connection.
func (c *call) stream(w http.ResponseWriter) error {
	if err := c.mayStream(); err != nil {
		return err
	}
	stored := c.server.Store.Get(api.PodKind, c.namespace, c.name)
	if stored == nil {
		return api.NotFound(c.kind, c.name)
	}
	options := c.streamOptions()
	var err error
	if options.Container, err = api.ChooseContainer(stored.Object, options.Container); err != nil {
		return err
	}
	if object.Text(stored.Object, "spec", "nodeName") == "" {
		return api.BadRequest("pod " + c.name + " does not have a host assigned")
	}
	switch {
	case !stream.IsUpgrade(c.http.Header, ""):
		return api.BadRequest("Upgrade request required")
	case !stream.IsUpgrade(c.http.Header, "websocket"):
		return api.BadRequest("kxtest streams over WebSockets only, not over " +
			c.http.Header.Get("Upgrade"))
	}
	options.Protocol = c.protocol()
	if options.Protocol == "" {
		// The API server's WebSocket library responds without a body.
		w.WriteHeader(http.StatusForbidden)
		return nil
	}
	c.server.Node.Stream(w, c.http, stored.Object, options)
	return nil
}

// mayStream refuses a user with get but not create. From 1.35 a WebSocket's GET needs the
// permission of SPDY's POST.
func (c *call) mayStream() error {
	a := c.attributes()
	if c.server.Version.AtLeast(1, 35) && a.verb != "create" {
		a.verb = "create"
		if !c.user.May(a) {
			return api.Forbidden(c.kind, c.name, "")
		}
	}
	return nil
}

// protocol returns the preferred subprotocol that the client offers, or "".
func (c *call) protocol() string {
	var offered []string
	for part := range strings.SplitSeq(strings.Join(c.http.Header.Values("Sec-WebSocket-Protocol"),
		","), ",") {
		offered = append(offered, strings.TrimSpace(part))
	}
	for _, protocol := range c.server.Protocols {
		if slices.Contains(offered, protocol) {
			return protocol
		}
	}
	return ""
}
