package kxtest

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"time"
)

// backOff is how long the node waits before it says that it waits to pull an image again.
const backOff = 20 * time.Millisecond

// settle is how long a container may have run before its status says so: one that ends at once is never seen running, as it is with a real
// kubelet, which looks once a second.
const settle = 20 * time.Millisecond

// step is a container's next status. ready says that it may start: the init containers before it have ended.
func (n *node) step(p *pod, owner, container, old map[string]any, field string, ready bool) map[string]any {
	name := text(container, "name")
	if old == nil {
		reason := "ContainerCreating"
		if !ready || field == "containers" && len(list(owner, "spec", "initContainers")) > 0 {
			reason = "PodInitializing"
		}
		status := map[string]any{"name": name, "state": waiting(reason, ""), "lastState": map[string]any{}, "ready": false, "restartCount": int64(0),
			"image": text(container, "image"), "imageID": ""}
		if field != "ephemeralContainers" {
			status["started"] = false
		}
		mounts := mountStatuses(container)
		if mounts != nil {
			status["volumeMounts"] = mounts
		}
		return status
	}
	switch {
	case !ready:
		return old
	case at(old, "state", "running") != nil:
		return n.watchProcess(old, field)
	case at(old, "state", "terminated") != nil:
		return n.restart(p, owner, container, old, field)
	}
	switch text(old, "state", "waiting", "reason") {
	case "ContainerCreating", "PodInitializing":
		return n.create(p, owner, container, old, field)
	case "ErrImagePull":
		if !p.after(name+"/back-off", backOff) {
			return old
		}
		image := text(container, "image")
		n.event(owner, field, name, "Normal", "BackOff", "Back-off pulling image \""+image+"\"")
		n.event(owner, field, name, "Warning", "Failed", "Error: ImagePullBackOff")
		return with(old, waiting("ImagePullBackOff", "Back-off pulling image \""+image+"\": ErrImagePull: "+pullError(image)), "state")
	}
	return old
}

// after reports whether so much time has gone by since this was first asked for; until then the pod is looked at again.
func (p *pod) after(what string, limit time.Duration) bool {
	since, ok := p.since[what]
	if !ok {
		since = time.Now()
		p.since[what] = since
	}
	at := since.Add(limit)
	if !time.Now().Before(at) {
		delete(p.since, what)
		return true
	}
	if p.wake.IsZero() || at.Before(p.wake) {
		p.wake = at
	}
	return false
}

// create starts a container, and reports it when it has ended or gone on for a moment.
func (n *node) create(p *pod, owner, container, old map[string]any, field string) map[string]any {
	name := text(container, "name")
	attempt := name + "/" + strconv.Itoa(restarts(old))
	started := p.runs[attempt]
	if started == nil {
		var not map[string]any
		started, not = n.launch(p, owner, container, old, field)
		if started == nil {
			return not
		}
		p.runs[attempt] = started
	}
	_, ended := started.ended()
	if !ended && !p.after(name+"/started", settle) {
		return old
	}
	status := with(with(with(old, imageID(text(container, "image")), "imageID"), started.id, "containerID"), map[string]any{}, "resources")
	status = with(status, map[string]any{"running": map[string]any{"startedAt": started.since.UTC().Format(time.RFC3339)}}, "state")
	if field != "ephemeralContainers" {
		status = with(with(status, true, "started"), field == "containers" || text(container, "restartPolicy") == "Always", "ready")
	}
	return n.watchProcess(status, field)
}

func restarts(status map[string]any) int {
	count, _ := number(status, "restartCount")
	return int(count)
}

// watchProcess lets a running container end when its process has. A status that came from elsewhere has none.
func (n *node) watchProcess(running map[string]any, field string) map[string]any {
	started := n.runtime.find(running)
	if started == nil {
		return running
	}
	code, ended := started.ended()
	if !ended {
		return running
	}
	status := with(with(running, map[string]any{"terminated": terminated(running, int64(code))}, "state"), false, "ready")
	if field != "ephemeralContainers" {
		status = with(status, false, "started")
	}
	if field == "initContainers" && code == 0 {
		status = with(status, true, "ready")
	}
	return status
}

// restart starts an ended container once more where the pod wants that, and then waits for ever: the real back-off is longer than tests are.
func (n *node) restart(p *pod, owner, container, old map[string]any, field string) map[string]any {
	policy := text(owner, "spec", "restartPolicy")
	if field == "initContainers" {
		policy = text(container, "restartPolicy")
	}
	code, _ := number(old, "state", "terminated", "exitCode")
	if field == "ephemeralContainers" || policy == "" || policy == "Never" || policy == "OnFailure" && code == 0 {
		return old
	}
	status := with(old, map[string]any{"terminated": at(old, "state", "terminated")}, "lastState")
	if restarts(old) == 0 {
		next := n.create(p, owner, container, with(status, int64(1), "restartCount"), field)
		if text(next, "containerID") == text(old, "containerID") {
			return old // not yet
		}
		return next
	}
	name := text(container, "name")
	message := "back-off 10s restarting failed container=" + name + " pod=" + podName(owner)
	n.event(owner, field, name, "Warning", "BackOff", "Back-off restarting failed container "+name+" in pod "+podName(owner))
	return with(status, waiting("CrashLoopBackOff", message), "state")
}

func waiting(reason, message string) map[string]any {
	state := map[string]any{"reason": reason}
	if message != "" {
		state["message"] = message
	}
	return map[string]any{"waiting": state}
}

func terminated(running any, code int64) map[string]any {
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	return map[string]any{"exitCode": code, "reason": reason, "startedAt": text(running, "state", "running", "startedAt"),
		"finishedAt": timestamp(), "containerID": text(running, "containerID")}
}

func newContainerID() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // does not fail
	return hex.EncodeToString(b[:])
}

// mountStatuses are the volumes that a started container has, as the kubelet reports them.
func mountStatuses(container map[string]any) []any {
	var statuses []any
	for _, mount := range list(container, "volumeMounts") {
		status := map[string]any{"name": text(mount, "name"), "mountPath": text(mount, "mountPath")}
		readOnly, _ := at(mount, "readOnly").(bool)
		if readOnly {
			status["readOnly"], status["recursiveReadOnly"] = true, "Disabled"
		}
		statuses = append(statuses, status)
	}
	return statuses
}
