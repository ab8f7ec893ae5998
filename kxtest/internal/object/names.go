package object

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The formats of names, and the server's words for a breach (RFC 1123 and
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
const (
	labelFormat = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters " +
		"or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or " +
		"'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
	subdomainFormat = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric ` +
		`characters, '-' or '.', and must start and end with an alphanumeric character (e.g. ` +
		`'example.com', regex used for validation is ` +
		`'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
	qualifiedFormat = "must consist of alphanumeric characters, '-', '_' or '.', and must start " +
		"and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', " +
		"regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
	valueFormat = "a valid label must be an empty string or consist of alphanumeric characters, " +
		"'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue', " +
		" or 'my_value',  or '12345', regex used for validation is " +
		"'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
	envNameFormat = "a valid environment variable name must consist only of printable ASCII " +
		"characters other than '='"
)

const (
	lower    = "abcdefghijklmnopqrstuvwxyz0123456789"
	anyAlnum = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// hasForm reports whether s begins and ends with a character of ends and has only those and the
// inner characters. An empty s has not.
func hasForm(s, ends, inner string) bool {
	return s != "" && strings.Trim(s, ends+inner) == "" &&
		strings.ContainsRune(ends, rune(s[0])) && strings.ContainsRune(ends, rune(s[len(s)-1]))
}

func tooManyCharacters(limit int) string {
	return fmt.Sprintf("must be no more than %d characters", limit)
}

// dnsLabel returns why s is not a DNS label.
func dnsLabel(s string) []string {
	var faults []string
	if len(s) > 63 {
		faults = append(faults, tooManyCharacters(63))
	}
	if !hasForm(s, lower, "-") {
		if strings.Contains(s, ".") && dnsSubdomain(s) == nil {
			faults = append(faults, "must not contain dots")
		} else {
			faults = append(faults, labelFormat)
		}
	}
	return faults
}

// dnsSubdomain returns why s is not a DNS subdomain.
func dnsSubdomain(s string) []string {
	var faults []string
	if len(s) > 253 {
		faults = append(faults, tooManyCharacters(253))
	}
	for part := range strings.SplitSeq(s, ".") {
		if !hasForm(part, lower, "-") {
			return append(faults, subdomainFormat)
		}
	}
	return faults
}

// qualifiedName returns why s is not a label key of the form [PREFIX/]NAME.
func qualifiedName(s string) []string {
	var faults []string
	name := s
	parts := strings.Split(s, "/")
	switch len(parts) {
	case 1:
	case 2:
		name = parts[1]
		if parts[0] == "" {
			faults = append(faults, "prefix part must be non-empty")
		} else {
			for _, fault := range dnsSubdomain(parts[0]) {
				faults = append(faults, "prefix part "+fault)
			}
		}
	default:
		return []string{
			"a qualified name " + qualifiedFormat +
				" with an optional DNS subdomain prefix and '/' (e.g. " +
				"'example.com/MyName')",
		}
	}
	if name == "" {
		faults = append(faults, "name part must be non-empty")
	} else if len(name) > 63 {
		faults = append(faults, "name part "+tooManyCharacters(63))
	}
	if !hasForm(name, anyAlnum, "-_.") {
		faults = append(faults, "name part "+qualifiedFormat)
	}
	return faults
}

// labelKey is qualifiedName with the words for labels.
func labelKey(s string) []string {
	faults := qualifiedName(s)
	for i, fault := range faults {
		faults[i] = strings.Replace(
			strings.Replace(fault, "a qualified name ", "a valid label key ", 1),
			"63 characters",
			"63 bytes",
			1,
		)
	}
	return faults
}

// labelValue returns why s is not the value of a label.
func labelValue(s string) []string {
	var faults []string
	if len(s) > 63 {
		faults = append(faults, "must be no more than 63 bytes")
	}
	if s != "" && !hasForm(s, anyAlnum, "-_.") {
		faults = append(faults, valueFormat)
	}
	return faults
}

func named(field, value string, faults []string) []FieldError {
	var errs []FieldError
	for _, fault := range faults {
		errs = append(errs, invalidValue(field, value, fault))
	}
	return errs
}

func validateLabels(field string, labels map[string]any) []FieldError {
	var errs []FieldError
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		errs = append(errs, named(field, key, labelKey(key))...)
		value, _ := labels[key].(string)
		errs = append(errs, named(field, value, labelValue(value))...)
	}
	return errs
}

const maxAnnotations = 256 << 10 // bytes of all keys and values

func validateAnnotations(field string, annotations map[string]any) []FieldError {
	var errs []FieldError
	total := 0
	for _, key := range slices.Sorted(maps.Keys(annotations)) {
		errs = append(errs, named(field, key, qualifiedName(strings.ToLower(key)))...)
		value, _ := annotations[key].(string)
		total += len(key) + len(value)
	}
	if total > maxAnnotations {
		errs = append(errs, tooLong(field, maxAnnotations))
	}
	return errs
}
