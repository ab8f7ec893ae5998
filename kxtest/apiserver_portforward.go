package kxtest

import (
	"net/http"
	"strconv"
	"strings"
)

// forward answers a portforward: checks first, whose failures are answers, then a session with two channels for each port.
func (c *call) forward(w http.ResponseWriter) error {
	if err := c.mayStream(); err != nil {
		return err
	}
	stored := c.server.store.get(podKind, c.namespace, c.name)
	if stored == nil {
		return notFound(c.kind, c.name)
	}
	ports, err := readPorts(c.query["ports"])
	switch {
	case err != nil:
		return badRequest("cannot convert to []int32: " + err.Error())
	case text(stored.object, "spec", "nodeName") == "":
		return badRequest("pod " + c.name + " does not have a host assigned")
	case !upgrades(c.http.Header, ""):
		return badRequest("Upgrade request required")
	case !upgrades(c.http.Header, "websocket"):
		return badRequest("kxtest forwards ports over WebSockets only, not over " + c.http.Header.Get("Upgrade"))
	}
	c.server.node.forward(w, c.http, stored.object, ports)
	return nil
}

// readPorts reads the values of a query's parameter, each one port or several with commas between them.
func readPorts(values []string) (ports []int, err error) {
	for _, value := range values {
		for word := range strings.SplitSeq(value, ",") {
			port, err := strconv.ParseUint(word, 10, 16)
			if err != nil {
				return nil, err
			}
			ports = append(ports, int(port))
		}
	}
	return ports, nil
}
