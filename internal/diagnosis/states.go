package diagnosis

// state is what kx knows about one state of a pod.
type state struct {
	// name is a reason of the API, or a word such as Mount.
	name string
	// when is a regular expression that the message matches. The first row that matches counts.
	when string
	// text is what to print. {1} is a group of when. The other words in braces are those of vars.
	text string
	// commands are the kx command lines to type next, with "; " between them.
	commands string
}

// podStates are the states of a pod as a whole, by the steps of its life.
var podStates = []state{
	// No scheduler has found a node.
	{"Unscheduled", "", "No scheduler has handled the pod. Its schedulerName is {scheduler}: " +
		"check that this scheduler runs.",
		"get pods -A --field-selector spec.schedulerName={scheduler}; get pods -n kube-system"},
	{"SchedulingGated", "",
		"The pod waits for its scheduling gates: {gates}. Whoever set them must remove them.",
		"get pod {pod} -o yaml"},
	{"Unschedulable", "no nodes available", "The cluster has no nodes.", "get nodes"},
	{"Unschedulable", `Insufficient (cpu|memory|ephemeral-storage)`, "No node has enough " +
		"unreserved {1}. The requests are: {requests}. Request less, end other pods, or add " +
		"a node.", "{nodes}{1}:.status.allocatable.{1}; {fix}"},
	{"Unschedulable", `Too many pods|Insufficient pods`,
		"Every node that fits has as many pods as it may have. Delete pods, or add a node.",
		"{nodes}PODS:.status.allocatable.pods; get pods -A"},
	{"Unschedulable", `Insufficient ([^\s,]*[^\s,.])`, "No node has enough of {1}. A device " +
		"plugin offers it: check that it runs, and what is in use.",
		"{nodes}ALLOCATABLE:.status.allocatable"},
	{"Unschedulable", `untolerated taint`,
		"Nodes have taints that the pod does not tolerate. Add a toleration, or remove the taint.",
		"{nodes}TAINTS:.spec.taints"},
	{"Unschedulable", `were unschedulable`,
		"Nodes are cordoned. Uncordon one when its maintenance is over.", "get nodes"},
	{"Unschedulable", `didn't match Pod's node affinity/selector`,
		"No node has the labels that the pod wants: {selector}. Label a node, or correct the pod.",
		"get nodes --show-labels; {fix}"},
	{"Unschedulable", `persistentvolumeclaim "([^"]+)" not found`, "The PersistentVolumeClaim " +
		"{1} does not exist in the namespace. Create it, or correct its name.",
		"get pvc; {fix}"},
	{"Unschedulable", `unbound immediate PersistentVolumeClaims`, "A PersistentVolumeClaim of " +
		"the pod has no volume yet: {claims}. Its events say whether a storage class " +
		"provides one.", "events pvc/{claim}; get pvc; get storageclasses"},
	{"Unschedulable", `didn't find available persistent volumes`,
		"No volume fits a claim of the pod ({claims}), and no storage class provides one.",
		"events pvc/{claim}; get pv; get storageclasses"},
	{"Unschedulable", `volume node affinity conflict`, "The volume of a claim ({claims}) is " +
		"bound to another node or zone, which the pod may not use.",
		"get pv; get nodes --show-labels"},
	{"Unschedulable", `exceed max volume count`,
		"The nodes have as many volumes attached as they may have.", "get pods -A -o wide"},
	{"Unschedulable", `topology spread constraints \(missing required label\)`,
		"A topology spread constraint of the pod uses a label that no node has.",
		"get nodes --show-labels; {fix}"},
	{"Unschedulable", `topology spread constraints`, "Another pod on the nodes that fit would " +
		"break a topology spread constraint. Add a node in another zone, or relax the " +
		"constraint.", "get pods -o wide; {fix}"},
	{"Unschedulable", `anti-affinity rules`,
		"Pods that this one must not share a node with run on every node that fits.",
		"get pods -o wide; {fix}"},
	{"Unschedulable", `pod affinity rules`,
		"No node runs the pods that this one must share a node with.",
		"get pods -A --show-labels; {fix}"},
	{"Unschedulable", `free ports`,
		"Another pod has the host port on every node that fits: {hostports}.",
		"get pods -A -o wide; {fix}"},
	{"Unschedulable", "", "The scheduler finds no node for the pod: {message}.",
		"{events}; get nodes"},

	// The node does not take the pod, or is gone.
	{"NodeMissing", "",
		"Node {node} does not exist. The pod cannot run there, and must be created anew.",
		"get nodes; delete pod {pod} --force --grace-period=0"},
	{"NodeNotReady", "", "Node {node} is not ready: {message}. What the pod shows may be old.",
		"get nodes; events node/{node}"},
	{"NotStarted", "", "The kubelet of node {node} has not begun with the pod.",
		"events node/{node}; get nodes"},

	// The node prepares the pod.
	{"Mount", `configmap "([^"]+)" not found`, "A volume needs the ConfigMap {1}, which does not " +
		"exist in the namespace. Create it, or correct its name.", "get configmaps; {fix}"},
	{"Mount", `secret "([^"]+)" not found`, "A volume needs the Secret {1}, which does not " +
		"exist in the namespace. Create it, or correct its name.", "get secrets; {fix}"},
	{"Mount", `references non-existent (?:config|secret) key: ([^\s,]+)`,
		"A volume needs the key {1}, which its ConfigMap or Secret does not have.",
		"get configmaps,secrets; {fix}"},
	{"Mount", `hostPath type check failed: (\S+) (.*)`,
		"A hostPath volume does not fit node {node}: {1} {2}.", "debug node/{node} -it; {fix}"},
	{"Mount", `Multi-Attach`,
		"Another node still has the volume attached. The pod there must end first.",
		"get pods -o wide; get volumeattachments"},
	{"Mount", "", "A volume cannot be mounted: {message}.", "events {pod}; get pvc"},
	{"Sandbox", `no runtime for "([^"]+)" is configured`,
		"Node {node} has no container runtime {1}, which the RuntimeClass of the pod names.",
		"get runtimeclasses; {fix}"},
	{"Sandbox", `(?i)no (IP addresses|available IP)|range is full|failed to allocate|exhausted`,
		"Node {node} has no free IP address for the pod. Delete pods there, or give the node " +
			"more addresses.", "get pods -A --field-selector spec.nodeName={node}"},
	{"Sandbox", `(?i)cni|setup network|network is not ready|networkplugin`,
		"The network plugin (CNI) of node {node} does not work. Its pods usually run in " +
			"kube-system.",
		"get pods -n kube-system -o wide --field-selector spec.nodeName={node}; {events}"},
	{"Sandbox", `sandbox image`,
		"Node {node} cannot pull the pause image of its runtime. Its registry access needs repair.",
		"{events}; debug node/{node} -it"},
	{"Sandbox", "", "Node {node} cannot create the pod's sandbox: {message}.", "{events}"},
	{"Creating", "",
		"Node {node} prepares the pod: it mounts volumes, and pulls the image {image}.",
		"events {pod} -w"},

	// The end of a pod.
	{"Completed", "",
		"The pod has completed: every container ended with code 0. Nothing runs there any more.",
		"logs {pod} --all-containers"},
	{"Evicted", `low on resource: ([a-z-]+)`, "Node {node} evicted the pod, because it was low " +
		"on {1}. A controller makes a new pod; this one stays as a record.",
		"events node/{node}; delete pod {pod}"},
	{"Evicted", `ephemeral(-| local )storage|EmptyDir`, "The pod was evicted, because it wrote " +
		"more to disk than its limit allows. Raise the limit, or write less.",
		"{fix}; delete pod {pod}"},
	{"Evicted", "", "The pod was evicted: {message}.", "{events}; delete pod {pod}"},
	{"DeadlineExceeded", "", "The pod ran longer than its activeDeadlineSeconds, and was ended.",
		"logs {pod} --all-containers; {fix}"},
	{"OutOf", `OutOf([a-z-]+)`,
		"Node {node} rejected the pod: it has not enough {1} left. The pod must be created anew.",
		"get pods -A --field-selector spec.nodeName={node}; delete pod {pod}"},
	{"Rejected", "", "The pod has failed for good: {message}.", "{events}; delete pod {pod}"},
	{"TerminatingOnDeadNode", "", "The pod is being deleted, but node {node} does not answer: " +
		"{message}. Its programs may still run there.",
		"get nodes; delete pod {pod} --force --grace-period=0"},
	{"TerminatingForFinalizer", "", "The pod is being deleted, and its containers have ended. It " +
		"waits for whoever owns its finalizers: {finalizers}.",
		`get pod {pod} -o yaml; patch pod {pod} --type merge -p {"metadata":{"finalizers":null}}`},
	{"TerminatingLate", "", "The pod is being deleted, and its grace period is over. Its " +
		"containers have not ended yet.",
		"{events}; delete pod {pod} --force --grace-period=0"},
	{"Terminating", "",
		"The pod is being deleted. Its programs have been asked to end, and get {grace} for that.",
		"wait pod/{pod} --for delete"},

	{"Ready", "", "Nothing is wrong that kx can see: all containers are ready.",
		"logs {pod} --all-containers; debug {pod} -it"},
	{"Unknown", "", "kx knows no reason for this state. The events and the logs may name one.",
		"{events}; logs {pod} --all-containers"},
}
