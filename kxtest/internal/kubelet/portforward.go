package kubelet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/stream"
	"github.com/kx-k8s/kx/resources"
)

// PortForward serves a port-forward: a session with two channels for each port.
func (n *Node) PortForward(w http.ResponseWriter, r *http.Request, pod map[string]any,
	ports []int) {
	code, message := refusedForward(pod, ports)
	if code != 0 {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(code)
		_, _ = io.WriteString(w, message+"\n") // the client may have disconnected
		return
	}
	protocols, ok := forwardProtocols(r.Header.Values("Sec-WebSocket-Protocol"))
	if !ok {
		w.WriteHeader(http.StatusForbidden) // as with exec
		return
	}
	s := stream.Upgrade(w, r, protocols)
	if s == nil {
		return
	}
	defer s.CloseWith(r.Context())()
	defer s.End()
	forwardPorts(s, n.runtime.network(podKey(pod)), ports)
}

// refusedForward returns the node's error in plain text. Code 0 means no error.
func refusedForward(pod map[string]any, ports []int) (code int, message string) {
	phase := object.Text(pod, "status", "phase")
	switch {
	case resources.PhaseEnded(phase):
		return http.StatusInternalServerError, fmt.Sprintf("pod not found (%q)",
			object.Text(pod, "metadata", "name")+
				"_"+object.Text(pod, "metadata", "namespace"))
	case len(ports) == 0:
		return http.StatusBadRequest, `query parameter "port" is required`
	case slices.Contains(ports, 0):
		return http.StatusBadRequest, `port "0" must be > 0`
	}
	return 0, ""
}

// forwardProtocols returns the subprotocols for the response: v4, as port-forward has no v5, or
// none if the client offers none.
func forwardProtocols(headers []string) (protocols []string, ok bool) {
	if len(headers) == 0 {
		return nil, true
	}
	for part := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		if strings.TrimSpace(part) == stream.ProtocolV4 {
			return []string{stream.ProtocolV4}, true
		}
	}
	return nil, false
}

// forwardPorts connects the client with each port. It returns when all connections have ended or
// the client disconnects.
func forwardPorts(s *stream.Session, n *network, ports []int) {
	conns := make([]*machine.Conn, len(ports))
	failures := make([]error, len(ports))
	for i, port := range ports {
		head := binary.LittleEndian.AppendUint16(nil, uint16(port))
		s.Send(byte(2*i), head)
		s.Send(byte(2*i+1), head)
		conns[i], failures[i] = n.Dial(port)
	}
	s.ReceiveMessages(func(channel byte, message io.Reader) { toPort(conns, channel, message) },
		func() { closeAll(conns) })
	var open sync.WaitGroup
	for i, conn := range conns {
		if failures[i] != nil {
			s.Send(byte(2*i+1), forwardFailure(n, ports[i],
				fmt.Sprintf(
					"failed to connect to localhost:%d inside namespace %q, IPv4: dial tcp4 "+
						"127.0.0.1:%d: connect: %v IPv6 dial tcp6: address localhost: no "+
						"suitable address found ", ports[i], n.sandbox, ports[i],
					failures[i])))
			continue
		}
		open.Go(func() {
			// Ends when the program or the client closes the connection.
			_, _ = io.Copy(s.Output(byte(2*i)), conn)
			_ = conn.Close() // never fails
		})
	}
	ended := make(chan struct{})
	go func() {
		open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-s.Disconnected:
		<-ended // closeAll has closed the connections
	}
	s.Finish(nil)
}

// forwardFailure returns the message for a port's error channel when the port refuses the
// connection.
func forwardFailure(n *network, port int, why string) []byte {
	return fmt.Appendf(nil,
		"error forwarding port %d to pod %s, uid : failed to execute portforward in network "+
			"namespace %q: %s",
		port, n.sandbox, n.namespace, why)
}

// toPort writes a message to the port of its channel, and waits until the port's program reads it.
// It ignores messages on error channels.
func toPort(conns []*machine.Conn, channel byte, message io.Reader) {
	i := int(channel / 2)
	if channel%2 != 0 || i >= len(conns) || conns[i] == nil {
		return
	}
	if _, err := io.Copy(struct{ io.Writer }{conns[i]}, message); errors.Is(err, syscall.EPIPE) {
		_ = conns[i].Close() // never fails; the program has closed its end
	}
}

func closeAll(conns []*machine.Conn) {
	for _, conn := range conns {
		if conn != nil {
			_ = conn.Close() // never fails
		}
	}
}
