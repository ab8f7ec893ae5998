package object

import (
	"fmt"
	"slices"
	"strings"
)

const dns1035Format = "a DNS-1035 label must consist of lower case alphanumeric characters or " +
	"'-', start with an alphabetic character, and end with an alphanumeric character (e.g. " +
	"'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

// serviceName returns why s is not the name of a Service: a DNS label that begins with a letter.
func serviceName(s string) []string {
	var faults []string
	if len(s) > 63 {
		faults = append(faults, tooManyCharacters(63))
	}
	if !hasForm(s, lower, "-") || s[0] >= '0' && s[0] <= '9' {
		faults = append(faults, dns1035Format)
	}
	return faults
}

// defaultService sets the defaults of a Service, apart from its addresses.
func defaultService(spec map[string]any) {
	setDefault(spec, "type", "ClusterIP")
	setDefault(spec, "sessionAffinity", "None")
	if spec["sessionAffinity"] == "ClientIP" {
		clientIP := ensureFields(ensureFields(spec, "sessionAffinityConfig"), "clientIP")
		setDefault(clientIP, "timeoutSeconds", int64(10800))
	}
	for _, p := range List(spec, "ports") {
		port := Fields(p)
		setDefault(port, "protocol", "TCP")
		if port["targetPort"] == nil || port["targetPort"] == "" || port["targetPort"] == int64(0) {
			port["targetPort"] = port["port"]
		}
	}
	switch spec["type"] {
	case "LoadBalancer":
		setDefault(spec, "allocateLoadBalancerNodePorts", true)
		fallthrough
	case "NodePort":
		setDefault(spec, "externalTrafficPolicy", "Cluster")
		fallthrough
	case "ClusterIP":
		setDefault(spec, "internalTrafficPolicy", "Cluster")
	}
}

// setFamilies sets the IP families of a Service, and the list of a headless one's addresses.
func setFamilies(spec map[string]any) {
	if spec["type"] == "ExternalName" {
		return
	}
	families, policy := []any{"IPv4"}, "SingleStack"
	if Text(spec, "clusterIP") == "None" {
		spec["clusterIPs"] = []any{"None"}
		if len(Fields(spec, "selector")) == 0 { // its endpoints may be of any family
			families, policy = []any{"IPv4", "IPv6"}, "RequireDualStack"
		}
	}
	if len(List(spec, "ipFamilies")) == 0 {
		spec["ipFamilies"] = families
	}
	setDefault(spec, "ipFamilyPolicy", policy)
}

// keepAddresses keeps the addresses that the server has allocated, where an update of a Service
// does not say them.
func keepAddresses(service, stored map[string]any) {
	spec, old := ensureFields(service, "spec"), Fields(stored, "spec")
	if Text(spec, "type") == "ExternalName" || Text(old, "type") == "ExternalName" {
		return
	}
	if Text(spec, "clusterIP") == "" && len(List(spec, "clusterIPs")) == 0 {
		copyField(spec, old, "clusterIP")
		copyField(spec, old, "clusterIPs")
	}
	for _, name := range []string{"ipFamilies", "ipFamilyPolicy"} {
		if spec[name] == nil {
			copyField(spec, old, name)
		}
	}
	if Text(spec, "type") == "ClusterIP" {
		return
	}
	for _, p := range List(spec, "ports") {
		for _, before := range List(old, "ports") {
			if At(p, "nodePort") == nil && Equal(At(p, "port"), At(before, "port")) &&
				Equal(At(p, "protocol"), At(before, "protocol")) {
				copyField(Fields(p), Fields(before), "nodePort")
			}
		}
	}
}

// validateService checks the type, the ports and the external name of a Service.
func validateService(service, old map[string]any) []FieldError {
	var errs []FieldError
	spec := Fields(service, "spec")
	kind := Text(spec, "type")
	ports := List(spec, "ports")
	headless := Text(spec, "clusterIP") == "None"
	if len(ports) == 0 && !headless && kind != "ExternalName" {
		errs = append(errs, required("spec.ports", ""))
	}
	if kind == "ExternalName" && Text(spec, "externalName") == "" {
		errs = append(errs, required("spec.externalName", ""))
	}
	names := map[string]bool{}
	for i, p := range ports {
		errs = append(errs, validateServicePort(fmt.Sprintf("spec.ports[%d]", i), Fields(p),
			len(ports) > 1, names)...)
	}
	affinity := Text(spec, "sessionAffinity")
	if affinity != "ClientIP" && affinity != "None" {
		errs = append(errs, notSupported("spec.sessionAffinity", affinity, "ClientIP", "None"))
	}
	types := []string{"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"}
	if !slices.Contains(types, kind) {
		errs = append(errs, notSupported("spec.type", kind, types...))
	}
	errs = append(errs, duplicatePorts(ports)...)
	before, after := List(old, "spec", "clusterIPs"), List(spec, "clusterIPs")
	if len(before) > 0 && len(after) > 0 && !Equal(before[0], after[0]) &&
		Text(old, "spec", "type") != "ExternalName" {
		errs = append(errs, invalidValue("spec.clusterIPs[0]", after,
			"may not change once set"))
	}
	return errs
}

// validateServicePort checks one port. names are the names of the ports before it.
func validateServicePort(field string, port map[string]any, needsName bool,
	names map[string]bool) []FieldError {
	var errs []FieldError
	name := Text(port, "name")
	switch {
	case name == "" && needsName:
		errs = append(errs, required(field+".name", ""))
	case name != "" && names[name]:
		errs = append(errs, duplicate(field+".name", name))
	case name != "":
		for _, fault := range dnsLabel(name) {
			errs = append(errs, invalidValue(field+".name", name, fault))
		}
	}
	names[name] = true
	errs = append(errs, validatePortNumber(field+".port", At(port, "port"))...)
	protocol := Text(port, "protocol")
	if !slices.Contains(protocols, protocol) {
		errs = append(errs, notSupported(field+".protocol", protocol, protocols...))
	}
	if number, ok := At(port, "targetPort").(int64); ok {
		errs = append(errs, validatePortNumber(field+".targetPort", number)...)
	}
	return errs
}

// protocols are the protocols of a port, in the order of the server's messages.
var protocols = []string{"SCTP", "TCP", "UDP"}

func validatePortNumber(field string, value any) []FieldError {
	number, _ := value.(int64)
	if number >= 1 && number <= 65535 {
		return nil
	}
	return []FieldError{invalidValue(field, number, "must be between 1 and 65535, inclusive")}
}

// duplicatePorts finds ports with the number and the protocol of an earlier one. The server shows
// them in its internal form.
func duplicatePorts(ports []any) []FieldError {
	var errs []FieldError
	seen := map[string]bool{}
	for i, p := range ports {
		number, _ := At(p, "port").(int64)
		shownPort := fmt.Sprintf(`{"Name":"","Protocol":%q,"AppProtocol":null,"Port":%d,`+
			`"TargetPort":0,"NodePort":0}`, strings.ToUpper(Text(p, "protocol")), number)
		if seen[shownPort] {
			errs = append(errs, FieldError{"FieldValueDuplicate", fmt.Sprintf("spec.ports[%d]", i),
				"Duplicate value: " + shownPort})
		}
		seen[shownPort] = true
	}
	return errs
}
