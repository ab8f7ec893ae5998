package kxtest

import (
	"fmt"
	"slices"
)

// chooseContainer finds the container that a request is about: the one that it names, or the only one.
func chooseContainer(pod map[string]any, name string) (string, error) {
	var names []string
	for _, field := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range list(pod, "spec", field) {
			names = append(names, text(container, "name"))
		}
	}
	regular := list(pod, "spec", "containers")
	switch {
	case name != "" && !slices.Contains(names, name):
		return "", badRequest("container " + name + " is not valid for pod " + text(pod, "metadata", "name"))
	case name != "":
		return name, nil
	case len(regular) == 1:
		return text(regular[0], "name"), nil
	}
	return "", badRequest(fmt.Sprintf("a container name must be specified for pod %s, choose one of: %s", text(pod, "metadata", "name"), names))
}

func sidecar(o map[string]any, name string) bool {
	return slices.ContainsFunc(list(o, "spec", "initContainers"), func(container any) bool {
		return text(container, "name") == name && text(container, "restartPolicy") == "Always"
	})
}
