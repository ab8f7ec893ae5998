package kubelet

import (
	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// unschedulable is the message of the scheduler of Kubernetes 1.35 for a pod whose nodeSelector no
// node matches.
const unschedulable = "0/1 nodes are available: 1 node(s) didn't match Pod's node " +
	"affinity/selector. no new claims to deallocate, preemption: 0/1 nodes are available: " +
	"1 Preemption is not helpful for scheduling."

// schedule binds a pod to the node, unless the node lacks labels of the pod's nodeSelector.
func (n *Node) schedule(pod map[string]any) map[string]any {
	scheduled := condition(pod, "PodScheduled", true, "", "")
	if n.matches(object.Fields(pod, "spec", "nodeSelector")) {
		pod = object.With(pod, NodeName, "spec", "nodeName")
	} else {
		scheduled = condition(pod, "PodScheduled", false, "Unschedulable", unschedulable)
	}
	return object.With(pod, setCondition(object.List(pod, "status", "conditions"), scheduled),
		"status", "conditions")
}

// matches reports whether the node has all labels of a selector.
func (n *Node) matches(selector map[string]any) bool {
	node := n.store.Get(api.NodeKind, "", NodeName)
	for key, value := range selector {
		if node == nil || object.At(node.Object, "metadata", "labels", key) != value {
			return false
		}
	}
	return true
}
