package resources

import (
	"slices"
	"strings"
)

// resourceName is the name of a kind as a user writes it, in lower case.
type resourceName struct {
	name        string
	subresource string         // empty for none
	groups      []groupPattern // where to look for it, in this order
}

// groupPattern selects the groups and versions in which a kind may be.
type groupPattern struct {
	group   string
	version string // empty for all
	any     bool   // all groups
	prefix  bool   // all groups that begin with group
}

func (p groupPattern) matches(group string) bool {
	return p.any || group == p.group || p.prefix && strings.HasPrefix(group, p.group)
}

// isCore reports whether the pattern selects the core group alone.
func (p groupPattern) isCore() bool { return p.group == "" && !p.any }

// parseResourceName parses the names that Discovery.Find describes. A version in front of a slash
// belongs to the core group. ok is false for a name without a name of a kind, or with too many
// slashes.
func parseResourceName(text string) (parsed resourceName, ok bool) {
	segments := strings.Split(strings.ToLower(text), "/")
	if slices.Contains(segments, "") {
		return parsed, false
	}
	var in groupPattern
	switch {
	case len(segments) >= 2 && isVersionName(segments[0]):
		in.version, segments = segments[0], segments[1:]
	case len(segments) >= 3:
		in.group, in.version, segments = segments[0], segments[1], segments[2:]
	}
	if len(segments) > 2 {
		return parsed, false
	}
	parsed.name = segments[0]
	if len(segments) == 2 {
		parsed.subresource = segments[1]
	}
	if in.version != "" {
		parsed.groups = []groupPattern{in}
		return parsed, true
	}
	name, rest, _ := strings.Cut(parsed.name, ".")
	parsed.name = name
	version, group, hasVersion := strings.Cut(rest, ".")
	switch {
	case rest == "":
		parsed.groups = []groupPattern{{any: true}}
	case hasVersion:
		parsed.groups = []groupPattern{{group: group, version: version}, {group: rest},
			{group: rest, prefix: true}}
	default:
		parsed.groups = []groupPattern{{group: rest}, {group: rest, prefix: true}}
	}
	return parsed, name != ""
}

// find returns the kind of the highest priority that has the name.
func (n resourceName) find(w *discoveryWalk) ([]APIResource, error) {
	for _, in := range n.groups {
		for _, match := range []func(*APIResource) bool{n.isName, n.isShortName, n.isKind} {
			found, err := w.first(in, match)
			if err != nil || len(found) > 0 {
				return n.withSubresource(found), err
			}
		}
	}
	return nil, nil
}

func (n resourceName) isName(r *APIResource) bool {
	return r.Kind.Resource == n.name || r.Singular == n.name
}

func (n resourceName) isShortName(r *APIResource) bool {
	return slices.Contains(r.ShortNames, n.name)
}

func (n resourceName) isKind(r *APIResource) bool { return strings.EqualFold(r.Kind.Kind, n.name) }

// withSubresource drops a kind without the subresource.
func (n resourceName) withSubresource(found []APIResource) []APIResource {
	return slices.DeleteFunc(found, func(r APIResource) bool {
		_, ok := r.Subresource(n.subresource)
		return n.subresource != "" && !ok
	})
}
