package kxtest

import (
	"cmp"
	"strings"
)

// podSecurity is what a namespace's labels ask of its pods (https://kubernetes.io/docs/concepts/security/pod-security-admission/).
// A version other than latest is named as it is, and held to the rules of latest.
type podSecurity struct {
	enforce, warn string // a level and its version, such as "baseline:latest"
}

const podSecurityLabels = "pod-security.kubernetes.io/"

// podSecurityOf reads the labels of a namespace.
func podSecurityOf(labels map[string]any) podSecurity {
	policy := func(mode string) string {
		level := text(labels, podSecurityLabels+mode)
		if level != "baseline" && level != "restricted" {
			return ""
		}
		return level + ":" + cmp.Or(text(labels, podSecurityLabels+mode+"-version"), "latest")
	}
	return podSecurity{policy("enforce"), policy("warn")}
}

// admit is the admission plugin PodSecurity: it refuses a pod that is stored for the first time, or is changed from before in what matters to it,
// or gives the warnings about it.
func (p podSecurity) admit(before, pod map[string]any) (warnings []string, err error) {
	if before != nil && !significant(before, pod) {
		return nil, nil
	}
	if faults := violations(p.enforce, pod); faults != "" {
		return nil, forbidden(podKind, text(pod, "metadata", "name"), "violates PodSecurity \""+p.enforce+"\": "+faults)
	}
	faults := violations(p.warn, pod)
	if faults != "" {
		warnings = append(warnings, "would violate PodSecurity \""+p.warn+"\": "+faults)
	}
	return warnings, nil
}

// significant holds for a change of a container's image, and for a new ephemeral container.
func significant(before, pod map[string]any) bool {
	for _, field := range []string{"initContainers", "containers", "ephemeralContainers"} {
		images := map[string]string{}
		for _, container := range list(before, "spec", field) {
			images[text(container, "name")] = text(container, "image")
		}
		for _, container := range list(pod, "spec", field) {
			image, known := images[text(container, "name")]
			if !known || image != text(container, "image") {
				return true
			}
		}
	}
	return false
}

// violations are the faults of a pod by a policy, each with its detail; empty where there is none.
func violations(policy string, pod map[string]any) string {
	level, _, _ := strings.Cut(policy, ":")
	var faults []string
	for _, check := range podSecurityChecks {
		if level == "" || check.level != "" && check.level != level {
			continue
		}
		reason, detail := check.fault(pod)
		if reason != "" {
			faults = append(faults, reason+" ("+detail+")")
		}
	}
	return strings.Join(faults, ", ")
}
