package debugcmd

import "github.com/kx-k8s/kx/cmd/kx/internal/command"

// debugHelp is the help of kx debug.
var debugHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Open a shell that sees the processes of the container app",
			CommandLine: "kx debug distroless -it --image kx.local/busybox:1 --target app"},
		{Purpose: "Run one command and get its output",
			CommandLine: "echo 'ls /proc/1/root' | kx debug distroless -i --target app -- sh"},
		{Purpose: "Run a command on a node, whose files are at /host",
			CommandLine: "kx debug node/kx-node -i --image kx.local/busybox:1 -- ls /host"},
	},
	Tables: []command.Table{
		{Heading: "TARGETS", Rows: []command.Row{
			{Name: "POD, pod/NAME", Text: "the pod of that name"},
			{Name: "KIND/NAME, -l SELECTOR",
				Text: "one pod of a workload, service or selector"},
			{Name: "node/NAME, pvc/NAME",
				Text: "a node or volume claim, by a pod that kx removes"},
		}},
		{Heading: "PROFILES", Rows: []command.Row{
			{Name: "auto",
				Text: "the first of general, baseline, restricted that the server admits"},
			{Name: "general", Text: "may trace processes (SYS_PTRACE)"},
			{Name: "baseline", Text: "nothing besides what the image needs; legacy is the same"},
			{Name: "restricted",
				Text: "the Pod Security Standard of that name, with the target's user"},
			{Name: "netadmin", Text: "may change the network"},
			{Name: "sysadmin", Text: "may do everything on the node"},
			{Name: "NAME", Text: "your file NAME.yaml or .json in kx/profiles: see docs/kx.md"},
		}},
	},
	FlagGroups: []command.FlagGroup{
		{Heading: "Pods", Flags: []string{"selector", "filename", "all", "all-namespaces", "keep",
			"copy-to"}},
		{Heading: "Container", Flags: []string{
			"container", "target", "image", "image-pull-policy", "env", "arguments-only",
			"profile", "run-as", "custom", "security-context-from", "mounts-from", "env-from",
			"reuse",
		}},
		{Heading: "Copy", Flags: copyFlagNames, With: "copy-to"},
		{Heading: "Session", Flags: []string{"stdin", "tty", "attach", "detach-keys", "record",
			"timeout"}},
		{Heading: "Output", Flags: []string{"output", "show-managed-fields", "quiet", "dry-run",
			"field-manager"}},
	},
	ExitStatus: []command.Row{
		{Name: "0", Text: "the container runs, or has ended with code 0"},
		{Name: "1", Text: "the operation failed, or the program ended with another code"},
		{Name: "2", Text: "the command line is wrong"},
		{Name: "0-255", Text: "with -i: the code of the program; with --all: the first one not 0"},
		{Name: "125", Text: "with -i or --all: kx failed, or the connection was lost"},
	},
	SeeAlso:    []string{"kx debug images, kx attach, kx exec; docs/kx.md and docs/debug.md"},
	Background: debugBackground,
}

const debugBackground = `kx adds an ephemeral container to the pod, waits until the container runs
or has ended, and prints "pod/NAME: CONTAINER". With -i kx attaches to the container instead, and
stays until its program has ended. With -it the program has the local terminal.

### The pod

A deployment, statefulset, daemonset, replicaset, job or service stands for one of its pods. So does
a selector. kx prefers a ready pod, and prints which one it uses. With --all every selected pod gets
a container, ten pods at a time. kx skips the ended pods of a workload or selector.

` + command.ChooserText + `

### A node

node/NAME creates a pod on the node, in the namespace, and attaches as to any other container. Under
the profiles general and sysadmin the pod has the node's network, process and IPC namespaces, and
the node's files at /host. Under netadmin it has the namespaces alone, under baseline and restricted
neither. kx removes the pod when the program has ended, when kx is interrupted, and when the
container cannot start. The pod stays with --keep, without -i, and after a detach. "kx debug stop
POD" removes it, and "kx debug stop node/NAME" all of them.

### A copy

--copy-to NAME creates a copy of the pod, with one more container or, with -c, a changed one. The
copy has no labels, annotations and probes of the pod without the flags for them, and its containers
see each other's processes. --set-image alone adds no container. kx does not remove the copy: "kx
debug stop NAME" does. docs/debug.md lists how copies and nodes' pods differ from kubectl's.

### A volume claim

pvc/NAME creates a pod that mounts the PersistentVolumeClaim at /pvc, and attaches as to any other
container. A claim with the volumeMode Block is the block device /pvc. If the access mode is
ReadWriteOnce, the pod runs on the node of a pod that mounts the claim. If it is ReadWriteOncePod,
kx refuses a claim that a pod mounts, and names the pod. For a claim that is not bound kx prints
what it waits for. kx removes the pod as it does that of a node. "kx debug stop pvc/NAME" removes
the pods that are left.

### Files

-f FILE debugs the pods, workloads and nodes that the file names, and passes over its other objects.
With several of them kx needs --all. The namespace is that of the objects.

### The image

The image comes from the first of these that is set:

1. the flag --image
2. the environment variable KX_DEBUG_IMAGE
3. ` + "`debug: {image: IMAGE}`" + ` in the file $KX_CONFIG, or in kx/config.yaml of the user's
   configuration directory (~/.config on Linux)
4. auto: the best image for debugging that the pod's node has

kx takes an image by itself only if something vouches for it. "kx debug images POD" lists the images
of the node, and which of these rules applies to each:

| Rule | Image |
|---|---|
| pod's own | an image that the pod's own containers use |
| same folder | an image from the same registry and folder as one of these |
| well known | an image with a well-known full name, such as docker.io/library/busybox |
| yours | an image that matches a pattern of KX_DEBUG_IMAGES (separated by commas) or of ` +
	"`debug: {images: [PATTERN]}`" + ` in the configuration file |
| unknown | any other image. kx asks at a terminal, and fails elsewhere |

The last part of a name proves nothing: whoever may run a pod on the node can bring an image named
netshoot there. So kx prints the image that it takes, even with -q. kx pulls no image. Where the
user may read nodes, kx looks first whether the node is ready and has the image. A node lists its 50
largest images.

### Permissions

With --target the container sees the processes of that container. kx prints the path of that
container's files. --custom is merged over the profile: null removes a field. --run-as comes last.
With --security-context-from the container gets a copy of another container's securityContext.
--profile, if given too, is merged over the copy. With the profile restricted the program runs as
the user and group of the target, who alone may open the target's files.

A profile of your own is the file NAME.yaml or NAME.json in the folder kx/profiles of your
configuration directory (~/.config on Linux). It has the fields of a container, as a file for
--custom or for kubectl debug --custom. kx merges it over general, or over the securityContext of
--security-context-from. A file cannot replace a profile of kx's.

### Reuse

With --reuse kx takes a running debug container that matches the flags, and adds none. Without a
command the program does not matter: the target, the image and the security settings do. With -it kx
then runs sh in a container whose program has no terminal.

### The wait

kx attaches as soon as the node has the container. Earlier output comes from the container's log.
The kubelet serves the log only once the pod's status says that the container runs, up to 2 seconds
later. So a pipe gets its first output then, and a terminal gets its prompt at once. The wait ends
early when the container can never start, and after 15 seconds of failed pulls. kx then prints the
events of the pod before the error. With -i the exit status is 127 if the image has no such program,
and 126 if the program is not executable.

An ephemeral container cannot be changed or removed. It ends with its program, with "kx debug stop",
or with the pod.

` + command.SignalsText + `

### The transcript

` + command.RecordText + `

### Output

With --dry-run and -o yaml or json, kx prints the patch of the pod's ephemeralcontainers and the
origin of each security setting. Otherwise -o json and -o yaml print an object with these members,
without the empty ones:
namespace, pod, container, image, target, state ("running" or "ended"), exitCode, reason, adopted,
profile, notices and error. With --all these objects are the items of one document, beside a
summary. That document is printed after failures too.`
