package diagnosis_test

// recordedPods are the findings about the pods in testdata, which were recorded from Kubernetes
// 1.35.4 with containerd. Each file is a pod, its events, and the time of the recording.
var recordedPods = []struct {
	file string
	want []string // each finding, and after it its commands
}{
	{"anti-a", []string{"Ready: Nothing is wrong that kx can see: all containers are ready.",
		"kx logs anti-a --all-containers",
		"kx debug anti-a -it",
	}},
	{"anti-b", []string{
		"Unschedulable: Pods that this one must not share a node with run on every node that fits.",
		"kx get pods -o wide",
		"kx get pod anti-b -o yaml",
	}},
	{"cm-missing", []string{
		"CreateContainerConfigError: Container app needs the ConfigMap settings, which does not exist in the namespace. Create it, or correct its name.",
		"kx get configmaps",
		"kx get pod cm-missing -o yaml",
	}},
	{"completed", []string{
		"Completed: The pod has completed: every container ended with code 0. Nothing runs there any more.",
		"kx logs completed --all-containers",
	}},
	{"crash0", []string{
		"Exit: Container app ended with code 0: its program was done, and nothing failed. A container that must stay needs a program that stays.",
		"kx logs crash0 -c app -p",
		"kx get pod crash0 -o yaml",
	}},
	{"crash1", []string{
		"Exit: Container app ended with code 1: its program met an error. The log usually names it.",
		"kx logs crash1 -c app -p",
		"kx debug crash1 --copy-to crash1-debug -c app -it -- sh",
	}},
	{"crash126", []string{
		"Exit: Container app ended with code 126: a shell found a command that is not executable.",
		"kx logs crash126 -c app -p",
		"kx debug crash126 --copy-to crash126-debug -c app -it -- sh",
	}},
	{"crash127", []string{
		"Exit: Container app ended with code 127: a shell did not find a command. Check PATH, and the names in the script.",
		"kx logs crash127 -c app -p",
		"kx debug crash127 --copy-to crash127-debug -c app -it -- sh",
	}},
	{"crash137", []string{
		"Exit: Container app ended with code 137 (SIGKILL), but not at its memory limit. The kubelet kills after a failed probe, or when a grace period is over.",
		"kx events crash137",
		"kx logs crash137 -c app -p",
	}},
	{"crash139", []string{
		"Exit: Container app ended with code 139 (SIGSEGV): its program used invalid memory. That is a bug in it or in a library.",
		"kx logs crash139 -c app -p",
		"kx debug crash139 --copy-to crash139-debug -c app -it -- sh",
	}},
	{"crash143", []string{
		"Exit: Container app ended with code 143 (SIGTERM): something asked it to end, such as a failed probe or a script.",
		"kx events crash143",
		"kx logs crash143 -c app -p",
	}},
	{"crash2", []string{
		"Exit: Container app ended with code 2: often a wrong argument, a syntax error in a script, or a panic in Go.",
		"kx logs crash2 -c app -p",
		"kx debug crash2 --copy-to crash2-debug -c app -it -- sh",
	}},
	{"deadline", []string{
		"DeadlineExceeded: The pod ran longer than its activeDeadlineSeconds, and was ended.",
		"kx logs deadline --all-containers",
		"kx get pod deadline -o yaml",
	}},
	{"evicted", []string{
		"Evicted: The pod was evicted, because it wrote more to disk than its limit allows. Raise the limit, or write less.",
		"kx get pod evicted -o yaml",
		"kx delete pod evicted",
	}},
	{"failed", []string{
		"Exit: Container app ended with code 3. The log usually says why.",
		"kx logs failed -c app",
		"kx debug failed --copy-to failed-debug -c app -it -- sh",
	}},
	{"finalizer", []string{
		"TerminatingForFinalizer: The pod is being deleted, and its containers have ended. It waits for whoever owns its finalizers: example.com/keep.",
		"kx get pod finalizer -o yaml",
		"kx patch pod finalizer --type merge -p {\"metadata\":{\"finalizers\":null}}",
	}},
	{"gate", []string{
		"ReadinessGate: All containers are ready, but a readiness gate of the pod is not: corresponding condition of pod readiness gate \"example.com/lb\" does not exist.",
		"kx get pod gate -o yaml",
	}},
	{"healthy", []string{
		"Ready: Nothing is wrong that kx can see: all containers are ready.",
		"kx logs healthy --all-containers",
		"kx debug healthy -it",
	}},
	{"init-crash", []string{
		"Exit: Container setup ended with code 1: its program met an error. The log usually names it.",
		"kx logs init-crash -c setup -p",
		"kx debug init-crash --copy-to init-crash-debug -c setup -it -- sh",
	}},
	{"init-run", []string{
		"InitRunning: Init container setup runs. The containers of the pod start when it has ended.",
		"kx logs init-run -c setup -f",
		"kx debug init-run -it --target setup",
	}},
	{"invalid-image", []string{
		"InvalidImageName: The image Kx.local/App:1:2 has no valid name: correct it.",
		"kx patch pod invalid-image -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
	}},
	{"key-missing", []string{
		"CreateContainerConfigError: Container app needs the key nokey, which the ConfigMap some does not have.",
		"kx get ConfigMap some -o yaml",
		"kx get pod key-missing -o yaml",
	}},
	{"mount-cm", []string{
		"Mount: A volume needs the ConfigMap nosuch, which does not exist in the namespace. Create it, or correct its name.",
		"kx get configmaps",
		"kx get pod mount-cm -o yaml",
	}},
	{"mount-host", []string{
		"Mount: A hostPath volume does not fit node kx-node: /no/such is not a directory.",
		"kx debug node/kx-node -it",
		"kx get pod mount-host -o yaml",
	}},
	{"mount-secret", []string{
		"Mount: A volume needs the Secret nosuch, which does not exist in the namespace. Create it, or correct its name.",
		"kx get secrets",
		"kx get pod mount-secret -o yaml",
	}},
	{"nonroot", []string{
		"CreateContainerConfigError: The image of container app runs as root, which runAsNonRoot forbids. Set runAsUser, or use an image with another user.",
		"kx get pod nonroot -o yaml",
	}},
	{"oom", []string{
		"OOMKilled: Container app was killed at its memory limit of 20Mi. Raise the limit, or find what takes the memory.",
		"kx logs oom -c app -p",
		"kx get pod oom -o yaml",
	}},
	{"outofcpu", []string{
		"OutOf: Node kx-node rejected the pod: it has not enough cpu left. The pod must be created anew.",
		"kx get pods -A --field-selector spec.nodeName=kx-node",
		"kx delete pod outofcpu",
	}},
	{"pend-affinity", []string{
		"Unschedulable: No node has the labels that the pod wants: see nodeAffinity. Label a node, or correct the pod.",
		"kx get nodes --show-labels",
		"kx get pod pend-affinity -o yaml",
	}},
	{"pend-cpu", []string{
		"Unschedulable: No node has enough unreserved cpu. The requests are: app 1k. Request less, end other pods, or add a node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,cpu:.status.allocatable.cpu",
		"kx get pod pend-cpu -o yaml",
	}},
	{"pend-gate", []string{
		"SchedulingGated: The pod waits for its scheduling gates: example.com/wait. Whoever set them must remove them.",
		"kx get pod pend-gate -o yaml",
	}},
	{"pend-gpu", []string{
		"Unschedulable: No node has enough of example.com/gpu. A device plugin offers it: check that it runs, and what is in use.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,ALLOCATABLE:.status.allocatable",
	}},
	{"pend-mem", []string{
		"Unschedulable: No node has enough unreserved memory. The requests are: app 1000Gi. Request less, end other pods, or add a node.",
		"kx get nodes -o custom-columns=NODE:.metadata.name,memory:.status.allocatable.memory",
		"kx get pod pend-mem -o yaml",
	}},
	{"pend-none", []string{
		"Unscheduled: No scheduler has handled the pod. Its schedulerName is none: check that this scheduler runs.",
		"kx get pods -A --field-selector spec.schedulerName=none",
		"kx get pods -n kube-system",
	}},
	{"pend-podaffinity", []string{
		"Unschedulable: No node runs the pods that this one must share a node with.",
		"kx get pods -A --show-labels",
		"kx get pod pend-podaffinity -o yaml",
	}},
	{"pend-pvc-none", []string{
		"Unschedulable: The PersistentVolumeClaim nodata does not exist in the namespace. Create it, or correct its name.",
		"kx get pvc",
		"kx get pod pend-pvc-none -o yaml",
	}},
	{"pend-pvc", []string{
		"Unschedulable: A PersistentVolumeClaim of the pod has no volume yet: data. Its events say whether a storage class provides one.",
		"kx events pvc/data",
		"kx get pvc",
		"kx get storageclasses",
	}},
	{"pend-selector", []string{
		"Unschedulable: No node has the labels that the pod wants: disk=ssd. Label a node, or correct the pod.",
		"kx get nodes --show-labels",
		"kx get pod pend-selector -o yaml",
	}},
	{"pend-spread", []string{
		"Unschedulable: A topology spread constraint of the pod uses a label that no node has.",
		"kx get nodes --show-labels",
		"kx get pod pend-spread -o yaml",
	}},
	{"port-a", []string{
		"Ready: Nothing is wrong that kx can see: all containers are ready.",
		"kx logs port-a --all-containers",
		"kx debug port-a -it",
	}},
	{"port-b", []string{
		"Unschedulable: Another pod has the host port on every node that fits: 18765.",
		"kx get pods -A -o wide",
		"kx get pod port-b -o yaml",
	}},
	{"poststart", []string{
		"PostStart: The kubelet restarts container app, because its postStart hook fails.",
		"kx logs poststart -c app -p",
		"kx get pod poststart -o yaml",
	}},
	{"probe-live", []string{
		"LivenessProbe: The kubelet restarts container app, because its liveness probe fails (connect to :8080). Nothing listens on port 8080: the program is not up yet, or listens on another port or on 127.0.0.1.",
		"kx logs probe-live -c app -p",
		"kx debug probe-live -it --target app",
	}},
	{"probe-ready-exec", []string{
		"ReadinessProbe: Container app runs, but its readiness probe fails (exec cat /ready). Services send it no requests. The last failure: cat: can't open '/ready': No such file or directory.",
		"kx debug probe-ready-exec -it --target app",
		"kx logs probe-ready-exec -c app",
	}},
	{"probe-ready", []string{
		"ReadinessProbe: Container app runs, but its readiness probe fails (GET http:/" +
			"/:8080/ready). Services send it no requests. Nothing listens on port 8080: the program is not up yet, or listens on another port or on 127.0.0.1.",
		"kx debug probe-ready -it --target app",
		"kx logs probe-ready -c app",
	}},
	{"probe-startup", []string{
		"StartupProbe: Container app does not pass its startup probe (exec false). After 3 failures in a row the kubelet restarts it. The events do not say why.",
		"kx logs probe-startup -c app -p",
		"kx debug probe-startup -it --target app",
	}},
	{"pull-401", []string{
		"Pull: The registry refuses localhost:5055/private/app:1: it is private, or does not exist. Pull secrets of the pod: none.",
		"kx get serviceaccount default -o yaml",
		"kx get secrets",
	}},
	{"pull-404", []string{
		"Pull: The registry has no image localhost:5055/none/app:1. Check the name and the tag.",
		"kx patch pod pull-404 -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
	}},
	{"pull-dns", []string{
		"Pull: Node kx-node cannot resolve the registry's name in registry.example.invalid/team/app:1. Correct the name, or the node's DNS.",
		"kx patch pod pull-dns -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
		"kx debug node/kx-node -it",
	}},
	{"pull-never", []string{
		"ErrImageNeverPull: Node kx-node does not have kx.local/no-such:1, and imagePullPolicy is Never. Load the image, or change the policy.",
		"kx debug images pull-never",
		"kx patch pod pull-never -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
	}},
	{"pull-refused", []string{
		"Pull: Node kx-node cannot reach the registry of 192.0.2.10:1/x/app:1. Check its address, the proxy and the firewall.",
		"kx patch pod pull-refused -p {\"spec\":{\"containers\":[{\"name\":\"app\",\"image\":\"IMAGE\"}]}}",
		"kx debug node/kx-node -it",
	}},
	{"pull-x509", []string{
		"Pull: Node kx-node does not trust the TLS certificate of the registry of 192.0.2.10:5056/x/app:1. The node's runtime needs its CA.",
		"kx debug node/kx-node -it",
	}},
	{"sandbox", []string{
		"Sandbox: Node kx-node has no container runtime nosuch, which the RuntimeClass of the pod names.",
		"kx get runtimeclasses",
		"kx get pod sandbox -o yaml",
	}},
	{"seccomp", []string{
		"CreateContainerError: Node kx-node does not have the seccomp profile of container app.",
		"kx debug node/kx-node -it",
		"kx get pod seccomp -o yaml",
	}},
	{"secret-missing", []string{
		"CreateContainerConfigError: Container app needs the Secret creds, which does not exist in the namespace. Create it, or correct its name.",
		"kx get secrets",
		"kx get pod secret-missing -o yaml",
	}},
	{"sidecar", []string{
		"Ready: Nothing is wrong that kx can see: all containers are ready.",
		"kx logs sidecar --all-containers",
		"kx debug sidecar -it",
	}},
	{"start-126", []string{
		"StartError: Container app does not start: /etc is not executable. Check the command, and the mode of the file.",
		"kx get pod start-126 -o yaml",
	}},
	{"start-error-never", []string{
		"StartError: Container app does not start: its image has no program /no/such/program. Check the command and the image.",
		"kx get pod start-error-never -o yaml",
	}},
	{"start-error", []string{
		"StartError: Container app does not start: its image has no program /no/such/program. Check the command and the image.",
		"kx get pod start-error -o yaml",
	}},
	{"workdir", []string{
		"StartError: The runtime cannot start container app: failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: mkdir /etc/passwd: not a directory: unknown.",
		"kx get pod workdir -o yaml",
		"kx events workdir",
	}},
}
