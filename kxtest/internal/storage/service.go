package storage

import (
	"fmt"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// The range of the node ports of services. The addresses are those of 10.96.0.0/12. Most clusters
// have both.
const (
	firstNodePort = 30000
	lastNodePort  = 32767
)

// withAddresses allocates the cluster address and the node ports that a new service needs and does
// not name. The caller holds the lock.
func (s *Store) withAddresses(service map[string]any) map[string]any {
	kind := object.Text(service, "spec", "type")
	address := object.Text(service, "spec", "clusterIP")
	if kind != "ExternalName" && address != "None" {
		if address == "" {
			address = s.freeAddress()
		}
		service = object.With(service, address, "spec", "clusterIP")
		service = object.With(service, []any{address}, "spec", "clusterIPs")
	}
	if kind != "NodePort" && kind != "LoadBalancer" ||
		object.At(service, "spec", "allocateLoadBalancerNodePorts") == false {
		return service
	}
	used := s.usedNodePorts()
	var ports []any
	for _, p := range object.List(service, "spec", "ports") {
		port := object.Fields(p)
		if _, ok := object.Number(port, "nodePort"); !ok {
			port = object.With(port, nextNodePort(used), "nodePort")
		}
		ports = append(ports, port)
	}
	return object.With(service, ports, "spec", "ports")
}

// freeAddress returns the first address that no service has.
func (s *Store) freeAddress() string {
	used := map[string]bool{}
	for _, e := range s.objects[api.ServiceKind] {
		used[object.Text(e.Object, "spec", "clusterIP")] = true
	}
	for n := 1; ; n++ { // a store does not hold a million services
		address := fmt.Sprintf("10.%d.%d.%d", 96+n>>16, n>>8&0xff, n&0xff)
		if !used[address] {
			return address
		}
	}
}

func (s *Store) usedNodePorts() map[int64]bool {
	used := map[int64]bool{}
	for _, e := range s.objects[api.ServiceKind] {
		for _, p := range object.List(e.Object, "spec", "ports") {
			if port, ok := object.Number(p, "nodePort"); ok {
				used[port] = true
			}
		}
	}
	return used
}

// nextNodePort takes the first free port of the range. It returns 0 if there is none.
func nextNodePort(used map[int64]bool) int64 {
	for port := int64(firstNodePort); port <= lastNodePort; port++ {
		if !used[port] {
			used[port] = true
			return port
		}
	}
	return 0
}
