package resources

import "strings"

// The limits of names in the DNS: RFC 1035, section 2.3.4, and for text RFC 1123, section 2.1.
const (
	maxDNSLabel = 63
	maxDNSName  = 253
)

// hasValidNames reports whether the names of a kind are those that the API allows.
func (k Kind) hasValidNames() bool {
	return isDNSLabel(k.Resource) && isDNSLabel(k.Version) && isDNSLabel(strings.ToLower(k.Kind)) &&
		(k.Group == "" || isDNSName(k.Group))
}

// isDNSLabel reports whether name has 1 to 63 letters in lower case, digits and hyphens, and
// neither begins nor ends with a hyphen.
func isDNSLabel(name string) bool {
	rest := strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-")
	return rest == "" && name != "" && len(name) <= maxDNSLabel && name[0] != '-' &&
		name[len(name)-1] != '-'
}

// isDNSName reports whether name consists of DNS labels with dots between them.
func isDNSName(name string) bool {
	for label := range strings.SplitSeq(name, ".") {
		if !isDNSLabel(label) {
			return false
		}
	}
	return len(name) <= maxDNSName
}

// isVersionName reports whether name is the version of an API, such as "v1" or "v2beta1".
func isVersionName(name string) bool {
	number, isVersion := strings.CutPrefix(name, "v")
	for _, stage := range []string{"alpha", "beta"} {
		major, minor, isEarly := strings.Cut(number, stage)
		if isEarly {
			return isVersion && isDigits(major) && isDigits(minor)
		}
	}
	return isVersion && isDigits(number)
}

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
