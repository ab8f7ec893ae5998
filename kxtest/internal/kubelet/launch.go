package kubelet

import (
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/machine"
	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/kx-k8s/kx/kxtest/internal/storage"
)

// launch gets the image and starts the container. If it cannot, it returns the container's status,
// which says why.
func (n *Node) launch(
	p *podState, pod, container, old map[string]any, field string,
) (started *startedContainer, status map[string]any) {
	name, image, policy := object.Text(container, "name"), object.Text(container, "image"),
		object.Text(container, "imagePullPolicy")
	event := func(kind, reason, message string) {
		n.recordEvent(pod, field, name, kind, reason,
			message)
	}
	fail := func(reason, message string) (*startedContainer, map[string]any) {
		return nil, object.With(old, waitingState(reason, message), "state")
	}
	nameError := imageNameError(image)
	if nameError != "" {
		event("Warning", "InspectFailed", nameError)
		event("Warning", "Failed", "Error: InvalidImageName")
		return fail("InvalidImageName", nameError)
	}
	target, missing := n.target(p, pod, container)
	if missing != "" { // the next change of the pod retries
		if _, reported := p.since[name+"/target"]; !reported {
			p.since[name+"/target"] = time.Now()
			event("Warning", "Failed", "Error: "+missing)
		}
		return nil, old
	}
	present := n.images.isPresent(image)
	switch {
	case present && policy != "Always":
		event("Normal", "Pulled", "Container image \""+image+
			"\" already present on machine and can be accessed by the pod")
	case policy == "Never":
		message := "Container image \"" + image + "\" is not present with pull policy of Never"
		event("Warning", "ErrImageNeverPull", message)
		event("Warning", "Failed", "Error: ErrImageNeverPull")
		return fail("ErrImageNeverPull", message)
	default:
		pullTime, ok := n.images.pullTime(image)
		if _, pulling := p.since[name+"/pull"]; !pulling {
			event("Normal", "Pulling", "Pulling image \""+image+"\"")
		}
		if !ok {
			event("Warning", "Failed", "Failed to pull image \""+image+"\": "+pullError(image))
			event("Warning", "Failed", "Error: ErrImagePull")
			return fail("ErrImagePull", pullError(image))
		}
		if !p.elapsed(name+"/pull", pullTime) {
			return nil, old
		}
		event("Normal", "Pulled", "Successfully pulled image \""+image+"\" in "+pullTime.String()+
			" ("+pullTime.String()+
			" including waiting). Image size: "+strconv.FormatInt(n.images.size(image), 10)+
			" bytes.")
		if !present {
			n.images.addPulled(image)
			n.reportImages()
		}
	}
	configError := n.configError(pod, container)
	if configError != "" {
		event("Warning", "Failed", "Error: "+configError)
		return fail("CreateContainerConfigError", configError)
	}
	event("Normal", "Created", "Container created")
	config := n.machineConfig(p, pod, container)
	config.Target = target
	config.ID = newContainerID()
	id := "containerd://" + config.ID
	started, err := n.runtime.start(podKey(pod), id, config, container)
	if err != nil {
		message := "failed to create containerd task: failed to create shim task: OCI runtime " +
			"create failed: runc create failed: " + err.Error()
		event("Warning", "Failed", "Error: "+message)
		terminated := map[string]any{
			"exitCode":    int64(128),
			"reason":      "StartError",
			"message":     message,
			"startedAt":   "1970-01-01T00:00:00Z",
			"finishedAt":  api.Timestamp(),
			"containerID": id,
		}
		status := object.With(object.With(object.With(old, imageID(image), "imageID"), id,
			"containerID"),
			map[string]any{}, "resources")
		return nil, object.With(object.With(status, waitingState("RunContainerError", message),
			"state"),
			map[string]any{"terminated": terminated}, "lastState")
	}
	event("Normal", "Started", "Container started")
	return started, nil
}

func podKey(pod map[string]any) string {
	return storage.Key(object.Text(pod, "metadata", "namespace"), object.Text(pod, "metadata",
		"name"))
}

// target returns the machine whose process namespace a container shares, or nil. missing is the
// reason why it is not running.
func (n *Node) target(p *podState, pod, container map[string]any) (target *machine.Machine,
	missing string) {
	name := object.Text(container, "targetContainerName")
	if name != "" && !n.ignoresTargets {
		for _, field := range []string{"containerStatuses", "initContainerStatuses"} {
			status := statusOfContainer(pod, field, name)
			if status != nil {
				started := n.runtime.find(status)
				if started != nil {
					if _, ended := started.exitCode(); ended {
						_, id, _ := strings.Cut(started.id, "://")
						return nil, "failed to generate container \"" + newContainerID() +
							"\" spec: invalid target container: container \"" + id +
							"\" is not running - in state CONTAINER_EXITED"
					}
					return started.machine, ""
				}
				if object.At(status, "state", "waiting") == nil {
					return nil, "" // a status written by a client has no process
				}
			}
		}
		return nil, "unable to find target container " + name
	}
	share, _ := object.At(pod, "spec", "shareProcessNamespace").(bool)
	if !share {
		return nil, ""
	}
	if p.sandbox == nil {
		id := newContainerID()
		started, err := n.runtime.start(podKey(pod), "sandbox://"+id,
			machine.Config{ID: id, Hostname: object.Text(pod, "metadata", "name"),
				Image: sandboxImage}, nil)
		if err != nil {
			return nil, "the server is closing"
		}
		p.sandbox = started.machine
	}
	return p.sandbox, ""
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
	return "failed to pull and unpack image \"" + image + "\": failed to resolve reference \"" +
		image +
		"\": failed to do request: Head \"https://" +
		host + "/v2/" + repository + "/manifests/" + tag + "\": dial tcp: lookup " + host +
		": no such host"
}

// configError returns the kubelet's error for a container that it cannot create, or "".
func (n *Node) configError(pod, container map[string]any) string {
	namespace := object.Text(pod, "metadata", "namespace")
	for _, variable := range object.List(container, "env") {
		for _, source := range []struct{ field, kind, word, goName string }{
			{"configMapKeyRef", "ConfigMap", "configmap", "ConfigMap"}, {"secretKeyRef", "Secret",
				"secret", "Secret"},
		} {
			ref := object.Fields(variable, "valueFrom", source.field)
			optional, _ := object.At(ref, "optional").(bool)
			if ref == nil || optional {
				continue
			}
			name := object.Text(ref, "name")
			stored := n.store.Get(api.KindByName("v1", source.kind), namespace, name)
			if stored == nil {
				return source.word + " \"" + name + "\" not found"
			}
			if object.At(stored.Object, "data", object.Text(ref, "key")) == nil {
				return "couldn't find key " + object.Text(ref, "key") + " in " + source.goName +
					" " + namespace + "/" +
					name
			}
		}
	}
	security := func(field string) any {
		value := object.At(container, "securityContext", field)
		if value != nil {
			return value
		}
		return object.At(pod, "spec", "securityContext", field)
	}
	nonRoot, _ := security("runAsNonRoot").(bool)
	if nonRoot {
		user, set := object.Number(map[string]any{"user": security("runAsUser")}, "user")
		switch {
		case !set:
			return "container has runAsNonRoot and image will run as root (pod: \"" + podName(pod) +
				"\", container: " + object.Text(container, "name") + ")"
		case user == 0:
			return "container's runAsUser breaks non-root policy (pod: \"" + podName(pod) +
				"\", container: " +
				object.Text(container, "name") + ")"
		}
	}
	return ""
}

// sandboxImage is the image of the container that holds a shared process namespace.
const sandboxImage = "kx.local/pause:1"
