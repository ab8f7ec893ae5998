package target

import (
	"cmp"
	"context"
	"strings"

	"github.com/kx-k8s/kx/internal/podscript"
	"github.com/kx-k8s/kx/resources"
)

// Reasons why the files of a target are not reachable, or why that is unknown. Package debug
// documents them.
const (
	NotShared    = "NotShared"
	NotRunning   = "TargetNotRunning"
	AccessDenied = "AccessDenied"
	NotVerified  = "NotVerified"
)

// Problem is why no path of the target's files was found.
type Problem struct {
	Reason, Message string
	// Err is the error of the probe's exec, or nil.
	Err error
}

// Container is a container and its status.
type Container struct {
	Name   string
	Status *resources.ContainerStatusOutline
}

// probeScript prints a line for each process of the container $1, which is a runtime's id:
//
//	target PID open|denied UID    "open" means that /proc/PID/root can be read
//	own                           process 1 belongs to the container $2
//	user UID                      the user of the script itself, the last line
//
// The path of a cgroup has the container's id, in version 1 and 2 and inside a cgroup namespace
// too. Every user may read that path. The links in /proc/PID/ns and /proc/PID/root can be opened by
// a process of the same user and group, and by a process with CAP_SYS_PTRACE (ptrace(2),
// PTRACE_MODE_READ_FSCREDS). The script uses builtins of the shell only.
const probeScript = `user() {
  while read -r key id _; do case $key in Uid:) echo "$id"; esac; done <$1/status
}
for p in /proc/[0-9]*; do
  while read -r line; do
    case $line in
    *"$1"*) if [ -d $p/root/. ]; then may=open; else may=denied; fi
      echo target ${p#/proc/} $may $(user $p); break;;
    *"$2"*) case $p in /proc/1) echo own; esac; break;;
    esac
  done <$p/cgroup
done 2>/dev/null
echo user $(user /proc/self)`

// Root returns the path of target's files in container, such as /proc/1/root, or a Problem. It runs
// a script in container, which must run. isolated reports whether the pod's containers share no
// processes except with a target. Then process 1 of container must be the target's.
func Root(
	ctx context.Context, pods *resources.API[resources.PodOutline], pod string,
	container, target Container, isolated bool,
) (string, *Problem) {
	if target.Status.State.Running == nil {
		return "", &Problem{Reason: NotRunning, Message: "the target does not run"}
	}
	id := runtimeID(target.Status)
	if id == "" {
		return "", &Problem{Reason: NotVerified,
			Message: "the pod's status does not have the target's container ID"}
	}
	out, err := podscript.Run(ctx, pods, pod, container.Name, "", probeScript, id,
		cmp.Or(runtimeID(container.Status), "no id"))
	if err != nil {
		message := "no program can be run in the debug container: " + err.Error()
		if podscript.ProgramMissing(err) {
			message = "the debug container has no sh"
		}
		return "", &Problem{NotVerified, message, err}
	}
	found := parseProbe(out)
	denied := "the target's process " + found.denied + " is visible, but "
	switch {
	case found.open != "":
		return "/proc/" + found.open + "/root", nil
	case found.denied != "" && found.user != found.owner:
		return "", &Problem{Reason: AccessDenied, Message: denied + "runs as user " + found.owner +
			", and the debug container as user " +
			found.user + ": run as that user, or as root with the capability SYS_PTRACE"}
	case found.denied != "":
		return "", &Problem{Reason: AccessDenied, Message: denied +
			"its files need the capability SYS_PTRACE"}
	case found.ownProcess1 && isolated:
		return "", &Problem{Reason: NotShared,
			Message: "the debug container has a process namespace of its own: " +
				"the node's container runtime has ignored the target"}
	}
	return "", &Problem{Reason: NotVerified,
		Message: "none of the visible processes is known to be the target's"}
}

// runtimeID returns a container's id without the name of its runtime.
func runtimeID(status *resources.ContainerStatusOutline) string {
	_, id, _ := strings.Cut(status.ContainerID, "://")
	return id
}

// targetProbe is what probeScript has found.
type targetProbe struct {
	// open is the lowest process whose files open, and denied the lowest whose files do not.
	open, denied string
	// owner is the user of the denied process, and user that of the debug container.
	owner, user string
	ownProcess1 bool // process 1 belongs to the debug container itself
}

func parseProbe(out string) (p targetProbe) {
	for line := range strings.Lines(out) {
		words := append(strings.Fields(line), "", "", "", "")
		id := words[1]
		switch words[0] + words[2] {
		case "own":
			p.ownProcess1 = true
		case "user":
			p.user = id
		case "targetopen":
			p.open = lowerPID(p.open, id)
		case "targetdenied":
			lowest := lowerPID(p.denied, id)
			if lowest != p.denied {
				p.denied, p.owner = lowest, words[3]
			}
		}
	}
	return p
}

// lowerPID returns the lower of two process IDs in decimal. The first may be empty.
func lowerPID(a, b string) string {
	if a != "" && (len(a) < len(b) || len(a) == len(b) && a < b) {
		return a
	}
	return b
}
