// Package podsecurity checks pods against the Pod Security Standards, with the messages of the
// admission plugin PodSecurity.
package podsecurity

import (
	"cmp"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Policy is the Pod Security Standard that a namespace's labels ask for
// (https://kubernetes.io/docs/concepts/security/pod-security-admission/). A version other than
// latest appears in messages, but its rules are those of latest.
type Policy struct {
	enforce, warn string // a level and its version, such as "baseline:latest"
}

const labelPrefix = "pod-security.kubernetes.io/"

// PolicyOf returns the policy in the labels of a namespace.
func PolicyOf(labels map[string]any) Policy {
	policy := func(mode string) string {
		level := object.Text(labels, labelPrefix+mode)
		if level != "baseline" && level != "restricted" {
			return ""
		}
		return level + ":" + cmp.Or(object.Text(labels, labelPrefix+mode+"-version"), "latest")
	}
	return Policy{policy("enforce"), policy("warn")}
}

// Admit is the admission plugin PodSecurity. It checks a new pod, or one that has changed
// significantly from before. It returns an error if the pod violates the enforced level, and
// warnings for the other.
func (p Policy) Admit(before, pod map[string]any) (warnings []string, err error) {
	if before != nil && !significant(before, pod) {
		return nil, nil
	}
	faults := violations(p.enforce, pod)
	if faults != "" {
		return nil, api.Forbidden(api.PodKind, object.Text(pod, "metadata", "name"),
			"violates PodSecurity \""+
				p.enforce+"\": "+faults)
	}
	faults = violations(p.warn, pod)
	if faults != "" {
		warnings = append(warnings, "would violate PodSecurity \""+p.warn+"\": "+faults)
	}
	return warnings, nil
}

// significant reports whether a container's image has changed or an ephemeral container was added.
func significant(before, pod map[string]any) bool {
	for _, field := range []string{"initContainers", "containers", "ephemeralContainers"} {
		images := map[string]string{}
		for _, container := range object.List(before, "spec", field) {
			images[object.Text(container, "name")] = object.Text(container, "image")
		}
		for _, container := range object.List(pod, "spec", field) {
			image, known := images[object.Text(container, "name")]
			if !known || image != object.Text(container, "image") {
				return true
			}
		}
	}
	return false
}

// violations returns the pod's violations of a policy, each with its detail, or "".
func violations(policy string, pod map[string]any) string {
	level, _, _ := strings.Cut(policy, ":")
	var faults []string
	for _, check := range checks {
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
