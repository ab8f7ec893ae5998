package imagename

import (
	"errors"
	"fmt"
	"strings"
)

// maxRepositoryLength is the limit of a repository without its registry, in bytes.
const maxRepositoryLength = 255

// digestLengths are the numbers of hex digits of the digests that runtimes know.
var digestLengths = map[string]int{"sha256": 64, "sha384": 96, "sha512": 128}

// Check returns why the kubelet would refuse an image name, or nil. The grammar is that of
// github.com/distribution/reference:
//
//	name       [HOST[:PORT]/]COMPONENT{/COMPONENT}[:TAG][@DIGEST]
//	COMPONENT  letters and digits, joined by ".", "_", "__" or any number of "-"
//	TAG        up to 128 letters, digits and "_.-", the first neither "." nor "-"
//	DIGEST     sha256:, sha384: or sha512: and the hex digits
func Check(name string) error {
	rest, digest, hasDigest := strings.Cut(name, "@")
	if hasDigest && !isDigest(digest) {
		return errors.New("what follows @ is no digest, such as sha256: and 64 hex digits")
	}
	path := rest
	if HasRegistry(rest) {
		var host string
		host, path, _ = strings.Cut(rest, "/")
		if !isHost(host) {
			return fmt.Errorf("%q is no host of a registry", host)
		}
	}
	path, tag, hasTag := strings.Cut(path, ":")
	if hasTag && !isTag(tag) {
		return fmt.Errorf("%q is no tag", tag)
	}
	for component := range strings.SplitSeq(path, "/") {
		switch {
		case isComponent(component):
		case isComponent(strings.ToLower(component)):
			return fmt.Errorf("repository name %q must be lowercase", path)
		default:
			return fmt.Errorf("%q is no repository name", path)
		}
	}
	switch {
	case len(ParsePartial(name).path()) > maxRepositoryLength:
		return fmt.Errorf("its repository name is longer than %d bytes", maxRepositoryLength)
	case rest == path && !hasDigest && len(path) == 64 && isHex(path):
		return errors.New("64 hex digits are the ID of an image, which is no name")
	}
	return nil
}

// isComponent reports whether text is a part of a repository between slashes.
func isComponent(text string) bool {
	separator := ""
	for i := range len(text) {
		c := text[i]
		if isLowerAlphanumeric(c) {
			separator = ""
			continue
		}
		separator += string(c)
		dashes := strings.Trim(separator, "-") == ""
		if i == 0 || !dashes && separator != "." && separator != "_" && separator != "__" {
			return false
		}
	}
	return text != "" && separator == ""
}

// isHost reports whether text is the host of a registry, with or without a port.
func isHost(text string) bool {
	if strings.HasPrefix(text, "[") {
		address, port, _ := strings.Cut(text[1:], "]")
		return address != "" && strings.Trim(address, "0123456789abcdefABCDEF:") == "" &&
			(port == "" || port[0] == ':' && isNumber(port[1:]))
	}
	host, port, hasPort := strings.Cut(text, ":")
	if hasPort && !isNumber(port) {
		return false
	}
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' ||
			!consistsOf(label, "-") {
			return false
		}
	}
	return true
}

func isTag(text string) bool {
	return text != "" && len(text) <= 128 && text[0] != '.' && text[0] != '-' &&
		consistsOf(text, "_.-")
}

func isDigest(text string) bool {
	algorithm, digits, _ := strings.Cut(text, ":")
	return len(digits) == digestLengths[algorithm] && isHex(digits)
}

func isHex(text string) bool { return text != "" && strings.Trim(text, "0123456789abcdef") == "" }

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

func isLowerAlphanumeric(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// consistsOf reports whether text has ASCII letters, digits and bytes of others only.
func consistsOf(text, others string) bool {
	for i := range len(text) {
		c := text[i]
		if !isLowerAlphanumeric(c) && (c < 'A' || c > 'Z') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return true
}
