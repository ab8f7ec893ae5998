package diagnosis_test

import (
	"time"

	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
)

// changedPods are recorded pods in states that one healthy node does not show.
var changedPods = []struct {
	name, file string
	change     func(*recording)
	want       []string
}{
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

	{"a private image", "pull-404", pulling(`pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`), []string{
		"Pull: The registry refuses localhost:5055/none/app:1: it is private, or does not exist. Pull secrets of the pod: none.",
		"kx get serviceaccount default -o yaml",
		"kx get secrets",
	}},
	{"a limit of pulls", "pull-404", pulling(`429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit`), []string{
		"Pull: The registry of localhost:5055/none/app:1 limits the number of pulls. Wait, or use a pull secret or a mirror.",
		"kx get serviceaccount default -o yaml",
	}},
	{"another architecture", "pull-404", pulling(`no match for platform in manifest: not found`), []string{
		"Pull: The image localhost:5055/none/app:1 is not built for the architecture of node kx-node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,ARCH:.status.nodeInfo.architecture",
	}},
	{"a registry without a route", "pull-404", pulling(`dial tcp 192.0.2.1:443: connect: no route to host`), []string{
		"Pull: Node kx-node cannot reach the registry of localhost:5055/none/app:1. Check its address, the proxy and the firewall.",
		"kx patch pod pull-404 -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
		"kx debug node/kx-node -it",
	}},
	{"a pull that fails", "pull-404", pulling(`unexpected EOF`), []string{
		"Pull: Node kx-node cannot pull localhost:5055/none/app:1.",
		"kx events pull-404",
		"kx patch pod pull-404 -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
	}},
	{"the cause of a pull in an event", "pull-404", func(r *recording) {
		pulling(`Back-off pulling image "a"`)(r)
		withEvent("Failed", `Failed to pull image "a": x509: certificate has expired`)(r)
		r.Events[0].InvolvedObject.FieldPath = "spec.containers{app}"
	}, []string{
		"Pull: Node kx-node does not trust the TLS certificate of the registry of localhost:5055/none/app:1. The node's runtime needs its CA.",
		"kx debug node/kx-node -it",
	}},
	{"an image of a Deployment", "pull-404", ownedBy("ReplicaSet", "web-7d9c"), []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		"kx patch deployment/web -p {\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}}}",
	}},
	{"an image of a Job", "pull-404", ownedBy("Job", "backup"), []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		"kx get job/backup -o yaml",
	}},

	{"an image without a command", "seccomp", waiting("CreateContainerError", "failed to generate container spec: no command specified"), []string{
		"CreateContainerError: Neither the image kx.local/busybox:1 nor container app has a command. Set one.",
		"kx get pod seccomp -o yaml",
	}},
	{"a slow runtime", "seccomp", waiting("CreateContainerError", "context deadline exceeded"), []string{
		"CreateContainerError: The runtime of node kx-node is slow or stuck: it has not created container app in time.",
		"kx events node/kx-node",
		"kx get nodes",
	}},
	{"a container that cannot be created", "seccomp", waiting("CreateContainerError", "no such device"), []string{
		"CreateContainerError: The runtime cannot create container app: no such device.",
		"kx events seccomp",
		"kx get pod seccomp -o yaml",
	}},
	{"a program that is not there, with CRI-O", "seccomp", waiting("CreateContainerError", "container create failed: executable file `/app` not found in $PATH: No such file or directory"), []string{
		"StartError: Container app does not start: its image has no program /app. Check the command and the image.",
		"kx get pod seccomp -o yaml",
	}},
	{"another configuration error", "cm-missing", waiting("CreateContainerConfigError", "failed to sync configmap cache: timed out waiting for the condition"), []string{
		"CreateContainerConfigError: The configuration of container app is not valid: failed to sync configmap cache: timed out waiting for the condition.",
		"kx get pod cm-missing -o yaml",
	}},
	{"a limit below what the runtime needs", "oom", waiting("RunContainerError", "container init was OOM-killed (memory limit too low?)"), []string{
		"StartError: The memory limit of container app is too low even for its start: 20Mi.",
		"kx get pod oom -o yaml",
	}},

	{"a node without memory", "crash137", exited("OOMKilled", 137), []string{
		"OOMKilled: Container app was killed, because its node ran out of memory. It has no memory limit: set one.",
		"kx logs crash137 -c app -p",
		"kx get pod crash137 -o yaml",
	}},
	{"an abort", "crash1", exited("Error", 134), []string{
		"Exit: Container app ended with code 134 (SIGABRT): its program aborted, often after a failed assertion.",
		"kx logs crash1 -c app -p",
		"kx debug crash1 --copy-to crash1-debug -c app -it -- sh",
	}},
	{"a signal of no row", "crash1", exited("Error", 141), []string{
		"Exit: Container app ended with code 141 (SIGPIPE). The log usually says why.",
		"kx logs crash1 -c app -p",
		"kx debug crash1 --copy-to crash1-debug -c app -it -- sh",
	}},
	{"a container that the node has lost", "crash1", exited("ContainerStatusUnknown", 255), []string{
		"ContainerStatusUnknown: Node kx-node has lost container app: how it ended is not known. The node may have been restarted.",
		"kx events node/kx-node",
		"kx logs crash1 -c app -p",
	}},
	{"a container that runs again", "crash1", func(r *recording) {
		s := &r.pod.Status.Containers[0]
		s.State, s.Ready = resources.ContainerState{Running: &resources.ContainerStateRunning{StartedAt: resources.NewTime(r.Now)}}, true
	}, []string{
		"Restarted: Container app runs again after 8 restarts. Its last run ended with code 1.",
		"kx logs crash1 -c app -p",
	}},
	{"a liveness probe that fails now", "healthy", func(r *recording) {
		r.pod.Spec.Containers[0].LivenessProbe = &diagnosis.Probe{Period: 10, Timeout: 1, Failures: 3}
		withEvent("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")(r)
		r.Events[0].InvolvedObject.FieldPath = "spec.containers{app}"
	}, []string{
		"LivenessProbe: The kubelet restarts container app, because its liveness probe fails (unknown check). The program answers with status 503.",
		"kx logs healthy -c app",
		"kx debug healthy -it --target app",
	}},
	{"a liveness probe that failed an hour ago", "healthy", func(r *recording) {
		r.pod.Spec.Containers[0].LivenessProbe = &diagnosis.Probe{Period: 10, Timeout: 1, Failures: 3}
		withEvent("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")(r)
		r.Events[0].InvolvedObject.FieldPath, r.Events[0].LastTimestamp = "spec.containers{app}", resources.NewTime(r.Now.Add(-time.Hour))
	}, []string{
		"Ready: Nothing is wrong that kx can see: all containers are ready.",
		"kx logs healthy --all-containers",
		"kx debug healthy -it",
	}},
	{"a readiness probe without an answer", "probe-ready", func(r *recording) {
		withEvent("Unhealthy", `Readiness probe failed: Get "http:/`+
			`/10.0.0.1:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`)(r)
		r.Events[0].InvolvedObject.FieldPath = "spec.containers{app}"
	}, []string{
		"ReadinessProbe: Container app runs, but its readiness probe fails (GET http:/" +
			"/:8080/ready). Services send it no requests. There was no answer within 1 seconds.",
		"kx debug probe-ready -it --target app",
		"kx logs probe-ready -c app",
	}},
	{"a startup probe that has not passed", "probe-ready", func(r *recording) {
		c := &r.pod.Spec.Containers[0]
		c.StartupProbe, r.pod.Status.Containers[0].Started, r.Events = c.ReadinessProbe, false, nil
	}, []string{
		"StartupProbe: Container app does not pass its startup probe (GET http:/" +
			"/:8080/ready). After 3 failures in a row the kubelet restarts it. The events do not say why.",
		"kx logs probe-ready -c app",
		"kx debug probe-ready -it --target app",
	}},
	{"a container that is not ready yet", "probe-ready", func(r *recording) { r.pod.Spec.Containers[0].ReadinessProbe = nil }, []string{
		"NotReady: Container app runs, and the kubelet has not reported it as ready yet.",
		"kx events probe-ready -w",
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
