package object

import (
	"fmt"
	"strings"
)

func validatePorts(field string, ports []any) []FieldError {
	var errs []FieldError
	seen := map[string]bool{}
	for i, p := range ports {
		at0 := fmt.Sprintf("%s[%d]", field, i)
		name := Text(p, "name")
		if name != "" {
			faults := portName(name)
			errs = append(errs, named(at0+".name", name, faults)...)
			if len(faults) == 0 && seen[name] {
				errs = append(errs, duplicate(at0+".name", name))
			}
			seen[name] = true
		}
		port, _ := At(p, "containerPort").(int64)
		if port == 0 {
			errs = append(errs, required(at0+".containerPort", ""))
		} else {
			errs = append(errs, validatePort(at0+".containerPort", port)...)
		}
		if host, ok := At(p, "hostPort").(int64); ok && host != 0 {
			errs = append(errs, validatePort(at0+".hostPort", host)...)
		}
		errs = append(errs, oneOf(at0+".protocol", At(p, "protocol"), "SCTP", "TCP", "UDP")...)
	}
	return errs
}

func validatePort(field string, port int64) []FieldError {
	if port < 1 || port > 65535 {
		return []FieldError{invalidValue(field, port, "must be between 1 and 65535, inclusive")}
	}
	return nil
}

// portName returns why s is not the name of a port (RFC 6335).
func portName(s string) []string {
	var faults []string
	if len(s) > 15 {
		faults = append(faults, tooManyCharacters(15))
	}
	if strings.Trim(s, lower+"-") != "" {
		faults = append(faults,
			"must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
	}
	if !strings.ContainsAny(s, "abcdefghijklmnopqrstuvwxyz") {
		faults = append(faults, "must contain at least one letter (a-z)")
	}
	if strings.Contains(s, "--") {
		faults = append(faults, "must not contain consecutive hyphens")
	}
	if strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") {
		faults = append(faults, "must not begin or end with a hyphen")
	}
	return faults
}
