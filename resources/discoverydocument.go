package resources

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport"
)

const (
	// aggregatedType asks for all versions of all groups in one document, and for a list of the
	// groups from a server that lacks it. v2beta1 is that of Kubernetes 1.27 to 1.29.
	aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList," +
		"application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json"
)

// errStale reports that the server marks its list of a group's kinds as stale.
var errStale = errors.New("the server's list is stale")

// discoveryGroup is an API group. Its preferred version comes first.
type discoveryGroup struct {
	name     string
	versions []discoveryVersion
}

type discoveryVersion struct {
	name      string
	isRead    bool // false if the list of kinds is in a document of its own
	resources []APIResource
	err       error // why the list of kinds is missing
}

// discoveryHead is what a discovery document says that it is.
type discoveryHead struct {
	Kind         string `json:"kind"`
	GroupVersion string `json:"groupVersion"` // of an APIResourceList
}

// groupDocument is the answer of /api or /apis, in one of three forms.
type groupDocument struct {
	discoveryHead
	// Items is the aggregated form (apidiscovery.k8s.io/v2 APIGroupDiscoveryList).
	Items []struct {
		Metadata struct {
			Name string `json:"name"`
		} `json:"metadata"`
		Versions []aggregatedVersion `json:"versions"`
	} `json:"items"`
	// Versions are the versions of the core group (meta/v1 APIVersions).
	Versions []string `json:"versions"`
	// Groups are the other groups (meta/v1 APIGroupList).
	Groups []struct {
		Name             string            `json:"name"`
		PreferredVersion versionDocument   `json:"preferredVersion"`
		Versions         []versionDocument `json:"versions"`
	} `json:"groups"`
}

type versionDocument struct {
	Version string `json:"version"`
}

type aggregatedVersion struct {
	Version   string `json:"version"`
	Freshness string `json:"freshness"`
	Resources []struct {
		Resource         string       `json:"resource"`
		ResponseKind     responseKind `json:"responseKind"`
		Scope            string       `json:"scope"`
		SingularResource string       `json:"singularResource"`
		Verbs            []string     `json:"verbs"`
		ShortNames       []string     `json:"shortNames"`
		Categories       []string     `json:"categories"`
		Subresources     []struct {
			Subresource  string       `json:"subresource"`
			ResponseKind responseKind `json:"responseKind"`
			Verbs        []string     `json:"verbs"`
		} `json:"subresources"`
	} `json:"resources"`
}

type responseKind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// readGroups reads /api or /apis. A path that the server does not have is an empty list, except
// that the core group has at least v1.
func readGroups(ctx context.Context, client *transport.Client, path string) ([]discoveryGroup,
	error) {
	groups := []discoveryGroup{}
	var document groupDocument
	list := "APIVersions"
	if path == "apis" {
		list = "APIGroupList"
	}
	err := readDiscovery(ctx, client, &document, &document.discoveryHead, list, path)
	switch {
	case errors.Is(err, transport.ErrNotFound) && path == "api":
		document.Versions = []string{"v1"}
	case errors.Is(err, transport.ErrNotFound):
		return groups, nil
	case err != nil:
		return nil, err
	}
	for _, item := range document.Items {
		g := discoveryGroup{name: item.Metadata.Name}
		for _, v := range item.Versions {
			g.versions = append(g.versions, v.in(g.name))
		}
		groups = append(groups, g)
	}
	if len(document.Versions) > 0 {
		var core discoveryGroup
		for _, v := range document.Versions {
			core.versions = append(core.versions, discoveryVersion{name: v})
		}
		groups = append(groups, core)
	}
	for _, listed := range document.Groups {
		g, preferred := discoveryGroup{name: listed.Name}, listed.PreferredVersion
		versions := slices.DeleteFunc(listed.Versions, func(v versionDocument) bool {
			return v == preferred
		})
		if preferred.Version != "" {
			versions = append([]versionDocument{preferred}, versions...)
		}
		for _, v := range versions {
			g.versions = append(g.versions, discoveryVersion{name: v.Version})
		}
		groups = append(groups, g)
	}
	return slices.DeleteFunc(groups, func(g discoveryGroup) bool {
		return (g.name == "") != (path == "api") || g.name != "" && !isDNSName(g.name)
	}), nil
}

// in returns a version of the aggregated form as one of the group.
func (v aggregatedVersion) in(group string) discoveryVersion {
	out := discoveryVersion{name: v.Version, isRead: true}
	if v.Freshness == "Stale" {
		out.err = errStale
		return out
	}
	for _, r := range v.Resources {
		found := APIResource{
			Kind: Kind{Group: group, Version: v.Version, Kind: r.ResponseKind.Kind,
				Resource: r.Resource, Namespaced: r.Scope == "Namespaced"},
			Singular: r.SingularResource, ShortNames: r.ShortNames, Categories: r.Categories,
			Verbs: r.Verbs,
		}
		for _, s := range r.Subresources {
			found.Subresources = append(found.Subresources, APISubresource{s.Subresource,
				s.ResponseKind.Group, s.ResponseKind.Version, s.ResponseKind.Kind, s.Verbs})
		}
		if found.Kind.hasValidNames() {
			out.resources = append(out.resources, found)
		}
	}
	return out
}

// readGroupVersion reads the kinds of one version of a group (meta/v1 APIResourceList).
func readGroupVersion(ctx context.Context, client *transport.Client, group,
	version string) ([]APIResource, error) {
	path := []string{"apis", group, version}
	if group == "" {
		path = []string{"api", version}
	}
	var list struct {
		discoveryHead
		Resources []struct {
			Name         string   `json:"name"`
			SingularName string   `json:"singularName"`
			Namespaced   bool     `json:"namespaced"`
			Group        string   `json:"group"`
			Version      string   `json:"version"`
			Kind         string   `json:"kind"`
			Verbs        []string `json:"verbs"`
			ShortNames   []string `json:"shortNames"`
			Categories   []string `json:"categories"`
		} `json:"resources"`
	}
	err := readDiscovery(ctx, client, &list, &list.discoveryHead, "APIResourceList", path...)
	if err != nil {
		return nil, err
	}
	var found []APIResource
	subresources := map[string][]APISubresource{}
	for _, r := range list.Resources {
		of, name, isSubresource := strings.Cut(r.Name, "/")
		if isSubresource {
			subresources[of] = append(subresources[of], APISubresource{name, r.Group, r.Version,
				r.Kind, r.Verbs})
			continue
		}
		resource := APIResource{
			Kind: Kind{Group: group, Version: version, Kind: r.Kind, Resource: r.Name,
				Namespaced: r.Namespaced},
			// A server may leave out the singular, which then is the kind in lower case.
			Singular:   cmp.Or(r.SingularName, strings.ToLower(r.Kind)),
			ShortNames: r.ShortNames, Categories: r.Categories, Verbs: r.Verbs,
		}
		if resource.Kind.hasValidNames() {
			found = append(found, resource)
		}
	}
	for i := range found {
		found[i].Subresources = subresources[found[i].Kind.Resource]
	}
	return found, nil
}

// readDiscovery reads one document of a kind. It asks a second time if the body is cut off.
func readDiscovery(ctx context.Context, client *transport.Client, into any, got *discoveryHead,
	kind string, path ...string) error {
	req := &transport.Request{Method: http.MethodGet, Path: path}
	target := "/" + strings.Join(path, "/")
	if len(path) == 1 {
		req.Accept = aggregatedType
	}
	for attempt := 1; ; attempt++ {
		resp, err := client.Do(ctx, req)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(io.LimitReader(resp.Body, MaxObjectBytes+1))
		resp.Body.Close()
		var lost *transport.ConnectionError
		switch {
		case errors.As(err, &lost) && attempt == 1:
			continue
		case err != nil:
			return err
		case len(body) > MaxObjectBytes:
			return &transport.AnswerSizeError{Request: req.String(), Unit: "MiB",
				Part: "a document of discovery", Limit: MaxObjectBytes >> 20,
				Constant: "resources.MaxObjectBytes"}
		}
		if err := json.Unmarshal(body, into); err != nil {
			return unreadable(req, target, err)
		}
		isWanted := got.Kind == kind && got.GroupVersion == strings.Join(path[1:], "/")
		if isWanted || len(path) == 1 && got.Kind == "APIGroupDiscoveryList" {
			return nil
		}
		return newAnswerError(req, target, "an "+kind, describeAnswer(body))
	}
}
