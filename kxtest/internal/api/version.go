package api

import (
	"fmt"
	"strconv"
	"strings"
)

// Version is a Kubernetes version: major, minor, patch.
type Version [3]int

// ParseVersion parses a version such as 1.35.4 or v1.35.4.
func ParseVersion(text string) (Version, error) {
	var v Version
	parts := strings.Split(strings.TrimPrefix(text, "v"), ".")
	if len(parts) != 3 {
		return v, fmt.Errorf("version %q is not of the form 1.35.4", text)
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return v, fmt.Errorf("version %q is not of the form 1.35.4", text)
		}
		v[i] = n
	}
	return v, nil
}

func (v Version) String() string { return fmt.Sprintf("v%d.%d.%d", v[0], v[1], v[2]) }

// AtLeast reports whether the version is major.minor or later.
func (v Version) AtLeast(major, minor int) bool {
	return v[0] > major || v[0] == major && v[1] >= minor
}
