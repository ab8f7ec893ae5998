package apiserver

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// forward serves a port-forward. Checks come first, and respond with their errors. The kubelet then
// upgrades the connection.
func (c *call) forward(w http.ResponseWriter) error {
	if err := c.mayStream(); err != nil {
		return err
	}
	stored := c.server.Store.Get(api.PodKind, c.namespace, c.name)
	if stored == nil {
		return api.NotFound(c.kind, c.name)
	}
	ports, err := readPorts(c.query["ports"])
	switch {
	case err != nil:
		return api.BadRequest("cannot convert to []int32: " + err.Error())
	case object.Text(stored.Object, "spec", "nodeName") == "":
		return api.BadRequest("pod " + c.name + " does not have a host assigned")
	case !stream.IsUpgrade(c.http.Header, ""):
		return api.BadRequest("Upgrade request required")
	case !stream.IsUpgrade(c.http.Header, "websocket"):
		return api.BadRequest("kxtest forwards ports over WebSockets only, not over " +
			c.http.Header.Get("Upgrade"))
	}
	c.server.Node.PortForward(w, c.http, stored.Object, ports)
	return nil
}

// readPorts parses the values of the query's ports. A value is one port, or several separated by
// commas.
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
