package kubelet

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"github.com/kx-k8s/kx/kxtest/internal/machine"
)

// network is the network that the containers of a pod share.
type network struct {
	*machine.Network
	sandbox   string // the id of the sandbox in the runtime's messages
	namespace string // the path of the network namespace in the runtime's messages
}

func newNetwork() *network {
	var b [16]byte
	_, _ = rand.Read(b[:]) // does not fail
	id := hex.EncodeToString(b[:])
	return &network{machine.NewNetwork(), newContainerID(),
		fmt.Sprintf("/var/run/netns/cni-%s-%s-%s-%s-%s", id[:8],
			id[8:12], id[12:16], id[16:20], id[20:])}
}

// network returns the network of a pod.
func (r *containerRuntime) network(key string) *network {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.networks[key] == nil {
		r.networks[key] = newNetwork()
	}
	return r.networks[key]
}
