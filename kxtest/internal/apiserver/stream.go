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

// streamOptions reads them from the query.
func (c *call) streamOptions() *kubelet.StreamOptions {
	return &kubelet.StreamOptions{
		Attach:    c.subresource == "attach",
		Container: c.query.Get("container"),
		Command:   c.query["command"],
		Stdin:     flag(c.query, "stdin"),
		Stdout:    flag(c.query, "stdout"),
		Stderr:    flag(c.query, "stderr"),
		Tty:       flag(c.query, "tty"),
	}
}

// stream answers exec and attach: checks first, whose failures are answers, then the session, whose failures are its status.
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
		return api.BadRequest("kxtest streams over WebSockets only, not over " + c.http.Header.Get("Upgrade"))
	}
	options.Protocol = c.protocol()
	if options.Protocol == "" {
		w.WriteHeader(http.StatusForbidden) // the API server's WebSocket library says no more
		return nil
	}
	c.server.Node.Stream(w, c.http, stored.Object, options)
	return nil
}

// mayStream refuses a user who may get and not create: from 1.35 on a WebSocket's GET may do no more than the POST of SPDY.
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

// protocol is the best one that the client offers; "" when there is none.
func (c *call) protocol() string {
	var offered []string
	for part := range strings.SplitSeq(strings.Join(c.http.Header.Values("Sec-WebSocket-Protocol"), ","), ",") {
		offered = append(offered, strings.TrimSpace(part))
	}
	for _, protocol := range c.server.Protocols {
		if slices.Contains(offered, protocol) {
			return protocol
		}
	}
	return ""
}
