package debug

import "strings"

// reference is an image's name with the parts that a runtime fills in where they are left out: "busybox" is docker.io/library/busybox:latest.
type reference struct {
	// repository begins with the registry's host.
	repository string
	// tag and digest may both be there, and with a digest the tag means nothing to the runtime. One of them always is.
	tag, digest string
}

// parseReference reads an image's name by the grammar of github.com/distribution/reference, which the kubelet and the runtimes use. ok is false for what is none.
func parseReference(name string) (r reference, ok bool) {
	repository, digest, hasDigest := strings.Cut(name, "@")
	tag := ""
	if i := strings.LastIndexByte(repository, ':'); i > strings.LastIndexByte(repository, '/') {
		if repository, tag = repository[:i], repository[i+1:]; !isTag(tag) {
			return reference{}, false
		}
	}
	if hasDigest && !isDigest(digest) {
		return reference{}, false
	}
	host, path, qualified := strings.Cut(repository, "/")
	if !qualified || !strings.ContainsAny(host, ".:") && host != "localhost" && strings.ToLower(host) == host {
		host, path = "docker.io", repository
	}
	if host == "index.docker.io" { // its former name
		host = "docker.io"
	}
	if host == "docker.io" && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	if !isHost(host) && !isPath(host) || !isPath(path) || len(name) == 64 && all(name, hexadecimal) { // the last is an image's ID
		return reference{}, false
	}
	if tag == "" && !hasDigest {
		tag = "latest"
	}
	return reference{host + "/" + path, tag, digest}, true
}

func (r reference) String() string {
	s := r.repository
	if r.tag != "" {
		s += ":" + r.tag
	}
	if r.digest != "" {
		s += "@" + r.digest
	}
	return s
}

// base is the last part of the repository's name, which a mirror keeps.
func (r reference) base() string { return r.repository[strings.LastIndexByte(r.repository, '/')+1:] }

// names tells whether an image that the node has under the name listed is what r asks for.
func (r reference) names(listed reference) bool {
	if r.digest != "" {
		return r.repository == listed.repository && r.digest == listed.digest
	}
	return r.repository == listed.repository && r.tag == listed.tag
}

const (
	digits  = "0123456789"
	lower   = "abcdefghijklmnopqrstuvwxyz"
	letters = lower + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

	hexadecimal = digits + "abcdef"
)

// all tells whether s consists of chars alone, and is not empty.
func all(s, chars string) bool { return s != "" && strings.Trim(s, chars) == "" }

func isTag(s string) bool {
	return len(s) <= 128 && all(s, letters+digits+"_.-") && s[0] != '.' && s[0] != '-'
}

func isDigest(s string) bool {
	algorithm, hex, _ := strings.Cut(s, ":")
	return map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}[algorithm] == len(hex) && all(hex, hexadecimal)
}

func isHost(s string) bool {
	host, port := s, ""
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, ']') {
		if host, port = s[:i], s[i+1:]; !all(port, digits) {
			return false
		}
	}
	if address, ok := strings.CutPrefix(host, "["); ok {
		return strings.HasSuffix(address, "]") && all(address[:len(address)-1], hexadecimal+"ABCDEF:")
	}
	for part := range strings.SplitSeq(host, ".") {
		if !all(part, letters+digits+"-") || part[0] == '-' || part[len(part)-1] == '-' {
			return false
		}
	}
	return true
}

// isPath takes parts of small letters and digits, between which may stand a dot, one or two underscores, or any number of dashes.
func isPath(s string) bool {
	for part := range strings.SplitSeq(s, "/") {
		if !all(part, lower+digits+"._-") || strings.Contains("._-", part[:1]) || strings.Contains("._-", part[len(part)-1:]) {
			return false
		}
		for i := range len(part) - 1 {
			if pair := part[i : i+2]; all(pair, "._-") && pair != "--" && (pair != "__" || part[i+2] == '_') {
				return false
			}
		}
	}
	return len(s) <= 255
}
