package debug

import "strings"

// reference is an image's name with the parts that a runtime fills in where they are left out: "busybox" is docker.io/library/busybox:latest.
type reference struct {
	// repository begins with the registry's host.
	repository string
	// tag and digest are not both empty. With a digest the tag means nothing to a runtime.
	tag, digest string
}

// parseReference reads an image's name as github.com/distribution/reference does, which the kubelet and the runtimes use.
// It takes a name that is none as well, which is the kubelet's to refuse, and which no node has.
func parseReference(name string) reference {
	path, digest, _ := strings.Cut(name, "@")
	tag := ""
	i := strings.LastIndexByte(path, ':')
	if i > strings.LastIndexByte(path, '/') {
		path, tag = path[:i], path[i+1:]
	}
	host, rest, qualified := strings.Cut(path, "/")
	if qualified && (strings.ContainsAny(host, ".:") || host == "localhost" || strings.ToLower(host) != host) {
		path = rest
	} else {
		host = "docker.io"
	}
	if host == "index.docker.io" { // its former name
		host = "docker.io"
	}
	if host == "docker.io" && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	if tag == "" && digest == "" {
		tag = "latest"
	}
	return reference{host + "/" + path, tag, digest}
}

// base is the last part of the repository's name, which a mirror keeps.
func (r reference) base() string { return r.repository[strings.LastIndexByte(r.repository, '/')+1:] }

// names tells whether an image that a node has under the name listed is what r asks for.
func (r reference) names(listed reference) bool {
	if r.digest != "" {
		listed.tag = r.tag
	}
	return r == listed
}
