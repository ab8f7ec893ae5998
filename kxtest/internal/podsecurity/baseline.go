package podsecurity

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

func appArmorProfile(pod map[string]any) (reason, detail string) {
	values := stringSet{}
	bad := func(holder any) bool {
		profile := securityContext(holder, "appArmorProfile")
		kind := object.Text(profile, "type")
		if profile == nil || kind == "RuntimeDefault" || kind == "Localhost" {
			return false
		}
		values[kind] = true
		return true
	}
	byPod := bad(object.At(pod, "spec"))
	subjects := podAndContainers(byPod, containersWhere(pod, bad))
	if subjects == "" {
		return "", ""
	}
	return plural("forbidden AppArmor profile", values.sorted()), subjects +
		" must not set AppArmor profile type to " +
		inQuotes(values.sorted())
}

func baselineCapabilities(pod map[string]any) (reason, detail string) {
	allowed := strings.Fields(
		"AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID " +
			"SETPCAP SETUID SYS_CHROOT")
	names, added := containersAdding(pod, allowed)
	if names != nil {
		return "non-default capabilities", names.mustNotInclude(added)
	}
	return "", ""
}

// containerNames are the names of containers that break a rule.
type containerNames []string

func (n containerNames) mustNotInclude(capabilities []string) string {
	return quotedNames("container", n) + " must not include " + inQuotes(capabilities) +
		" in securityContext.capabilities.add"
}

// containersAdding returns the containers that add capabilities other than the allowed ones, and
// those capabilities.
func containersAdding(pod map[string]any, allowed []string) (containerNames, []string) {
	added := stringSet{}
	names := containersWhere(pod, func(container any) (bad bool) {
		for _, capability := range object.List(securityContext(container, "capabilities"), "add") {
			name, _ := capability.(string)
			if !slices.Contains(allowed, name) {
				added[name], bad = true, true
			}
		}
		return bad
	})
	return names, added.sorted()
}

func hostNamespaces(pod map[string]any) (reason, detail string) {
	var used []string
	for _, field := range []string{"hostNetwork", "hostPID", "hostIPC"} {
		if object.At(pod, "spec", field) == true {
			used = append(used, field+"=true")
		}
	}
	if used == nil {
		return "", ""
	}
	return "host namespaces", strings.Join(used, ", ")
}

func hostPathVolumes(pod map[string]any) (reason, detail string) {
	var names []string
	for _, volume := range object.List(pod, "spec", "volumes") {
		if object.At(volume, "hostPath") != nil {
			names = append(names, object.Text(volume, "name"))
		}
	}
	if names == nil {
		return "", ""
	}
	return "hostPath volumes", quotedNames("volume", names)
}

// usesPhrase returns a phrase such as: container "a" uses
func usesPhrase(word string, names []string) string {
	verb := "use"
	if len(names) == 1 {
		verb = "uses"
	}
	return quotedNames(word, names) + " " + verb + " "
}

func hostPorts(pod map[string]any) (reason, detail string) {
	ports := stringSet{}
	names := containersWhere(pod, func(container any) (bad bool) {
		for _, port := range object.List(container, "ports") {
			n, _ := object.Number(port, "hostPort")
			if n != 0 {
				ports[strconv.FormatInt(n, 10)], bad = true, true
			}
		}
		return bad
	})
	if names == nil {
		return "", ""
	}
	return "hostPort", usesPhrase("container", names) + plural("hostPort", ports.sorted()) + " " +
		strings.Join(ports.sorted(), ", ")
}

func hostProbes(pod map[string]any) (reason, detail string) {
	hosts := stringSet{}
	names := containersWhere(pod, func(container any) (bad bool) {
		for _, action := range []any{object.At(container, "livenessProbe"),
			object.At(container, "readinessProbe"),
			object.At(container, "startupProbe"),
			object.At(container, "lifecycle", "postStart"), object.At(container, "lifecycle",
				"preStop")} {
			for _, handler := range []string{"httpGet", "tcpSocket"} {
				host := object.Text(action, handler, "host")
				if host != "" {
					hosts[host], bad = true, true
				}
			}
		}
		return bad
	})
	if names == nil {
		return "", ""
	}
	slices.Sort(names)
	return "probe or lifecycle host", usesPhrase("container", names) +
		quotedNames("probe or lifecycle host", hosts.sorted())
}

func privileged(pod map[string]any) (reason, detail string) {
	names := containersWhere(pod, func(container any) bool {
		return securityContext(container,
			"privileged") == true
	})
	if names == nil {
		return "", ""
	}
	return "privileged", quotedNames("container", names) +
		" must not set securityContext.privileged=true"
}

func procMount(pod map[string]any) (reason, detail string) {
	types := stringSet{}
	names := containersWhere(pod, func(container any) bool {
		mount := securityContext(container, "procMount")
		if mount == nil || mount == "Default" {
			return false
		}
		types[mount.(string)] = true
		return true
	})
	if names == nil {
		return "", ""
	}
	return "procMount", quotedNames("container", names) +
		" must not set securityContext.procMount to " +
		inQuotes(types.sorted())
}

func seLinuxOptions(pod map[string]any) (reason, detail string) {
	types, user, role := stringSet{}, false, false
	bad := func(holder any) (bad bool) {
		options := securityContext(holder, "seLinuxOptions")
		kind := object.Text(options, "type")
		switch kind {
		case "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t":
		default:
			types[kind], bad = true, true
		}
		if object.Text(options, "user") != "" {
			user, bad = true, true
		}
		if object.Text(options, "role") != "" {
			role, bad = true, true
		}
		return bad
	}
	byPod := bad(object.At(pod, "spec"))
	subjects := podAndContainers(byPod, containersWhere(pod, bad))
	if subjects == "" {
		return "", ""
	}
	var faults []string
	if len(types) > 0 {
		faults = append(faults, quotedNames("type", types.sorted()))
	}
	if user {
		faults = append(faults, "user may not be set")
	}
	if role {
		faults = append(faults, "role may not be set")
	}
	return "seLinuxOptions", subjects + " set forbidden securityContext.seLinuxOptions: " +
		strings.Join(faults, "; ")
}

// seccompProfile checks for forbidden profiles and, if required is set, for missing ones.
func seccompProfile(pod map[string]any, required bool) (reason, detail string) {
	values := stringSet{}
	allowed := func(holder any) bool {
		kind := object.Text(securityContext(holder, "seccompProfile"), "type")
		return kind == "RuntimeDefault" || kind == "Localhost"
	}
	bad := func(holder any) bool {
		profile := securityContext(holder, "seccompProfile")
		if profile == nil || allowed(holder) {
			return false
		}
		values[object.Text(profile, "type")] = true
		return true
	}
	byPod := bad(object.At(pod, "spec"))
	subjects := podAndContainers(byPod, containersWhere(pod, bad))
	if subjects != "" {
		return "seccompProfile", subjects +
			" must not set securityContext.seccompProfile.type to " +
			inQuotes(values.sorted())
	}
	if !required || allowed(object.At(pod, "spec")) {
		return "", ""
	}
	names := containersWhere(pod, func(container any) bool { return !allowed(container) })
	if names != nil {
		return "seccompProfile", "pod or " + quotedNames("container", names) +
			` must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
	}
	return "", ""
}

func sysctls(pod map[string]any) (reason, detail string) {
	allowed := strings.Fields(`
		kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies
		net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start
		net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout
		net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem
		net.ipv4.tcp_wmem`)
	var names []string
	for _, sysctl := range object.List(securityContext(object.At(pod, "spec")), "sysctls") {
		name := object.Text(sysctl, "name")
		if !slices.Contains(allowed, name) {
			names = append(names, name)
		}
	}
	if names == nil {
		return "", ""
	}
	return "forbidden sysctls", strings.Join(names, ", ")
}

func hostProcess(pod map[string]any) (reason, detail string) {
	bad := func(holder any) bool {
		return securityContext(holder, "windowsOptions",
			"hostProcess") == true
	}
	subjects := podAndContainers(bad(object.At(pod, "spec")), containersWhere(pod, bad))
	if subjects == "" {
		return "", ""
	}
	return "hostProcess", subjects + " must not set securityContext.windowsOptions.hostProcess=true"
}
