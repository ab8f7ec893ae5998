package api

import (
	"fmt"
	"slices"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// ChooseContainer returns the name of the container that a request is about: name, or the pod's
// only container if name is empty.
func ChooseContainer(pod map[string]any, name string) (string, error) {
	var names []string
	for _, field := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range object.List(pod, "spec", field) {
			names = append(names, object.Text(container, "name"))
		}
	}
	regular := object.List(pod, "spec", "containers")
	switch {
	case name != "" && !slices.Contains(names, name):
		return "", BadRequest("container " + name + " is not valid for pod " + object.Text(pod,
			"metadata", "name"))
	case name != "":
		return name, nil
	case len(regular) == 1:
		return object.Text(regular[0], "name"), nil
	}
	return "", BadRequest(fmt.Sprintf(
		"a container name must be specified for pod %s, choose one of: %s",
		object.Text(pod, "metadata", "name"), names))
}

// IsSidecar reports whether the init container name is a sidecar (KEP-753).
func IsSidecar(o map[string]any, name string) bool {
	return slices.ContainsFunc(object.List(o, "spec", "initContainers"), func(container any) bool {
		return object.Text(container, "name") == name && object.Text(container,
			"restartPolicy") == "Always"
	})
}
