package diagnosis_test

import (
	"time"

	"github.com/kx-k8s/kx/internal/diagnosis"
)

// changedPod is a recorded pod in a state that one healthy node does not show.
type changedPod struct {
	name, file string
	change     func(*recording)
	want       []string
}

// changedPods are the states of pods as a whole.
var changedPods = []changedPod{
	{"a taint, old and new wording", "pend-cpu", unschedulable("0/3 nodes are available: 1 node(s) had untolerated taint {a: b}, 2 node(s) had untolerated taint(s)" + preemption), []string{
		"Unschedulable: Nodes have taints that the pod does not tolerate. Add a toleration, or remove the taint.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,TAINTS:.spec.taints",
	}},
	{"two resources", "pend-cpu", unschedulable("0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient memory" + preemption), []string{
		"Unschedulable: No node has enough unreserved cpu. The requests are: app 1k. Request less, end other pods, or add a node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,cpu:.status.allocatable.cpu",
		"kx get pod pend-cpu -o yaml",
		"Unschedulable: No node has enough unreserved memory. The requests are: none. Request less, end other pods, or add a node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,memory:.status.allocatable.memory",
		"kx get pod pend-cpu -o yaml",
	}},
	{"too many pods", "pend-cpu", unschedulable("0/3 nodes are available: 3 Too many pods" + preemption), []string{
		"Unschedulable: Every node that fits has as many pods as it may have. Delete pods, or add a node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,PODS:.status.allocatable.pods",
		"kx get pods -A",
	}},
	{"cordoned nodes", "pend-cpu", unschedulable("0/1 nodes are available: 1 node(s) were unschedulable" + preemption), []string{
		"Unschedulable: Nodes are cordoned. Uncordon one when its maintenance is over.",
		"kx get nodes",
	}},
	{"no nodes", "pend-cpu", unschedulable("no nodes available to schedule pods"), []string{
		"Unschedulable: The cluster has no nodes.",
		"kx get nodes",
	}},
	{"no volume for a claim", "pend-pvc", unschedulable("0/1 nodes are available: 1 node(s) didn't find available persistent volumes to bind" + preemption), []string{
		"Unschedulable: No volume fits a claim of the pod (data), and no storage class provides one.",
		"kx events pvc/data",
		"kx get pv",
		"kx get storageclasses",
	}},
	{"a volume in another zone", "pend-pvc", unschedulable("0/1 nodes are available: 1 node(s) had volume node affinity conflict" + preemption), []string{
		"Unschedulable: The volume of a claim (data) is bound to another node or zone, which the pod may not use.",
		"kx get pv",
		"kx get nodes --show-labels",
	}},
	{"too many volumes", "pend-pvc", unschedulable("0/1 nodes are available: 1 node(s) exceed max volume count" + preemption), []string{
		"Unschedulable: The nodes have as many volumes attached as they may have.",
		"kx get pods -A -o wide",
	}},
	{"a topology spread constraint", "pend-spread", unschedulable("0/2 nodes are available: 2 node(s) didn't match pod topology spread constraints" + preemption), []string{
		"Unschedulable: Another pod on the nodes that fit would break a topology spread constraint. Add a node in another zone, or relax the constraint.",
		"kx get pods -o wide",
		"kx get pod pend-spread -o yaml",
	}},
	{"a scheduler's own reason", "pend-cpu", unschedulable("0/2 nodes are available: 2 node(s) are haunted" + preemption), []string{
		"Unschedulable: The scheduler finds no node for the pod: 0/2 nodes are available: 2 node(s) are haunted. no new claims to deallocate.",
		"kx events pend-cpu",
		"kx get nodes",
	}},

	{"a node that is not ready", "healthy", nodeNotReady, []string{
		"NodeNotReady: Node kx-node is not ready: NodeStatusUnknown: Kubelet stopped posting node status. What the pod shows may be old.",
		"kx get nodes",
		"kx events node/kx-node",
	}},
	{"a node that is gone", "healthy", nodeMissing, []string{
		"NodeMissing: Node kx-node does not exist. The pod cannot run there, and must be created anew.",
		"kx get nodes",
		"kx delete pod healthy --force --grace-period=0",
	}},
	{"a kubelet that has not begun", "healthy", func(r *recording) { r.pod.Status = diagnosis.PodStatus{Phase: "Pending"} }, []string{
		"NotStarted: The kubelet of node kx-node has not begun with the pod.",
		"kx events node/kx-node",
		"kx get nodes",
	}},
	{"a deletion on a dead node", "healthy", func(r *recording) { nodeNotReady(r); deletedAt(-time.Minute)(r) }, []string{
		"TerminatingOnDeadNode: The pod is being deleted, but node kx-node does not answer: NodeStatusUnknown: Kubelet stopped posting node status. Its programs may still run there.",
		"kx get nodes",
		"kx delete pod healthy --force --grace-period=0",
	}},
	{"a deletion in its grace period", "healthy", deletedAt(time.Minute), []string{
		"Terminating: The pod is being deleted. Its programs have been asked to end, and get 30s for that.",
		"kx wait pod/healthy --for delete",
	}},
	{"a deletion whose grace period is over", "healthy", deletedAt(-time.Minute), []string{
		"TerminatingLate: The pod is being deleted, and its grace period is over. Its containers have not ended yet.",
		"kx events healthy",
		"kx delete pod healthy --force --grace-period=0",
	}},

	{"a volume on another node", "mount-cm", withEvent("FailedAttachVolume", `Multi-Attach error for volume "pvc-1" Volume is already exclusively attached to one node and can't be attached to another`), []string{
		"Mount: Another node still has the volume attached. The pod there must end first.",
		"kx get pods -o wide",
		"kx get volumeattachments",
	}},
	{"a key of a volume", "mount-cm", withEvent("FailedMount", `MountVolume.SetUp failed for volume "v" : references non-existent secret key: tls.crt`), []string{
		"Mount: A volume needs the key tls.crt, which its ConfigMap or Secret does not have.",
		"kx get configmaps,secrets",
		"kx get pod mount-cm -o yaml",
	}},
	{"a mount that fails", "mount-cm", withEvent("FailedMount", "MountVolume.SetUp failed for volume \"v\" : mount failed: exit status 32"), []string{
		"Mount: A volume cannot be mounted: MountVolume.SetUp failed for volume \"v\" : mount failed: exit status 32.",
		"kx events mount-cm",
		"kx get pvc",
	}},
	{"a network plugin that fails", "sandbox", withEvent("FailedCreatePodSandBox", `Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "a": plugin type="calico" failed (add): connection is unauthorized`), []string{
		"Sandbox: The network plugin (CNI) of node kx-node does not work. Its pods usually run in kube-system.",
		"kx get pods -n kube-system -o wide --field-selector spec.nodeName=kx-node",
		"kx events sandbox",
	}},
	{"no network plugin", "sandbox", withEvent("NetworkNotReady", "network is not ready: container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized"), []string{
		"Sandbox: The network plugin (CNI) of node kx-node does not work. Its pods usually run in kube-system.",
		"kx get pods -n kube-system -o wide --field-selector spec.nodeName=kx-node",
		"kx events sandbox",
	}},
	{"no free address", "sandbox", withEvent("FailedCreatePodSandBox", `failed to allocate for range 0: no IP addresses available in range set: 10.244.0.1-10.244.0.254`), []string{
		"Sandbox: Node kx-node has no free IP address for the pod. Delete pods there, or give the node more addresses.",
		"kx get pods -A --field-selector spec.nodeName=kx-node",
	}},
	{"no pause image", "sandbox", withEvent("FailedCreatePodSandBox", `failed to get sandbox image "registry.k8s.io/pause:3.10": failed to pull image`), []string{
		"Sandbox: Node kx-node cannot pull the pause image of its runtime. Its registry access needs repair.",
		"kx events sandbox",
		"kx debug node/kx-node -it",
	}},
	{"another sandbox failure", "sandbox", withEvent("FailedCreatePodSandBox", "Failed to create pod sandbox: no space left on device"), []string{
		"Sandbox: Node kx-node cannot create the pod's sandbox: Failed to create pod sandbox: no space left on device.",
		"kx events sandbox",
	}},
	{"a pod that is prepared", "sandbox", func(r *recording) { r.Events = nil }, []string{
		"Creating: Node kx-node prepares the pod: it mounts volumes, and pulls the image kx.local/busybox:1.",
		"kx events sandbox -w",
	}},

	{"an eviction by the node", "evicted", podFailed("Evicted", "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi. Container app was using 1Gi, request is 0, has larger consumption of memory."), []string{
		"Evicted: Node kx-node evicted the pod, because it was low on memory. A controller makes a new pod; this one stays as a record.",
		"kx events node/kx-node",
		"kx delete pod evicted",
	}},
	{"another eviction", "evicted", podFailed("Evicted", "Pod was evicted by someone."), []string{
		"Evicted: The pod was evicted: Pod was evicted by someone.",
		"kx events evicted",
		"kx delete pod evicted",
	}},
	{"a rejection by the node", "evicted", podFailed("UnexpectedAdmissionError", "Allocate failed due to no healthy devices present"), []string{
		"Rejected: The pod has failed for good: UnexpectedAdmissionError: Allocate failed due to no healthy devices present.",
		"kx events evicted",
		"kx delete pod evicted",
	}},
	{"a state that kx does not know", "healthy", func(r *recording) {
		r.pod.Status = diagnosis.PodStatus{Phase: "Unknown", Containers: r.pod.Status.Containers}
	}, []string{
		"Unknown: kx knows no reason for this state. The events and the logs may name one.",
		"kx events healthy",
		"kx logs healthy --all-containers",
	}},
}
