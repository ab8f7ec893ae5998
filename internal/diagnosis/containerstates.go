package diagnosis

// containerStates are the states of a container, by the steps of its life.
var containerStates = []state{
	// The image.
	{"Pull", `x509|certificate|server gave HTTP response`, "Node {node} does not trust the TLS " +
		"certificate of the registry of {image}. The node's runtime needs its CA.",
		"debug node/{node} -it"},
	{"Pull", `no such host|server misbehaving|name resolution`, "Node {node} cannot resolve the " +
		"registry's name in {image}. Correct the name, or the node's DNS.",
		"{image-fix}; debug node/{node} -it"},
	{"Pull", `(?i)toomanyrequests|\b429\b|rate limit`, "The registry of {image} limits the " +
		"number of pulls. Wait, or use a pull secret or a mirror.",
		"get serviceaccount {account} -o yaml"},
	{"Pull",
		`(?i)connection (refused|reset)|no route|timeout|unreachable|deadline exceeded|proxy`,
		"Node {node} cannot reach the registry of {image}. Check its address, the proxy and the " +
			"firewall.", "{image-fix}; debug node/{node} -it"},
	{"Pull", `(?i)\b40[13]\b|unauthorized|denied|authentication required|no basic auth`,
		"The registry refuses {image}: it is private, or does not exist. Pull secrets of the " +
			"pod: {secrets}.", "get serviceaccount {account} -o yaml; get secrets"},
	{"Pull", `(?i)no match for platform|no matching manifest`,
		"The image {image} is not built for the architecture of node {node}.",
		"{nodes}ARCH:.status.nodeInfo.architecture"},
	{"Pull", `(?i)not found|manifest unknown|does not exist`,
		"The registry has no image {image}. Check the name and the tag.", "{image-fix}"},
	{"Pull", "", "Node {node} cannot pull {image}.", "{events}; {image-fix}"},
	{"ErrImageNeverPull", "", "Node {node} does not have {image}, and imagePullPolicy is Never. " +
		"Load the image, or change the policy.", "debug images {pod}; {image-fix}"},
	{"InvalidImageName", "", "The image {image} has no valid name: correct it.", "{image-fix}"},
	// The configuration of a container.
	{"CreateContainerConfigError", `configmap "([^"]+)" not found`,
		"Container {container} needs the ConfigMap {1}, which does not exist in the namespace. " +
			"Create it, or correct its name.", "get configmaps; {fix}"},
	{"CreateContainerConfigError", `secret "([^"]+)" not found`,
		"Container {container} needs the Secret {1}, which does not exist in the namespace. " +
			"Create it, or correct its name.", "get secrets; {fix}"},
	{"CreateContainerConfigError", `couldn't find key (\S+) in (ConfigMap|Secret) [^/]+/(\S+)`,
		"Container {container} needs the key {1}, which the {2} {3} does not have.",
		"get {2} {3} -o yaml; {fix}"},
	{"CreateContainerConfigError", `runAsNonRoot`, "The image of container {container} runs as " +
		"root, which runAsNonRoot forbids. Set runAsUser, or use an image with another user.",
		"{fix}"},
	{"CreateContainerConfigError", "",
		"The configuration of container {container} is not valid: {message}.", "{fix}"},
	{"CreateContainerError", `no command specified`,
		"Neither the image {image} nor container {container} has a command. Set one.", "{fix}"},
	{"CreateContainerError", `(?i)(seccomp|apparmor)`,
		"Node {node} does not have the {1} profile of container {container}.",
		"debug node/{node} -it; {fix}"},
	{"CreateContainerError", `deadline exceeded|is reserved for`, "The runtime of node {node} is " +
		"slow or stuck: it has not created container {container} in time.",
		"events node/{node}; get nodes"},
	{"CreateContainerError", "", "The runtime cannot create container {container}: {message}.",
		"{events}; {fix}"},
	// The start of a program.
	{"StartError", `^not found: (.*)`, "Container {container} does not start: its image has no " +
		"program {1}. Check the command and the image.", "{fix}"},
	{"StartError", `^not executable: (.*)`, "Container {container} does not start: {1} is not " +
		"executable. Check the command, and the mode of the file.", "{fix}"},
	{"StartError", `(?i)oom|memory limit too low`,
		"The memory limit of container {container} is too low even for its start: {limit}.",
		"{fix}"},
	{"StartError", "", "The runtime cannot start container {container}: {message}.",
		"{fix}; {events}"},
	{"PostStart", "",
		"The kubelet restarts container {container}, because its postStart hook fails.",
		"{log}; {fix}"},
	// The end of a program. The message is the exit code, and of OOMKilled the memory limit.
	{"OOMKilled", `.`, "Container {container} was killed at its memory limit of {message}. Raise " +
		"the limit, or find what takes the memory.", "{log}; {fix}"},
	{"OOMKilled", "", "Container {container} was killed, because its node ran out of memory. It " +
		"has no memory limit: set one.", "{log}; {fix}"},
	{"Exit", `^0$`, "Container {container} ended with code 0: its program was done, and nothing " +
		"failed. A container that must stay needs a program that stays.", "{log}; {fix}"},
	{"Exit", `^1$`, "Container {container} ended with code 1: its program met an error. The log " +
		"usually names it.", "{log}; {shell}"},
	{"Exit", `^2$`, "Container {container} ended with code 2: often a wrong argument, a syntax " +
		"error in a script, or a panic in Go.", "{log}; {shell}"},
	{"Exit", `^126$`, "Container {container} ended with code 126: a shell found a command that " +
		"is not executable.", "{log}; {shell}"},
	{"Exit", `^127$`, "Container {container} ended with code 127: a shell did not find a " +
		"command. Check PATH, and the names in the script.", "{log}; {shell}"},
	{"Exit", `^134$`, "Container {container} ended with code 134 (SIGABRT): its program aborted, " +
		"often after a failed assertion.", "{log}; {shell}"},
	{"Exit", `^137$`, "Container {container} ended with code 137 (SIGKILL), but not at its " +
		"memory limit. The kubelet kills after a failed probe, or when a grace period is over.",
		"{events}; {log}"},
	{"Exit", `^139$`, "Container {container} ended with code 139 (SIGSEGV): its program used " +
		"invalid memory. That is a bug in it or in a library.", "{log}; {shell}"},
	{"Exit", `^143$`, "Container {container} ended with code 143 (SIGTERM): something asked it " +
		"to end, such as a failed probe or a script.", "{events}; {log}"},
	{"Exit", "", "Container {container} ended with code {exit}. The log usually says why.",
		"{log}; {shell}"},
	{"ContainerStatusUnknown", "", "Node {node} has lost container {container}: how it ended is " +
		"not known. The node may have been restarted.", "events node/{node}; {log}"},
	{"Restarted", "",
		"Container {container} runs again after {restarts}. Its last run ended with code {exit}.",
		"logs {pod} -c {container} -p"},
	// Init containers run before the others.
	{"InitRunning", "",
		"Init container {container} runs. The containers of the pod start when it has ended.",
		"logs {pod} -c {container} -f; {beside}"},
	// Probes. {cause} is a row of Probe.
	{"StartupProbe", "", "Container {container} does not pass its startup probe ({probe}). After " +
		"{failures} failures in a row the kubelet restarts it. {cause}", "{log}; {beside}"},
	{"LivenessProbe", "", "The kubelet restarts container {container}, because its liveness " +
		"probe fails ({probe}). {cause}", "{log}; {beside}"},
	{"ReadinessProbe", "", "Container {container} runs, but its readiness probe fails ({probe}). " +
		"Services send it no requests. {cause}", "{beside}; logs {pod} -c {container}"},
	{"Probe", `connection refused`, "Nothing listens on port {port}: the program is not up yet, " +
		"or listens on another port or on 127.0.0.1.", ""},
	{"Probe", `statuscode: (\d+)`, "The program answers with status {1}.", ""},
	{"Probe", `(?i)deadline exceeded|time(d )?out`, "There was no answer within {timeout} seconds.",
		""},
	{"Probe", `.`, "The last failure: {message}.", ""},
	{"Probe", "", "The events do not say why.", ""},
	{"NotReady", "",
		"Container {container} runs, and the kubelet has not reported it as ready yet.",
		"events {pod} -w"},
	{"ReadinessGate", "",
		"All containers are ready, but a readiness gate of the pod is not: {message}.",
		"get pod {pod} -o yaml"},
}
