package debug

import "strings"

// reference is an image name with the defaults of a runtime filled in: "busybox" is
// docker.io/library/busybox:latest.
type reference struct {
	// repository starts with the host of the registry.
	repository string
	// tag or digest is set. A runtime ignores the tag of a reference that has a digest.
	tag, digest string
}

// parseReference parses an image name as the kubelet and the runtimes do
// (github.com/distribution/reference). It accepts any text: checkImageName refuses an invalid name,
// and no node lists one.
func parseReference(name string) reference {
	r := parsePartialReference(name)
	if r.tag == "" && r.digest == "" {
		r.tag = "latest"
	}
	return r
}

// parsePartialReference is parseReference without the default tag.
func parsePartialReference(name string) reference {
	path, digest, _ := strings.Cut(name, "@")
	tag := ""
	i := strings.LastIndexByte(path, ':')
	if i > strings.LastIndexByte(path, '/') {
		path, tag = path[:i], path[i+1:]
	}
	host := "docker.io"
	first, rest, _ := strings.Cut(path, "/")
	if hasRegistry(path) {
		host, path = first, rest
	}
	if host == "index.docker.io" { // the former name of docker.io
		host = "docker.io"
	}
	if host == "docker.io" && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	return reference{host + "/" + path, tag, digest}
}

// hasRegistry reports whether an image name starts with the host of a registry.
func hasRegistry(name string) bool {
	first, _, more := strings.Cut(name, "/")
	return more && (strings.ContainsAny(first, ".:") || first == "localhost" ||
		strings.ToLower(first) != first)
}

// path returns the repository without its registry.
func (r reference) path() string {
	_, path, _ := strings.Cut(r.repository, "/")
	return path
}

// base returns the last part of the repository.
func (r reference) base() string {
	return r.repository[strings.LastIndexByte(r.repository, '/')+1:]
}

// folder returns the repository without its last part, such as docker.io/library.
func (r reference) folder() string {
	return r.repository[:strings.LastIndexByte(r.repository, '/')]
}

// matches reports whether a node that lists an image as listed has the image that r names.
func (r reference) matches(listed reference) bool {
	if r.digest != "" {
		listed.tag = r.tag
	}
	return r == listed
}
