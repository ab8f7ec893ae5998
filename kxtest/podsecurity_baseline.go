package kxtest

import (
	"slices"
	"strconv"
	"strings"
)

func appArmorProfile(pod map[string]any) (reason, detail string) {
	values := set{}
	bad := func(holder any) bool {
		profile := security(holder, "appArmorProfile")
		kind := text(profile, "type")
		if profile == nil || kind == "RuntimeDefault" || kind == "Localhost" {
			return false
		}
		values[kind] = true
		return true
	}
	byPod := bad(at(pod, "spec"))
	who := setters(byPod, offenders(pod, bad))
	if who == "" {
		return "", ""
	}
	return counted("forbidden AppArmor profile", values.sorted()), who + " must not set AppArmor profile type to " + inQuotes(values.sorted())
}

func baselineCapabilities(pod map[string]any) (reason, detail string) {
	allowed := strings.Fields("AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT")
	names, added := adding(pod, allowed)
	if names != nil {
		return "non-default capabilities", names.mustNotInclude(added)
	}
	return "", ""
}

// containerNames are those of containers at fault.
type containerNames []string

func (n containerNames) mustNotInclude(capabilities []string) string {
	return quotedNames("container", n) + " must not include " + inQuotes(capabilities) + " in securityContext.capabilities.add"
}

// adding names the containers that add capabilities other than the allowed ones, and these.
func adding(pod map[string]any, allowed []string) (containerNames, []string) {
	added := set{}
	names := offenders(pod, func(container any) (bad bool) {
		for _, capability := range list(security(container, "capabilities"), "add") {
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
		if at(pod, "spec", field) == true {
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
	for _, volume := range list(pod, "spec", "volumes") {
		if at(volume, "hostPath") != nil {
			names = append(names, text(volume, "name"))
		}
	}
	if names == nil {
		return "", ""
	}
	return "hostPath volumes", quotedNames("volume", names)
}

// uses is such as: container "a" uses hostPort.
func uses(word string, names []string) string {
	verb := "use"
	if len(names) == 1 {
		verb = "uses"
	}
	return quotedNames(word, names) + " " + verb + " "
}

func hostPorts(pod map[string]any) (reason, detail string) {
	ports := set{}
	names := offenders(pod, func(container any) (bad bool) {
		for _, port := range list(container, "ports") {
			n, _ := number(port, "hostPort")
			if n != 0 {
				ports[strconv.FormatInt(n, 10)], bad = true, true
			}
		}
		return bad
	})
	if names == nil {
		return "", ""
	}
	return "hostPort", uses("container", names) + counted("hostPort", ports.sorted()) + " " + strings.Join(ports.sorted(), ", ")
}

func hostProbes(pod map[string]any) (reason, detail string) {
	hosts := set{}
	names := offenders(pod, func(container any) (bad bool) {
		for _, action := range []any{at(container, "livenessProbe"), at(container, "readinessProbe"), at(container, "startupProbe"),
			at(container, "lifecycle", "postStart"), at(container, "lifecycle", "preStop")} {
			for _, by := range []string{"httpGet", "tcpSocket"} {
				host := text(action, by, "host")
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
	return "probe or lifecycle host", uses("container", names) + quotedNames("probe or lifecycle host", hosts.sorted())
}

func privileged(pod map[string]any) (reason, detail string) {
	names := offenders(pod, func(container any) bool { return security(container, "privileged") == true })
	if names == nil {
		return "", ""
	}
	return "privileged", quotedNames("container", names) + " must not set securityContext.privileged=true"
}

func procMount(pod map[string]any) (reason, detail string) {
	types := set{}
	names := offenders(pod, func(container any) bool {
		mount := security(container, "procMount")
		if mount == nil || mount == "Default" {
			return false
		}
		types[mount.(string)] = true
		return true
	})
	if names == nil {
		return "", ""
	}
	return "procMount", quotedNames("container", names) + " must not set securityContext.procMount to " + inQuotes(types.sorted())
}

func seLinuxOptions(pod map[string]any) (reason, detail string) {
	types, user, role := set{}, false, false
	bad := func(holder any) (bad bool) {
		options := security(holder, "seLinuxOptions")
		kind := text(options, "type")
		switch kind {
		case "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t":
		default:
			types[kind], bad = true, true
		}
		if text(options, "user") != "" {
			user, bad = true, true
		}
		if text(options, "role") != "" {
			role, bad = true, true
		}
		return bad
	}
	byPod := bad(at(pod, "spec"))
	who := setters(byPod, offenders(pod, bad))
	if who == "" {
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
	return "seLinuxOptions", who + " set forbidden securityContext.seLinuxOptions: " + strings.Join(faults, "; ")
}

// seccompProfile is the rule about what must not be set, and with required the one about what must be.
func seccompProfile(pod map[string]any, required bool) (reason, detail string) {
	values := set{}
	allowed := func(holder any) bool {
		kind := text(security(holder, "seccompProfile"), "type")
		return kind == "RuntimeDefault" || kind == "Localhost"
	}
	bad := func(holder any) bool {
		profile := security(holder, "seccompProfile")
		if profile == nil || allowed(holder) {
			return false
		}
		values[text(profile, "type")] = true
		return true
	}
	byPod := bad(at(pod, "spec"))
	who := setters(byPod, offenders(pod, bad))
	if who != "" {
		return "seccompProfile", who + " must not set securityContext.seccompProfile.type to " + inQuotes(values.sorted())
	}
	if !required || allowed(at(pod, "spec")) {
		return "", ""
	}
	names := offenders(pod, func(container any) bool { return !allowed(container) })
	if names != nil {
		return "seccompProfile", "pod or " + quotedNames("container", names) + ` must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
	}
	return "", ""
}

func sysctls(pod map[string]any) (reason, detail string) {
	allowed := strings.Fields(`kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range net.ipv4.ip_unprivileged_port_start
		net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes
		net.ipv4.tcp_rmem net.ipv4.tcp_wmem`)
	var names []string
	for _, sysctl := range list(security(at(pod, "spec")), "sysctls") {
		name := text(sysctl, "name")
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
	bad := func(holder any) bool { return security(holder, "windowsOptions", "hostProcess") == true }
	who := setters(bad(at(pod, "spec")), offenders(pod, bad))
	if who == "" {
		return "", ""
	}
	return "hostProcess", who + " must not set securityContext.windowsOptions.hostProcess=true"
}
