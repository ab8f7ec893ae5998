package debug

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/resources"
)

// Why the files of a target cannot be reached, or why that is not known.
const (
	// NotShared: the runtime has given the debug container a process namespace of its own.
	NotShared = "NotShared"
	// TargetNotRunning: the target has ended, or has not started yet.
	TargetNotRunning = "TargetNotRunning"
	// AccessDenied: the target's processes are seen, and belong to another user.
	AccessDenied = "AccessDenied"
	// NotVerified: nothing can be said, as the debug container could not be asked, or its answer tells nothing.
	NotVerified = "NotVerified"
)

// TargetError says why the files of a debug container's target are not under a /proc/N/root there.
type TargetError struct {
	Pod, Container, Target string
	// Reason is one of NotShared, TargetNotRunning, AccessDenied and NotVerified, and Message says more.
	Reason, Message string
	// Err is what kept the debug container from being asked, if that is why.
	Err error
}

func (e *TargetError) Error() string {
	what := fmt.Sprintf("container %q of pod %q does not see the files of container %q: ", e.Container, e.Pod, e.Target)
	if e.Reason == NotVerified {
		what = fmt.Sprintf("it was not verified that container %q of pod %q sees the processes of container %q: ", e.Container, e.Pod, e.Target)
	}
	return what + e.Message
}

func (e *TargetError) Unwrap() error { return e.Err }

// TargetRoot gives the path under which a running ephemeral container of a pod has the files of its target, such as "/proc/1/root".
// It runs sh in that container, and has the processes of the target found by the cgroup that they are in. Otherwise the error is a *TargetError,
// or that of reading the pod.
func TargetRoot(ctx context.Context, api *resources.API[resources.Pod], name, container string) (string, error) {
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return "", err
	}
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		if c.Name == container && c.TargetContainerName != "" {
			return verifyTarget(ctx, pods, pod, container, c.TargetContainerName)
		}
	}
	return "", fmt.Errorf("pod %q has no debug container %q with a target", name, container)
}

// tellTarget tells under which path the container that was added has the files of its target, or why it does not.
func (o *Options) tellTarget(ctx context.Context, pods *resources.API[resources.PodOutline], res *Result) {
	if o.Target == "" || o.Notice == nil {
		return
	}
	root, err := verifyTarget(ctx, pods, res.Object, res.Container, o.Target)
	if err != nil {
		o.notice("Warning: " + err.Error())
		return
	}
	o.tellRoot(root)
}

func (o *Options) tellRoot(root string) {
	o.notice(fmt.Sprintf("the files of container %q are under %s", o.Target, root))
}

// expectedRoot gives the path under which a debug container is to have its target's files. Without sure the pod's containers share their processes
// anyway, and the number of the target's is known when it has been looked for only.
func expectedRoot(pod *resources.PodOutline) (root string, sure bool) {
	var spec struct {
		HostPID bool `json:"hostPID"`
		Shared  bool `json:"shareProcessNamespace"`
	}
	if len(pod.Spec.Unknown) > 0 && json.Unmarshal(pod.Spec.Unknown, &spec) != nil || spec.HostPID || spec.Shared {
		return "", false
	}
	return "/proc/1/root", true
}

// lookForTarget prints a line for each process of the container $1, a runtime's id: "target", its number, "open" or "denied", and its user;
// "own" when process 1 is of the container $2; and its own user. A cgroup's path holds the container's id with either version of cgroups, and seen
// from inside a cgroup namespace as well. Everybody may read it; the links in /proc/N/ns open as root does, to the same user or with CAP_SYS_PTRACE.
// There are builtins of the shell in it and nothing else.
const lookForTarget = `user() { while read -r key id _; do case $key in Uid:) echo "$id"; esac; done <$1/status; }
for p in /proc/[0-9]*; do
  while read -r line; do
    case $line in
    *"$1"*) if [ -d $p/root/. ]; then may=open; else may=denied; fi; echo target ${p#/proc/} $may $(user $p); break;;
    *"$2"*) case $p in /proc/1) echo own; esac; break;;
    esac
  done <$p/cgroup
done 2>/dev/null
echo user $(user /proc/self)`

// verifyTarget finds the path under which container, which runs, has the files of target. The error is a *TargetError.
func verifyTarget(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container, target string) (root string, err error) {
	fail := &TargetError{Pod: pod.Metadata.Name, Container: container, Target: target, Reason: NotVerified}
	status := statusOf(pod, target)
	if status.State.Running == nil {
		fail.Reason, fail.Message = TargetNotRunning, "that does not run"
		return "", fail
	}
	id := bareID(status)
	if id == "" {
		fail.Message = "the pod's status does not tell its id"
		return "", fail
	}
	out, err := podscript.Run(ctx, pods, fail.Pod, container, "", lookForTarget, id, cmp.Or(bareID(statusOf(pod, container)), "no id"))
	if err != nil {
		fail.Message, fail.Err = "no program can be run in it: "+err.Error(), err
		if podscript.ProgramMissing(err) {
			fail.Message = "it has no sh"
		}
		return "", fail
	}
	seen := readTarget(out)
	_, apart := expectedRoot(pod)
	switch {
	case seen.open != "":
		return "/proc/" + seen.open + "/root", nil
	case seen.denied != "" && seen.user != seen.owner:
		fail.Reason = AccessDenied
		fail.Message = "its process " + seen.denied + " is there, but it belongs to user " + seen.owner + ", and this is user " + seen.user +
			": run as that user, or as root with the capability SYS_PTRACE"
	case seen.denied != "":
		fail.Reason = AccessDenied
		fail.Message = "its process " + seen.denied + " is there, but looking into it takes the capability SYS_PTRACE"
	case seen.own && apart:
		fail.Reason, fail.Message = NotShared, "its process 1 is its own: the node's container runtime has ignored the target"
	default:
		fail.Message = "none of the processes that it sees can be told to be that one's"
	}
	return "", fail
}

// bareID gives a container's id as the runtime has it, without the runtime's name.
func bareID(status *resources.ContainerStatusOutline) string {
	_, id, _ := strings.Cut(status.ContainerID, "://")
	return id
}

// sight is what lookForTarget has found: the first process that opens, and the first that does not.
type sight struct {
	open, denied string
	owner, user  string // the users of the one that is denied, and of the debug container
	own          bool
}

func readTarget(out string) (s sight) {
	for line := range strings.Lines(out) {
		words := append(strings.Fields(line), "", "", "", "")
		pid := words[1]
		switch words[0] + words[2] {
		case "own":
			s.own = true
		case "user":
			s.user = pid
		case "targetopen":
			s.open = earlier(s.open, pid)
		case "targetdenied":
			first := earlier(s.denied, pid)
			if first != s.denied {
				s.denied, s.owner = first, words[3]
			}
		}
	}
	return s
}

// earlier gives the smaller of two numbers of processes, of which the first may be empty.
func earlier(a, b string) string {
	if a != "" && (len(a) < len(b) || len(a) == len(b) && a < b) {
		return a
	}
	return b
}
