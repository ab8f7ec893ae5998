package kxtest

import (
	"net/http"
	"slices"
	"strings"
)

// streamOptions reads them from the query.
func (c *call) streamOptions() *streamOptions {
	return &streamOptions{
		attach:    c.subresource == "attach",
		container: c.query.Get("container"),
		command:   c.query["command"],
		stdin:     flag(c.query, "stdin"),
		stdout:    flag(c.query, "stdout"),
		stderr:    flag(c.query, "stderr"),
		tty:       flag(c.query, "tty"),
	}
}

// stream answers exec and attach: checks first, whose failures are answers, then the session, whose failures are its status.
func (c *call) stream(w http.ResponseWriter) error {
	if err := c.mayStream(); err != nil {
		return err
	}
	stored := c.server.store.get(podKind, c.namespace, c.name)
	if stored == nil {
		return notFound(c.kind, c.name)
	}
	options := c.streamOptions()
	var err error
	if options.container, err = chooseContainer(stored.object, options.container); err != nil {
		return err
	}
	if text(stored.object, "spec", "nodeName") == "" {
		return badRequest("pod " + c.name + " does not have a host assigned")
	}
	switch {
	case !upgrades(c.http.Header, ""):
		return badRequest("Upgrade request required")
	case !upgrades(c.http.Header, "websocket"):
		return badRequest("kxtest streams over WebSockets only, not over " + c.http.Header.Get("Upgrade"))
	}
	options.protocol = c.protocol()
	if options.protocol == "" {
		w.WriteHeader(http.StatusForbidden) // the API server's WebSocket library says no more
		return nil
	}
	c.server.node.stream(w, c.http, stored.object, options)
	return nil
}

// mayStream refuses a user who may get and not create: from 1.35 on a WebSocket's GET may do no more than the POST of SPDY.
func (c *call) mayStream() error {
	a := c.attributes()
	if c.server.version.atLeast(1, 35) && a.verb != "create" {
		a.verb = "create"
		if !c.user.may(a) {
			return forbidden(c.kind, c.name, "")
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
	for _, protocol := range c.server.protocols {
		if slices.Contains(offered, protocol) {
			return protocol
		}
	}
	return ""
}
