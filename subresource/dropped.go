package subresource

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// maxPaths bounds how many paths one warning names.
const maxPaths = 5

// warnDropped says which changes of the sent pod the server has not taken: those outside spec.ephemeralContainers.
// stored is the server's answer, which equals the pod before the write but for the containers and what every write changes.
func warnDropped(client *transport.Client, name string, sent, stored []byte) {
	paths := droppedPaths(sent, stored)
	if len(paths) == 0 {
		return
	}
	shown := strings.Join(paths[:min(len(paths), maxPaths)], ", ")
	if more := len(paths) - maxPaths; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	client.Warn(transport.Warning{Text: fmt.Sprintf(
		"pod %q: the ephemeralcontainers subresource stores spec.ephemeralContainers alone: the pod that was sent differs from the stored one in %s, and that was dropped; change those by an update of the pod itself",
		name, shown)})
}

// written are the paths that a write changes by itself or that say who wrote; they are no difference of the caller's.
var written = []string{"apiVersion", "kind", "metadata.generation", "metadata.managedFields", "metadata.resourceVersion", "spec.ephemeralContainers"}

func droppedPaths(sent, stored []byte) []string {
	var version struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	// Without a version the sent pod may be of any age: its status is then no statement of the caller's.
	skip := written
	if json.Unmarshal(sent, &version) != nil || version.Metadata.ResourceVersion == "" {
		skip = append(slices.Clone(written), "status")
	}
	var paths []string
	differ("", sent, stored, skip, &paths)
	slices.Sort(paths)
	return paths
}

// differ collects the paths of the smallest values that are not equal.
func differ(path string, a, b jsontext.Value, skip []string, paths *[]string) {
	if slices.Contains(skip, path) {
		return
	}
	switch {
	case a.Kind() == '{' && b.Kind() == '{':
		var am, bm map[string]jsontext.Value
		if json.Unmarshal(a, &am) != nil || json.Unmarshal(b, &bm) != nil {
			return
		}
		for key, av := range am {
			differ(join(path, key), av, bm[key], skip, paths)
		}
		for key, bv := range bm {
			if _, ok := am[key]; !ok {
				differ(join(path, key), nil, bv, skip, paths)
			}
		}
	case a.Kind() == '[' && b.Kind() == '[':
		var al, bl []jsontext.Value
		if json.Unmarshal(a, &al) != nil || json.Unmarshal(b, &bl) != nil {
			return
		}
		if len(al) != len(bl) {
			*paths = append(*paths, path)
			return
		}
		for i := range al {
			differ(path+"["+strconv.Itoa(i)+"]", al[i], bl[i], skip, paths)
		}
	default:
		if !same(a, b) {
			*paths = append(*paths, path)
		}
	}
}

// same compares two values that are not both objects or lists. A missing value equals null and the empty ones that a server leaves out.
func same(a, b jsontext.Value) bool {
	if empty(a) && empty(b) {
		return true
	}
	a, b = a.Clone(), b.Clone()
	if a.Canonicalize() != nil || b.Canonicalize() != nil {
		return false
	}
	return bytes.Equal(a, b)
}

func empty(v jsontext.Value) bool {
	switch string(bytes.TrimSpace(v)) {
	case "", "null", "{}", "[]", `""`:
		return true
	}
	return false
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	if strings.ContainsAny(key, "./[]") {
		return path + "[" + strconv.Quote(key) + "]"
	}
	return path + "." + key
}
