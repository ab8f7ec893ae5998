package kxtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// network is what the containers of a pod share.
type network struct {
	*machine.Network
	sandbox   string // the id that the runtime's messages name
	namespace string // and the file
}

func newNetwork() *network {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	id := hex.EncodeToString(b[:])
	return &network{machine.NewNetwork(), newContainerID(), fmt.Sprintf("/var/run/netns/cni-%s-%s-%s-%s-%s", id[:8], id[8:12], id[12:16], id[16:20], id[20:])}
}

// network is that of a pod, by its key.
func (r *containers) network(key string) *network {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.networks[key] == nil {
		r.networks[key] = newNetwork()
	}
	return r.networks[key]
}

// Listen opens a TCP port of the process's pod, as on its loopback address: port-forwarding reaches it. 0 is any port that is free. The containers of a
// pod share its ports, which are in memory and none of the host's. The listener, and what it has accepted, close when the process ends.
func (p *Process) Listen(port int) (net.Listener, error) {
	l, err := p.process.Listen(port)
	if err != nil {
		return nil, fmt.Errorf("listen on port %d: %w", port, err)
	}
	return l, nil
}
