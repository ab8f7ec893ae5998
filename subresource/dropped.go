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

// storedPaths are the paths of a pod that a subresource stores.
type storedPaths struct {
	subresource string
	paths       string // for the message
	holds       func(path string) bool
}

var (
	ofEphemeralContainers = storedPaths{
		ephemeralContainersName, "spec.ephemeralContainers",
		func(path string) bool { return path == "spec.ephemeralContainers" },
	}
	ofResize = storedPaths{
		resizeName, "the resources of containers", holdsResources,
	}
)

// holdsResources reports whether path is that of a container's resources.
func holdsResources(path string) bool {
	index, ok := strings.CutPrefix(path, "spec.containers[")
	if !ok {
		index, ok = strings.CutPrefix(path, "spec.initContainers[")
	}
	_, field, _ := strings.Cut(index, "].")
	return ok && field == "resources"
}

// warnDropped warns about changes of the sent pod that the server did not store: those outside
// what the subresource stores. stored is the server's answer.
func warnDropped(client *transport.Client, name string, writable storedPaths,
	sent, stored []byte) {
	paths := droppedPaths(writable, sent, stored)
	if len(paths) == 0 {
		return
	}
	shown := strings.Join(paths[:min(len(paths), maxPaths)], ", ")
	more := len(paths) - maxPaths
	if more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	client.Warn(transport.Warning{Text: fmt.Sprintf(
		"pod %s: dropped the changes of %s: the %s subresource stores only %s; change the rest "+
			"by an update of the pod",
		name, shown, writable.subresource, writable.paths)})
}

// ignoredPaths are the paths that every write changes, or that say who wrote.
var ignoredPaths = []string{"apiVersion", "kind", "metadata.generation", "metadata.managedFields",
	"metadata.resourceVersion"}

func droppedPaths(writable storedPaths, sent, stored []byte) []string {
	var version struct {
		Metadata struct {
			ResourceVersion string `json:"resourceVersion"`
		} `json:"metadata"`
	}
	c := comparison{writable: writable.holds, skip: ignoredPaths}
	if json.Unmarshal(sent, &version) != nil || version.Metadata.ResourceVersion == "" {
		// Without a resourceVersion the document may be a manifest. A manifest states no status,
		// and the server fills in what it leaves out.
		c.skip, c.manifest = append(slices.Clone(ignoredPaths), "status"), true
	}
	c.differ("", sent, stored)
	slices.Sort(c.paths)
	return c.paths
}

// comparison collects the paths of the smallest values that differ.
type comparison struct {
	writable func(path string) bool // the values that the subresource stores
	skip     []string
	manifest bool // members that were not sent do not differ
	paths    []string
}

func (c *comparison) differ(path string, sent, stored jsontext.Value) {
	if slices.Contains(c.skip, path) || c.writable(path) {
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
