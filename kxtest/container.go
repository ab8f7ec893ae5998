package kxtest

import (
	"crypto/rand"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// backOff is how long the node waits before it says that it waits to pull an image again.
const backOff = 20 * time.Millisecond

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
		if mounts := mountStatuses(container); mounts != nil {
			status["volumeMounts"] = mounts
		}
		return status
	}
	switch {
	case !ready:
		return old
	case at(old, "state", "running") != nil:
		return n.watchProcess(p, owner, container, old, field)
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

// create gets the image, and starts the container, or says why not.
func (n *node) create(p *pod, owner, container, old map[string]any, field string) map[string]any {
	name, image, policy := text(container, "name"), text(container, "image"), text(container, "imagePullPolicy")
	event := func(kind, reason, message string) { n.event(owner, field, name, kind, reason, message) }
	fail := func(reason, message string) map[string]any {
		return with(old, waiting(reason, message), "state")
	}
	if message := invalidImage(image); message != "" {
		event("Warning", "InspectFailed", message)
		event("Warning", "Failed", "Error: InvalidImageName")
		return fail("InvalidImageName", message)
	}
	present := n.images.present(image)
	switch {
	case present && policy != "Always":
		event("Normal", "Pulled", "Container image \""+image+"\" already present on machine and can be accessed by the pod")
	case policy == "Never":
		message := "Container image \"" + image + "\" is not present with pull policy of Never"
		event("Warning", "ErrImageNeverPull", message)
		event("Warning", "Failed", "Error: ErrImageNeverPull")
		return fail("ErrImageNeverPull", message)
	default:
		takes, ok := n.images.registry(image)
		if _, begun := p.since[name+"/pull"]; !begun {
			event("Normal", "Pulling", "Pulling image \""+image+"\"")
		}
		if !ok {
			event("Warning", "Failed", "Failed to pull image \""+image+"\": "+pullError(image))
			event("Warning", "Failed", "Error: ErrImagePull")
			return fail("ErrImagePull", pullError(image))
		}
		if !p.after(name+"/pull", takes) {
			return old
		}
		event("Normal", "Pulled", "Successfully pulled image \""+image+"\" in "+takes.String()+" ("+takes.String()+" including waiting). Image size: 1048576 bytes.")
		if !present {
			n.images.arrive(image)
			n.reportImages()
		}
	}
	if message := n.configError(owner, container); message != "" {
		event("Warning", "Failed", "Error: "+message)
		return fail("CreateContainerConfigError", message)
	}
	event("Normal", "Created", "Container created")
	status := with(with(old, imageID(image), "imageID"), "containerd://"+newContainerID(), "containerID")
	status = with(status, map[string]any{}, "resources")
	if simulate(container).notFound {
		message := "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"" +
			firstWord(container) + "\": executable file not found in $PATH: unknown"
		event("Warning", "Failed", "Error: "+message)
		end := map[string]any{"exitCode": int64(128), "reason": "StartError", "message": message, "startedAt": "1970-01-01T00:00:00Z",
			"finishedAt": timestamp(), "containerID": status["containerID"]}
		return with(with(status, waiting("RunContainerError", message), "state"), map[string]any{"terminated": end}, "lastState")
	}
	event("Normal", "Started", "Container started")
	status = with(status, map[string]any{"running": map[string]any{"startedAt": timestamp()}}, "state")
	if field != "ephemeralContainers" {
		status = with(with(status, true, "started"), field == "containers" || text(container, "restartPolicy") == "Always", "ready")
	}
	delete(p.since, name+"/process")
	return n.watchProcess(p, owner, container, status, field)
}

// watchProcess lets a running container end when its command has.
func (n *node) watchProcess(p *pod, owner, container, running map[string]any, field string) map[string]any {
	command := simulate(container)
	if command.lasts == forever || !p.after(text(container, "name")+"/process", command.lasts) {
		return running
	}
	status := with(with(running, map[string]any{"terminated": terminated(running, command.code)}, "state"), false, "ready")
	if field != "ephemeralContainers" {
		status = with(status, false, "started")
	}
	if field == "initContainers" && command.code == 0 {
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
	if count, _ := number(old, "restartCount"); count == 0 {
		return n.create(p, owner, container, with(status, int64(1), "restartCount"), field)
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

func pullError(image string) string {
	host, repository, ok := strings.Cut(image, "/")
	if !ok || !strings.ContainsAny(host, ".:") {
		host, repository = "registry-1.docker.io", image
	}
	repository, tag, _ := strings.Cut(repository, ":")
	if tag == "" {
		tag = "latest"
	}
	return "failed to pull and unpack image \"" + image + "\": failed to resolve reference \"" + image + "\": failed to do request: Head \"https://" +
		host + "/v2/" + repository + "/manifests/" + tag + "\": dial tcp: lookup " + host + ": no such host"
}

func firstWord(container map[string]any) string {
	for _, word := range append(slices.Clone(list(container, "command")), list(container, "args")...) {
		s, _ := word.(string)
		return s
	}
	return ""
}

func newContainerID() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // does not fail
	return hex.EncodeToString(b[:])
}

// configError says why a container cannot be made of its specification, or "".
func (n *node) configError(owner, container map[string]any) string {
	namespace := text(owner, "metadata", "namespace")
	for _, variable := range list(container, "env") {
		for _, source := range []struct{ field, kind, word, goName string }{
			{"configMapKeyRef", "ConfigMap", "configmap", "ConfigMap"}, {"secretKeyRef", "Secret", "secret", "Secret"},
		} {
			ref := fields(variable, "valueFrom", source.field)
			if optional, _ := at(ref, "optional").(bool); ref == nil || optional {
				continue
			}
			name := text(ref, "name")
			held := n.store.get(kindNamed("v1", source.kind), namespace, name)
			if held == nil {
				return source.word + " \"" + name + "\" not found"
			}
			if at(held.object, "data", text(ref, "key")) == nil {
				return "couldn't find key " + text(ref, "key") + " in " + source.goName + " " + namespace + "/" + name
			}
		}
	}
	security := func(field string) any {
		if value := at(container, "securityContext", field); value != nil {
			return value
		}
		return at(owner, "spec", "securityContext", field)
	}
	if nonRoot, _ := security("runAsNonRoot").(bool); nonRoot {
		user, set := number(map[string]any{"user": security("runAsUser")}, "user")
		switch {
		case !set:
			return "container has runAsNonRoot and image will run as root (pod: \"" + podName(owner) + "\", container: " + text(container, "name") + ")"
		case user == 0:
			return "container's runAsUser breaks non-root policy (pod: \"" + podName(owner) + "\", container: " + text(container, "name") + ")"
		}
	}
	return ""
}
