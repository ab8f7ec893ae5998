package kubelet

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"

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
	return &network{machine.NewNetwork(), newContainerID(), fmt.Sprintf("/var/run/netns/cni-%s-%s-%s-%s-%s", id[:8],
		id[8:12], id[12:16], id[16:20], id[20:])}
}

// network is that of a pod, by its key.
func (r *containerRuntime) network(key string) *network {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.networks[key] == nil {
		r.networks[key] = newNetwork()
	}
	return r.networks[key]
}
