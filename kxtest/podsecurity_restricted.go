package kxtest

import (
	"slices"
	"strings"
)

func privilegeEscalation(pod map[string]any) (reason, detail string) {
	names := offenders(pod, func(container any) bool { return security(container, "allowPrivilegeEscalation") != false })
	if names == nil || windows(pod) {
		return "", ""
	}
	return "allowPrivilegeEscalation != false", quotedNames("container", names) + " must set securityContext.allowPrivilegeEscalation=false"
}

func restrictedCapabilities(pod map[string]any) (reason, detail string) {
	if windows(pod) {
		return "", ""
	}
	var faults []string
	keeping := offenders(pod, func(container any) bool {
		return !slices.Contains(list(security(container, "capabilities"), "drop"), any("ALL"))
	})
	if keeping != nil {
		faults = append(faults, quotedNames("container", keeping)+` must set securityContext.capabilities.drop=["ALL"]`)
	}
	names, added := adding(pod, []string{"NET_BIND_SERVICE"})
	if names != nil {
		faults = append(faults, names.mustNotInclude(added))
	}
	if faults == nil {
		return "", ""
	}
	return "unrestricted capabilities", strings.Join(faults, "; ")
}

func restrictedVolumes(pod map[string]any) (reason, detail string) {
	allowed := strings.Fields("configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret")
	var names []string
	types := set{}
	for _, volume := range list(pod, "spec", "volumes") {
		for field := range fields(volume) {
			if field != "name" && !slices.Contains(allowed, field) {
				names, types[field] = append(names, text(volume, "name")), true
			}
		}
	}
	if names == nil {
		return "", ""
	}
	return "restricted volume types", uses("volume", names) + quotedNames("restricted volume type", types.sorted())
}

func runAsNonRoot(pod map[string]any) (reason, detail string) {
	if ownUsers(pod) {
		return "", ""
	}
	byPod := security(at(pod, "spec"), "runAsNonRoot")
	root := func(container any) bool { return security(container, "runAsNonRoot") == false }
	who := setters(byPod == false, offenders(pod, root))
	if who != "" {
		return "runAsNonRoot != true", who + " must not set securityContext.runAsNonRoot=false"
	}
	unset := func(container any) bool { return byPod != true && security(container, "runAsNonRoot") == nil }
	names := offenders(pod, unset)
	if names != nil {
		return "runAsNonRoot != true", "pod or " + quotedNames("container", names) + " must set securityContext.runAsNonRoot=true"
	}
	return "", ""
}

func runAsRoot(pod map[string]any) (reason, detail string) {
	root := func(holder any) bool {
		user, set := number(holder, "securityContext", "runAsUser")
		return set && user == 0
	}
	who := setters(root(at(pod, "spec")), offenders(pod, root))
	if who == "" || ownUsers(pod) {
		return "", ""
	}
	return "runAsUser=0", who + " must not set runAsUser=0"
}
