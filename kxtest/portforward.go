package kxtest

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"github.com/coder/websocket"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
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
	code, message := refusedForward(stored.object, ports)
	if code != 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, message+"\n") // a client that has gone needs no answer
		return nil
	}
	protocols, ok := forwardProtocols(c.http.Header.Values("Sec-WebSocket-Protocol"))
	if !ok {
		w.WriteHeader(http.StatusForbidden) // as with exec
		return nil
	}
	s := upgrade(w, c.http, protocols)
	if s == nil {
		return nil
	}
	defer s.out.closeWith(c.http.Context())()
	defer s.end()
	s.forward(c.server.node.runtime.network(keyOf(c.namespace, c.name)), ports)
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

// refusedForward is the node's refusal, in plain text; code 0 is none.
func refusedForward(pod map[string]any, ports []int) (code int, message string) {
	phase := text(pod, "status", "phase")
	switch {
	case phase == "Succeeded" || phase == "Failed":
		return http.StatusInternalServerError, fmt.Sprintf("pod not found (%q)", text(pod, "metadata", "name")+"_"+text(pod, "metadata", "namespace"))
	case len(ports) == 0:
		return http.StatusBadRequest, `query parameter "port" is required`
	case slices.Contains(ports, 0):
		return http.StatusBadRequest, `port "0" must be > 0`
	}
	return 0, ""
}

// forwardProtocols are those that the answer may choose: v4, since port-forwarding has no v5, and none when none was asked for.
func forwardProtocols(headers []string) (protocols []string, ok bool) {
	if len(headers) == 0 {
		return nil, true
	}
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if strings.TrimSpace(part) == protocolV4 {
			return []string{protocolV4}, true
		}
	}
	return nil, false
}

// forward connects the client with each port, until all these connections have ended or the client is gone.
func (s *session) forward(n *network, ports []int) {
	conns := make([]*machine.Conn, len(ports))
	failures := make([]error, len(ports))
	s.mu.Lock()
	for i, port := range ports {
		head := binary.LittleEndian.AppendUint16(nil, uint16(port))
		s.write(byte(2*i), head)
		s.write(byte(2*i+1), head)
		conns[i], failures[i] = n.Dial(port)
	}
	s.mu.Unlock()
	s.readers.Go(func() { s.readPorts(conns) })
	var open sync.WaitGroup
	for i, conn := range conns {
		if failures[i] != nil {
			s.failForward(n, byte(2*i+1), ports[i], fmt.Sprintf("failed to connect to localhost:%d inside namespace %q, IPv4: dial tcp4 127.0.0.1:%d: connect: %v "+
				"IPv6 dial tcp6: address localhost: no suitable address found ", ports[i], n.sandbox, ports[i], failures[i]))
			continue
		}
		open.Go(func() {
			_, _ = io.Copy(s.output(byte(2*i)), conn) // it ends when the program closes the connection, or the client
			_ = conn.Close()                          // never fails
		})
	}
	ended := make(chan struct{})
	go func() {
		open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-s.lost:
		<-ended // readPorts has closed them
	}
	s.closeForward()
}

// failForward says on a port's error channel why it is not connected.
func (s *session) failForward(n *network, channel byte, port int, why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.write(channel, fmt.Appendf(nil, "error forwarding port %d to pod %s, uid : failed to execute portforward in network namespace %q: %s", port, n.sandbox, n.namespace, why))
	}
}

// closeForward ends the session in order, unless a fault does.
func (s *session) closeForward() {
	s.mu.Lock()
	if !s.over && s.fault != nil {
		s.breakOff()
	}
	broken := s.over
	s.over = true
	s.mu.Unlock()
	if !broken && s.out.flush() == nil {
		_ = s.conn.Close(websocket.StatusNormalClosure, "") // a client that does not answer is waited for by end
	}
}

// readPorts gives the ports what the client sends, until the connection ends; that of a port ends with it, and this waits while one takes nothing.
// What the client sends on channels of errors is passed over.
func (s *session) readPorts(conns []*machine.Conn) {
	defer close(s.lost)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				_ = conn.Close() // never fails
			}
		}
	}()
	for {
		_, message, err := s.conn.Reader(context.Background())
		if err != nil {
			return
		}
		var channel [1]byte
		if _, err = io.ReadFull(message, channel[:]); err == io.EOF {
			continue
		}
		if err != nil {
			return
		}
		i := int(channel[0] / 2)
		if channel[0]%2 == 0 && i < len(conns) && conns[i] != nil {
			if _, err := io.Copy(struct{ io.Writer }{conns[i]}, message); err == syscall.EPIPE {
				_ = conns[i].Close() // never fails; the program has ended it
			}
		}
		if _, err := io.Copy(io.Discard, message); err != nil {
			return
		}
	}
}
