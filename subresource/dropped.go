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

// maxPaths is how many paths one warning names.
const maxPaths = 5

// warnDropped warns about changes of the sent pod that the server did not store: those outside
// spec.ephemeralContainers. stored is the server's answer.
func warnDropped(client *transport.Client, name string, sent, stored []byte) {
	paths := droppedPaths(sent, stored)
	if len(paths) == 0 {
		return
	}
	shown := strings.Join(paths[:min(len(paths), maxPaths)], ", ")
	more := len(paths) - maxPaths
	if more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	client.Warn(transport.Warning{Text: fmt.Sprintf(
		"pod %s: dropped the changes of %s: the ephemeralcontainers subresource stores only "+
			"spec.ephemeralContainers; change the rest by an update of the pod",
		name, shown)})
}

// ignoredPaths are the paths that every write changes, or that say who wrote.
var ignoredPaths = []string{"apiVersion", "kind", "metadata.generation", "metadata.managedFields",
	"metadata.resourceVersion", "spec.ephemeralContainers"}

func droppedPaths(sent, stored []byte) []string {
	var version struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	c := comparison{skip: ignoredPaths}
	if json.Unmarshal(sent, &version) != nil || version.Metadata.ResourceVersion == "" {
		// Without a resourceVersion the document may be a manifest. A manifest states no status,
		// and the server fills in what it leaves out.
		c = comparison{skip: append(slices.Clone(ignoredPaths), "status"), manifest: true}
	}
	c.differ("", sent, stored)
	slices.Sort(c.paths)
	return c.paths
}

// comparison collects the paths of the smallest values that differ.
type comparison struct {
	skip     []string
	manifest bool // members that were not sent do not differ
	paths    []string
}

func (c *comparison) differ(path string, sent, stored jsontext.Value) {
	if slices.Contains(c.skip, path) {
		return
	}
	switch {
	case sent.Kind() == '{' && stored.Kind() == '{':
		var s, t map[string]jsontext.Value
		if json.Unmarshal(sent, &s) != nil || json.Unmarshal(stored, &t) != nil {
			return
		}
		for key, value := range s {
			c.differ(childPath(path, key), value, t[key])
		}
		for key, value := range t {
			if _, ok := s[key]; !ok && !c.manifest {
				c.differ(childPath(path, key), nil, value)
			}
		}
	case sent.Kind() == '[' && stored.Kind() == '[':
		var s, t []jsontext.Value
		if json.Unmarshal(sent, &s) != nil || json.Unmarshal(stored, &t) != nil {
			return
		}
		// Admission appends to the lists of a manifest: the token's volume, tolerations.
		if len(s) > len(t) || len(s) < len(t) && !c.manifest {
			c.paths = append(c.paths, path)
			return
		}
		for i := range s {
			c.differ(path+"["+strconv.Itoa(i)+"]", s[i], t[i])
		}
	case c.manifest && isEmpty(sent):
	default:
		if !scalarsEqual(sent, stored) {
			c.paths = append(c.paths, path)
		}
	}
}

// scalarsEqual compares two values that are not both objects or lists. An absent value equals null
// and the empty values, which a server leaves out.
func scalarsEqual(a, b jsontext.Value) bool {
	if isEmpty(a) && isEmpty(b) {
		return true
	}
	a, b = a.Clone(), b.Clone()
	if a.Canonicalize() != nil || b.Canonicalize() != nil {
		return false
	}
	return bytes.Equal(a, b)
}

func isEmpty(v jsontext.Value) bool {
	switch string(bytes.TrimSpace(v)) {
	case "", "null", "{}", "[]", `""`:
		return true
	}
	return false
}

func childPath(path, key string) string {
	if path == "" {
		return key
	}
	if strings.ContainsAny(key, "./[]") {
		return path + "[" + strconv.Quote(key) + "]"
	}
	return path + "." + key
}
