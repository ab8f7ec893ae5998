package object

import (
	"fmt"
	"net/netip"
	"slices"
)

func defaultEndpoints(endpoints map[string]any) {
	for _, subset := range List(endpoints, "subsets") {
		for _, port := range List(subset, "ports") {
			setDefault(Fields(port), "protocol", "TCP")
		}
	}
}

func defaultEndpointSlice(slice map[string]any) {
	for _, p := range List(slice, "ports") {
		port := Fields(p)
		setDefault(port, "name", "")
		setDefault(port, "protocol", "TCP")
	}
}

// validateEndpoints checks the addresses and ports of Endpoints.
func validateEndpoints(endpoints map[string]any) []FieldError {
	var errs []FieldError
	for i, subset := range List(endpoints, "subsets") {
		field := fmt.Sprintf("subsets[%d]", i)
		if len(List(subset, "addresses")) == 0 && len(List(subset, "notReadyAddresses")) == 0 {
			errs = append(errs, required(field, "must specify `addresses` or `notReadyAddresses`"))
		}
		for _, list := range []string{"addresses", "notReadyAddresses"} {
			for j, address := range List(subset, list) {
				errs = append(errs, validateEndpointAddress(fmt.Sprintf("%s.%s[%d].ip", field, list,
					j), Text(address, "ip"))...)
			}
		}
		for j, port := range List(subset, "ports") {
			where := fmt.Sprintf("%s.ports[%d]", field, j)
			errs = append(errs, validatePortNumber(where+".port", At(port, "port"))...)
			errs = append(errs, validateProtocol(where, Text(port, "protocol"))...)
		}
	}
	return errs
}

func validateProtocol(field, protocol string) []FieldError {
	if slices.Contains(protocols, protocol) {
		return nil
	}
	return []FieldError{notSupported(field+".protocol", protocol, protocols...)}
}

const notAnIP = "must be a valid IP address"

// validateEndpointAddress returns the faults of an address. The server checks it twice if it is no
// address.
func validateEndpointAddress(field, text string) []FieldError {
	ip, err := netip.ParseAddr(text)
	switch {
	case err != nil:
		return []FieldError{
			invalidValue(field, text, notAnIP+", (e.g. 10.9.8.7 or 2001:db8::ffff)"),
			invalidValue(field, text, notAnIP),
		}
	case ip.IsLoopback():
		return []FieldError{invalidValue(field, text,
			"may not be in the loopback range (127.0.0.0/8, ::1/128)")}
	}
	return nil
}

// validateEndpointSlice checks the type, the addresses and the ports of an EndpointSlice.
func validateEndpointSlice(slice, old map[string]any) []FieldError {
	var errs []FieldError
	kind := Text(slice, "addressType")
	switch {
	case kind == "":
		errs = append(errs, required("addressType", ""))
	case kind != "FQDN" && kind != "IPv4" && kind != "IPv6":
		errs = append(errs, notSupported("addressType", kind, "FQDN", "IPv4", "IPv6"))
	}
	for i, p := range List(slice, "ports") {
		errs = append(errs, validateProtocol(fmt.Sprintf("ports[%d]", i), Text(p, "protocol"))...)
	}
	for i, e := range List(slice, "endpoints") {
		field := fmt.Sprintf("endpoints[%d].addresses", i)
		addresses := List(e, "addresses")
		if len(addresses) == 0 {
			errs = append(errs, required(field, "must contain at least 1 address"))
		}
		for j, address := range addresses {
			text, _ := address.(string)
			_, err := netip.ParseAddr(text)
			if err != nil && kind != "FQDN" {
				errs = append(errs, invalidValue(fmt.Sprintf("%s[%d]", field, j), text,
					notAnIP+", (e.g. 10.9.8.7 or 2001:db8::ffff)"))
			}
		}
	}
	if old != nil && kind != Text(old, "addressType") {
		errs = append(errs, invalidValue("addressType", kind, "field is immutable"))
	}
	return errs
}
