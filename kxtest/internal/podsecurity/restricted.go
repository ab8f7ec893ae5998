package podsecurity

import (
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func privilegeEscalation(pod map[string]any) (reason, detail string) {
	names := containersWhere(pod, func(container any) bool {
		return securityContext(container, "allowPrivilegeEscalation") != false
	})
	if names == nil || windows(pod) {
		return "", ""
	}
	return "allowPrivilegeEscalation != false", quotedNames("container", names) +
		" must set securityContext.allowPrivilegeEscalation=false"
}

func restrictedCapabilities(pod map[string]any) (reason, detail string) {
	if windows(pod) {
		return "", ""
	}
	var faults []string
	keeping := containersWhere(pod, func(container any) bool {
		return !slices.Contains(object.List(securityContext(container, "capabilities"), "drop"),
			any("ALL"))
	})
	if keeping != nil {
		faults = append(faults, quotedNames("container", keeping)+
			` must set securityContext.capabilities.drop=["ALL"]`)
	}
	names, added := containersAdding(pod, []string{"NET_BIND_SERVICE"})
	if names != nil {
		faults = append(faults, names.mustNotInclude(added))
	}
	if faults == nil {
		return "", ""
	}
	return "unrestricted capabilities", strings.Join(faults, "; ")
}

func restrictedVolumes(pod map[string]any) (reason, detail string) {
	allowed := strings.Fields(
		"configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret")
	var names []string
	types := stringSet{}
	for _, volume := range object.List(pod, "spec", "volumes") {
		for field := range object.Fields(volume) {
			if field != "name" && !slices.Contains(allowed, field) {
				names, types[field] = append(names, object.Text(volume, "name")), true
			}
		}
	}
	if names == nil {
		return "", ""
	}
	return "restricted volume types", usesPhrase("volume", names) +
		quotedNames("restricted volume type", types.sorted())
}

func runAsNonRoot(pod map[string]any) (reason, detail string) {
	if hasUserNamespace(pod) {
		return "", ""
	}
	byPod := securityContext(object.At(pod, "spec"), "runAsNonRoot")
	root := func(container any) bool { return securityContext(container, "runAsNonRoot") == false }
	subjects := podAndContainers(byPod == false, containersWhere(pod, root))
	if subjects != "" {
		return "runAsNonRoot != true", subjects + " must not set securityContext.runAsNonRoot=false"
	}
	unset := func(container any) bool {
		return byPod != true && securityContext(container,
			"runAsNonRoot") == nil
	}
	names := containersWhere(pod, unset)
	if names != nil {
		return "runAsNonRoot != true", "pod or " + quotedNames("container", names) +
			" must set securityContext.runAsNonRoot=true"
	}
	return "", ""
}

func runAsRoot(pod map[string]any) (reason, detail string) {
	root := func(holder any) bool {
		user, set := object.Number(holder, "securityContext", "runAsUser")
		return set && user == 0
	}
	subjects := podAndContainers(root(object.At(pod, "spec")), containersWhere(pod, root))
	if subjects == "" || hasUserNamespace(pod) {
		return "", ""
	}
	return "runAsUser=0", subjects + " must not set runAsUser=0"
}
