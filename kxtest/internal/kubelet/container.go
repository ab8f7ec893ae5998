package kubelet

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// pullBackOff is the time from ErrImagePull to ImagePullBackOff.
const pullBackOff = 20 * time.Millisecond

// startupGrace is how long a container runs before its status shows it. A real kubelet looks once a
// second, so it never shows a container that ends at once as running.
const startupGrace = 20 * time.Millisecond

// nextStatus returns a container's next status. ready reports whether the init containers before it
// have completed.
func (n *Node) nextStatus(p *podState, pod, container, old map[string]any, field string,
	ready bool) map[string]any {
	name := object.Text(container, "name")
	if old == nil {
		reason := "ContainerCreating"
		if !ready || field == "containers" && len(object.List(pod, "spec", "initContainers")) > 0 {
			reason = "PodInitializing"
		}
		status := map[string]any{
			"name":         name,
			"state":        waitingState(reason, ""),
			"lastState":    map[string]any{},
			"ready":        false,
			"restartCount": int64(0),
			"image":        object.Text(container, "image"),
			"imageID":      "",
		}
		if field != "ephemeralContainers" {
			status["started"] = false
		}
		mounts := volumeMountStatuses(container)
		if mounts != nil {
			status["volumeMounts"] = mounts
		}
		return status
	}
	switch {
	case !ready:
		return old
	case object.At(old, "state", "running") != nil:
		return n.updateRunning(withResources(old, container, field), field)
	case object.At(old, "state", "terminated") != nil:
		return n.restart(p, pod, container, old, field)
	}
	switch object.Text(old, "state", "waiting", "reason") {
	case "ContainerCreating", "PodInitializing":
		return n.startContainer(p, pod, container, old, field)
	case "ErrImagePull":
		if !p.elapsed(name+"/back-off", pullBackOff) {
			return old
		}
		image := object.Text(container, "image")
		n.recordEvent(pod, field, name, "Normal", "BackOff", "Back-off pulling image \""+image+"\"")
		n.recordEvent(pod, field, name, "Warning", "Failed", "Error: ImagePullBackOff")
		return object.With(old, waitingState("ImagePullBackOff", "Back-off pulling image \""+image+
			"\": ErrImagePull: "+
			pullError(image)), "state")
	}
	return old
}

// elapsed reports whether limit has passed since the first call with this key. Until then it
// schedules the next sync.
func (p *podState) elapsed(key string, limit time.Duration) bool {
	since, ok := p.since[key]
	if !ok {
		since = time.Now()
		p.since[key] = since
	}
	at := since.Add(limit)
	if !time.Now().Before(at) {
		delete(p.since, key)
		return true
	}
	if p.nextSync.IsZero() || at.Before(p.nextSync) {
		p.nextSync = at
	}
	return false
}

// startContainer starts a container. Its status shows it after startupGrace, or once it has ended.
func (n *Node) startContainer(p *podState, pod, container, old map[string]any,
	field string) map[string]any {
	name := object.Text(container, "name")
	attempt := name + "/" + strconv.Itoa(restarts(old))
	started := p.runs[attempt]
	if started == nil {
		var unstarted map[string]any
		started, unstarted = n.launch(p, pod, container, old, field)
		if started == nil {
			return unstarted
		}
		p.runs[attempt] = started
	}
	_, ended := started.exitCode()
	if !ended && !p.elapsed(name+"/started", startupGrace) {
		return old
	}
	status := object.With(object.With(object.With(old, imageID(object.Text(container, "image")),
		"imageID"), started.id,
		"containerID"), map[string]any{}, "resources")
	status = withResources(status, container, field)
	status = object.With(status,
		map[string]any{"running": map[string]any{
			"startedAt": started.since.UTC().Format(time.RFC3339),
		}}, "state")
	if field != "ephemeralContainers" {
		status = object.With(object.With(status, true, "started"), field == "containers" ||
			object.Text(container, "restartPolicy") == "Always", "ready")
	}
	return n.updateRunning(status, field)
}

// withResources sets the resources that a running container has. They follow a resize at once.
func withResources(status, container map[string]any, field string) map[string]any {
	resources := object.Fields(container, "resources")
	if field == "ephemeralContainers" || len(resources) == 0 {
		return status
	}
	requests := object.Fields(resources, "requests")
	if len(requests) > 0 {
		status = object.With(status, requests, "allocatedResources")
	}
	return object.With(status, resources, "resources")
}

func restarts(status map[string]any) int {
	count, _ := object.Number(status, "restartCount")
	return int(count)
}

// updateRunning returns the status of a running container, which is terminated if its process has
// ended. A status written by a client has no process.
func (n *Node) updateRunning(running map[string]any, field string) map[string]any {
	started := n.runtime.find(running)
	if started == nil {
		return running
	}
	code, ended := started.exitCode()
	if !ended {
		return running
	}
	status := object.With(object.With(running, map[string]any{"terminated": terminatedState(running,
		int64(code))},
		"state"), false, "ready")
	if field != "ephemeralContainers" {
		status = object.With(status, false, "started")
	}
	if field == "initContainers" && code == 0 {
		status = object.With(status, true, "ready")
	}
	return status
}

// restart restarts a terminated container once, if its restart policy says so. It then stays in
// CrashLoopBackOff: the real back-off is longer than tests run.
func (n *Node) restart(p *podState, pod, container, old map[string]any,
	field string) map[string]any {
	policy := object.Text(pod, "spec", "restartPolicy")
	if field == "initContainers" {
		policy = object.Text(container, "restartPolicy")
	}
	code, _ := object.Number(old, "state", "terminated", "exitCode")
	if field == "ephemeralContainers" || policy == "" || policy == "Never" ||
		policy == "OnFailure" && code == 0 {
		return old
	}
	status := object.With(old, map[string]any{"terminated": object.At(old, "state", "terminated")},
		"lastState")
	if restarts(old) == 0 {
		next := n.startContainer(p, pod, container, object.With(status, int64(1), "restartCount"),
			field)
		if object.Text(next, "containerID") == object.Text(old, "containerID") {
			return old // not started yet
		}
		return next
	}
	name := object.Text(container, "name")
	message := "back-off 10s restarting failed container=" + name + " pod=" + podName(pod)
	n.recordEvent(pod, field, name, "Warning", "BackOff", "Back-off restarting failed container "+
		name+" in pod "+
		podName(pod))
	return object.With(status, waitingState("CrashLoopBackOff", message), "state")
}

func waitingState(reason, message string) map[string]any {
	state := map[string]any{"reason": reason}
	if message != "" {
		state["message"] = message
	}
	return map[string]any{"waiting": state}
}

func terminatedState(running any, code int64) map[string]any {
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	return map[string]any{
		"exitCode":    code,
		"reason":      reason,
		"startedAt":   object.Text(running, "state", "running", "startedAt"),
		"finishedAt":  api.Timestamp(),
		"containerID": object.Text(running, "containerID"),
	}
}

func newContainerID() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // does not fail
	return hex.EncodeToString(b[:])
}

// volumeMountStatuses returns the volumeMounts in the status of a started container.
func volumeMountStatuses(container map[string]any) []any {
	var statuses []any
	for _, mount := range object.List(container, "volumeMounts") {
		status := map[string]any{"name": object.Text(mount, "name"), "mountPath": object.Text(mount,
			"mountPath")}
		readOnly, _ := object.At(mount, "readOnly").(bool)
		if readOnly {
			status["readOnly"], status["recursiveReadOnly"] = true, "Disabled"
		}
		statuses = append(statuses, status)
	}
	return statuses
}
