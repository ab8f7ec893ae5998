package resources

import "slices"

// APIResource is a kind as the server's discovery describes it (meta/v1 APIResource).
type APIResource struct {
	Kind Kind
	// Singular is the name of one object, such as "pod". ShortNames are, for example, "po".
	Singular   string
	ShortNames []string
	// Categories are groups of kinds that a user can list together, such as "all".
	Categories []string
	// Verbs are the verbs of requests for the kind, such as "get", "list" and "watch".
	Verbs        []string
	Subresources []APISubresource
}

// APISubresource is a subresource of a kind.
type APISubresource struct {
	// Name is the last segment of the URL, such as "scale".
	Name string
	// Group, Version and Kind name the exchanged objects: "autoscaling", "v1" and "Scale". Group
	// and Version are empty if they are those of the kind itself.
	Group, Version, Kind string
	Verbs                []string
}

// Subresource returns the subresource called name. ok reports whether the kind has it.
func (r APIResource) Subresource(name string) (found APISubresource, ok bool) {
	i := slices.IndexFunc(r.Subresources, func(s APISubresource) bool { return s.Name == name })
	if i < 0 {
		return APISubresource{}, false
	}
	return r.Subresources[i], true
}
