// Package imagename checks and parses the names of images.
package imagename

import "strings"

// Reference is an image name with the defaults of a runtime filled in: "busybox" is
// docker.io/library/busybox:latest.
type Reference struct {
	// Repository starts with the host of the registry.
	Repository string
	// Tag or Digest is set. A runtime ignores the tag of a reference that has a digest.
	Tag, Digest string
}

// Parse parses an image name as the kubelet and the runtimes do
// (github.com/distribution/reference). It accepts any text: Check refuses an invalid name, and no
// node lists one.
func Parse(name string) Reference {
	r := ParsePartial(name)
	if r.Tag == "" && r.Digest == "" {
		r.Tag = "latest"
	}
	return r
}

// ParsePartial is Parse without the default tag.
func ParsePartial(name string) Reference {
	path, digest, _ := strings.Cut(name, "@")
	tag := ""
	i := strings.LastIndexByte(path, ':')
	if i > strings.LastIndexByte(path, '/') {
		path, tag = path[:i], path[i+1:]
	}
	host := "docker.io"
	first, rest, _ := strings.Cut(path, "/")
	if HasRegistry(path) {
		host, path = first, rest
	}
	if host == "index.docker.io" { // the former name of docker.io
		host = "docker.io"
	}
	if host == "docker.io" && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	return Reference{host + "/" + path, tag, digest}
}

// HasRegistry reports whether an image name starts with the host of a registry.
func HasRegistry(name string) bool {
	first, _, more := strings.Cut(name, "/")
	return more && (strings.ContainsAny(first, ".:") || first == "localhost" ||
		strings.ToLower(first) != first)
}

// path returns the repository without its registry.
func (r Reference) path() string {
	_, path, _ := strings.Cut(r.Repository, "/")
	return path
}

// Base returns the last part of the repository.
func (r Reference) Base() string {
	return r.Repository[strings.LastIndexByte(r.Repository, '/')+1:]
}

// Folder returns the repository without its last part, such as docker.io/library.
func (r Reference) Folder() string {
	return r.Repository[:strings.LastIndexByte(r.Repository, '/')]
}

// Matches reports whether a node that lists an image as listed has the image that r names.
func (r Reference) Matches(listed Reference) bool {
	if r.Digest != "" {
		listed.Tag = r.Tag
	}
	return r == listed
}

// String returns the whole name, such as docker.io/library/busybox:latest.
func (r Reference) String() string {
	if r.Digest != "" {
		return r.Repository + "@" + r.Digest
	}
	return r.Repository + ":" + r.Tag
}
