package podsecurity

import (
	"maps"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// check is one rule of the Pod Security Standards. It gives the reason and the detail of what it forbids, or nothing.
type check struct {
	level string // the one level that it belongs to; empty for both
	fault func(pod map[string]any) (reason, detail string)
}

// checks are in the order in which their faults are told. Where both levels have a rule of their own for one thing, each stands with its level.
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
	{"baseline", func(pod map[string]any) (reason, detail string) { return seccompProfile(pod, false) }},
	{"", sysctls},
	{"", hostProcess},
	{"restricted", privilegeEscalation},
	{"restricted", restrictedCapabilities},
	{"restricted", procMount},
	{"restricted", restrictedVolumes},
	{"restricted", runAsNonRoot},
	{"restricted", runAsRoot},
	{"restricted", func(pod map[string]any) (reason, detail string) { return seccompProfile(pod, !windows(pod)) }},
}

// containersWhere names the containers of a pod, of all three kinds, for which bad holds.
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

// plural is the singular of a word for one name, and its plural for others.
func plural(word string, names []string) string {
	if len(names) == 1 {
		return word
	}
	return word + "s"
}

// quotedNames is such as: containers "a", "b".
func quotedNames(word string, names []string) string {
	return plural(word, names) + " " + inQuotes(names)
}

func inQuotes(names []string) string { return `"` + strings.Join(names, `", "`) + `"` }

// podAndContainers names who sets something: the pod, containers, or both.
func podAndContainers(pod bool, containers []string) string {
	var who []string
	if pod {
		who = append(who, "pod")
	}
	if len(containers) > 0 {
		who = append(who, quotedNames("container", containers))
	}
	return strings.Join(who, " and ")
}

// stringSet is a set of texts.
type stringSet map[string]bool

func (s stringSet) sorted() []string { return slices.Sorted(maps.Keys(s)) }

// hasUserNamespace holds for a pod in a user namespace of its own, where root is nobody outside.
func hasUserNamespace(pod map[string]any) bool {
	host, ok := object.At(pod, "spec", "hostUsers").(bool)
	return ok && !host
}

func windows(pod map[string]any) bool { return object.Text(pod, "spec", "os", "name") == "windows" }

func securityContext(holder any, path ...string) any {
	return object.At(holder, append([]string{"securityContext"}, path...)...)
}
