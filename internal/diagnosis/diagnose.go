// Package diagnosis says why a pod does not do its work, and which kx commands to type next.
package diagnosis

import (
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/ocierror"
	"github.com/kx-k8s/kx/resources"
)

// Finding is one reason why a pod does not do its work.
type Finding struct {
	// State is a reason of the API such as ErrImageNeverPull, or a word such as ReadinessProbe.
	State string
	// Text is one to three sentences. It holds texts of the cluster as they are.
	Text string
	// Commands are the kx command lines to type next, as the words after "kx".
	Commands [][]string
}

// diagnosis collects the findings about a pod.
type diagnosis struct {
	pod    *Pod
	events []*resources.Event // the newest last
	node   *Node
	now    time.Time

	findings []Finding
}

// Diagnose returns what is wrong with a pod, or one finding that says that nothing is. events are
// those of the pod, the newest last. node is the pod's node. Without events or with a nil node, the
// findings are less exact.
func Diagnose(pod *Pod, events []*resources.Event, node *Node, now time.Time) []Finding {
	d := &diagnosis{pod: pod, events: events, node: node, now: now}
	status := &pod.Status
	switch {
	case pod.Metadata.DeletionTimestamp != nil:
		d.terminating()
	case status.Phase == "Succeeded":
		d.add("Completed", "", nil)
	case status.Phase == "Failed" && status.Reason != "":
		d.failed()
	case status.Phase == "Failed":
		d.containers()
	case pod.Spec.NodeName == "":
		d.scheduling()
	default:
		d.nodeProblem("NodeNotReady")
		d.containers()
		ready := pod.Condition("Ready")
		if ready.Reason == "ReadinessGatesNotReady" {
			d.add("ReadinessGate", ready.Message, nil)
		}
	}
	switch {
	case len(d.findings) > 0:
	case pod.Condition("Ready").Status == "True":
		d.add("Ready", "", nil)
	default:
		d.add("Unknown", "", nil)
	}
	return d.findings
}

// terminating says why a pod that is being deleted is still there.
func (d *diagnosis) terminating() {
	if d.nodeProblem("TerminatingOnDeadNode") {
		return
	}
	running := false
	for _, c := range d.pod.AllContainers() {
		running = running || d.pod.StatusOf(c.Name).State.Running != nil
	}
	deadline, err := d.pod.Metadata.DeletionTimestamp.Time()
	switch {
	case !running && len(d.pod.Metadata.Finalizers) > 0:
		d.add("TerminatingForFinalizer", "", nil)
	case running && err == nil && d.now.After(deadline):
		d.add("TerminatingLate", "", nil)
	default:
		d.add("Terminating", "", nil)
	}
}

// nodeProblem adds a finding if the node is missing or not ready.
func (d *diagnosis) nodeProblem(name string) (found bool) {
	switch {
	case d.node == nil || d.pod.Spec.NodeName == "":
		return false
	case d.node.Missing:
		return d.add("NodeMissing", "", nil)
	}
	ready := d.node.Ready()
	return ready.Status != "True" && ready.Status != "" &&
		d.add(name, ready.Reason+": "+ready.Message, nil)
}

// failed says why the node has ended or rejected the pod as a whole.
func (d *diagnosis) failed() {
	status := &d.pod.Status
	message := status.Reason + ": " + status.Message
	switch {
	case strings.HasPrefix(status.Reason, "OutOf"):
		d.add("OutOf", message, nil)
	case !d.add(status.Reason, status.Message, nil):
		d.add("Rejected", message, nil)
	}
}

// scheduling says why no node has been found for the pod.
func (d *diagnosis) scheduling() {
	scheduled := d.pod.Condition("PodScheduled")
	if scheduled.Status == "" {
		d.add("Unscheduled", "", nil)
		return
	}
	// "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) … preemption: …". The part about
	// preemption repeats reasons.
	reasons, _, _ := strings.Cut(scheduled.Message, "preemption:")
	_, list, isList := strings.Cut(reasons, "nodes are available: ")
	if isList && scheduled.Reason == "Unschedulable" {
		for reason := range strings.SplitSeq(list, ", ") {
			row, _ := find(podStates, scheduled.Reason, reason)
			if row != nil && row.when != "" {
				d.add(scheduled.Reason, reason, nil)
			}
		}
	}
	if len(d.findings) == 0 {
		d.add(scheduled.Reason, reasons, nil)
	}
}

// containers says what is wrong with each container.
func (d *diagnosis) containers() {
	before := len(d.findings)
	for kind, c := range d.pod.AllContainers() {
		d.container(c, kind)
	}
	status := &d.pod.Status
	if len(d.findings) == before && status.Phase == "Pending" && len(status.Containers) == 0 {
		d.add("NotStarted", "", nil)
	}
}

// container says what is wrong with one container.
func (d *diagnosis) container(c *Container, kind resources.ContainerKind) {
	status := d.pod.StatusOf(c.Name)
	ended := status.State.Terminated
	switch {
	case status.State.Waiting != nil:
		d.waiting(c, status)
	case status.State.Running != nil:
		d.running(c, kind, status)
	case ended == nil, kind == resources.KindEphemeralContainer:
	case ended.ExitCode != 0, kind == resources.KindContainer &&
		d.pod.Spec.RestartPolicy == "Always": // it restarts at once
		d.ended(c, ended)
	}
}

func (d *diagnosis) waiting(c *Container, status *Status) {
	reason, message := status.State.Waiting.Reason, status.State.Waiting.Message
	last := status.LastState.Terminated
	switch reason {
	case "PodInitializing": // an init container runs, or fails
	case "", "ContainerCreating":
		d.creating(c)
	case "CrashLoopBackOff":
		if last != nil {
			d.ended(c, last)
		}
	case "ErrImagePull", "ImagePullBackOff", "RegistryUnavailable":
		d.add("Pull", message+" "+d.message(c, "Failed", "Failed to pull image",
			time.Time{}), c)
	case "RunContainerError", "StartError":
		d.notStarted(c, message)
	case "CreateContainerError":
		_, isCommand := ocierror.Parse(message)
		if isCommand { // CRI-O looks for the program when it creates the container
			d.notStarted(c, message)
			return
		}
		d.add(reason, message, c)
	default:
		d.add(reason, message, c)
	}
}

// creating says at which step of its preparation the pod is. It is the same for all containers.
func (d *diagnosis) creating(c *Container) {
	for _, f := range d.findings {
		if f.State == "Mount" || f.State == "Sandbox" || f.State == "Creating" {
			return
		}
	}
	sandbox := d.message(nil, "FailedCreatePodSandBox NetworkNotReady", "", time.Time{})
	mount := d.message(nil, "FailedMount FailedAttachVolume FailedMapVolume", "",
		time.Time{})
	switch {
	case sandbox != "":
		d.add("Sandbox", sandbox, c)
	case mount != "":
		d.add("Mount", mount, c)
	default:
		d.add("Creating", "", c)
	}
}
