package podsecurity

import (
	"maps"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// check is a rule of the Pod Security Standards. fault returns the reason and the detail of a
// violation, or "".
type check struct {
	level string // the only level of the rule; "" for both
	fault func(pod map[string]any) (reason, detail string)
}

// checks are in the order of the API server's messages. If the levels differ in a rule, each level
// has its own.
var checks = []check{
	{"", appArmorProfile},
	{"baseline", baselineCapabilities},
	{"", hostNamespaces},
	{"baseline", hostPathVolumes},
	{"", hostPorts},
	{"", hostProbes},
	{"", privileged},
	{"baseline", func(pod map[string]any) (reason, detail string) {
		if hasUserNamespace(pod) {
			return "", ""
		}
		return procMount(pod)
	}},
	{"", seLinuxOptions},
	{"baseline", func(pod map[string]any) (reason, detail string) {
		return seccompProfile(pod,
			false)
	}},
	{"", sysctls},
	{"", hostProcess},
	{"restricted", privilegeEscalation},
	{"restricted", restrictedCapabilities},
	{"restricted", procMount},
	{"restricted", restrictedVolumes},
	{"restricted", runAsNonRoot},
	{"restricted", runAsRoot},
	{"restricted", func(pod map[string]any) (reason, detail string) {
		return seccompProfile(pod,
			!windows(pod))
	}},
}

// containersWhere returns the names of the pod's containers, of all three kinds, for which bad
// returns true.
func containersWhere(pod map[string]any, bad func(container any) bool) (names []string) {
	for _, field := range []string{"initContainers", "containers", "ephemeralContainers"} {
		for _, container := range object.List(pod, "spec", field) {
			if bad(container) {
				names = append(names, object.Text(container, "name"))
			}
		}
	}
	return names
}

// plural returns word, with an s unless there is exactly one name.
func plural(word string, names []string) string {
	if len(names) == 1 {
		return word
	}
	return word + "s"
}

// quotedNames returns a phrase such as: containers "a", "b"
func quotedNames(word string, names []string) string {
	return plural(word, names) + " " + inQuotes(names)
}

func inQuotes(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// podAndContainers returns a phrase that names the pod, containers, or both.
func podAndContainers(pod bool, containers []string) string {
	var subjects []string
	if pod {
		subjects = append(subjects, "pod")
	}
	if len(containers) > 0 {
		subjects = append(subjects, quotedNames("container", containers))
	}
	return strings.Join(subjects, " and ")
}

// stringSet is a set of strings.
type stringSet map[string]bool

func (s stringSet) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// hasUserNamespace reports whether the pod has a user namespace of its own, where root has no
// rights outside.
func hasUserNamespace(pod map[string]any) bool {
	host, ok := object.At(pod, "spec", "hostUsers").(bool)
	return ok && !host
}

func windows(pod map[string]any) bool { return object.Text(pod, "spec", "os", "name") == "windows" }

func securityContext(holder any, path ...string) any {
	return object.At(holder, append([]string{"securityContext"}, path...)...)
}
