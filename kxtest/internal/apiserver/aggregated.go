package apiserver

import (
	"net/http"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// aggregatedList is the discovery of all versions of all groups in one document
// (apidiscovery.k8s.io APIGroupDiscoveryList).
type aggregatedList struct {
	Kind       string            `json:"kind"`
	APIVersion string            `json:"apiVersion"`
	Metadata   struct{}          `json:"metadata"`
	Items      []aggregatedGroup `json:"items"`
}

type aggregatedGroup struct {
	Metadata struct {
		Name string `json:"name,omitzero"`
	} `json:"metadata"`
	Versions []aggregatedVersion `json:"versions"`
}

type aggregatedVersion struct {
	Version   string               `json:"version"`
	Resources []aggregatedResource `json:"resources"`
	Freshness string               `json:"freshness"`
}

type aggregatedResource struct {
	Resource     string                  `json:"resource"`
	ResponseKind responseKind            `json:"responseKind"`
	Scope        string                  `json:"scope"`
	Singular     string                  `json:"singularResource"`
	Verbs        []string                `json:"verbs"`
	ShortNames   []string                `json:"shortNames,omitzero"`
	Categories   []string                `json:"categories,omitzero"`
	Subresources []aggregatedSubresource `json:"subresources,omitzero"`
}

type aggregatedSubresource struct {
	Subresource  string       `json:"subresource"`
	ResponseKind responseKind `json:"responseKind"`
	Verbs        []string     `json:"verbs"`
}

type responseKind struct {
	Group   string `json:"group"`
	Version string `json:"version"`
	Kind    string `json:"kind"`
}

// aggregatedForm returns the version of aggregated discovery that the client prefers and this
// version of the server has, or "".
func (c *call) aggregatedForm() string {
	for clause := range strings.SplitSeq(strings.Join(c.http.Header.Values("Accept"), ","), ",") {
		parameters := map[string]string{}
		mediaType, rest, _ := strings.Cut(strings.TrimSpace(clause), ";")
		for parameter := range strings.SplitSeq(rest, ";") {
			name, value, _ := strings.Cut(strings.TrimSpace(parameter), "=")
			parameters[name] = value
		}
		version := parameters["v"]
		served := version == "v2" && c.server.Version.AtLeast(1, 30) ||
			version == "v2beta1" && c.server.Version.AtLeast(1, 27)
		switch {
		case mediaType != "application/json":
		case parameters["as"] == "":
			return ""
		case served && parameters["g"] == "apidiscovery.k8s.io" &&
			parameters["as"] == "APIGroupDiscoveryList":
			return version
		}
	}
	return ""
}

// writeAggregated responds with the aggregated discovery of the groups.
func (c *call) writeAggregated(w http.ResponseWriter, version string, groups []apiGroup) {
	list := aggregatedList{Kind: "APIGroupDiscoveryList",
		APIVersion: "apidiscovery.k8s.io/" + version, Items: []aggregatedGroup{}}
	for _, g := range groups {
		var item aggregatedGroup
		item.Metadata.Name = g.Name
		for _, v := range g.Versions {
			item.Versions = append(item.Versions, aggregatedVersion{v.Version,
				aggregate(c.server.resources(g.Name, v.Version)), "Current"})
		}
		list.Items = append(list.Items, item)
	}
	c.form = form{mediaType: "application/json;g=apidiscovery.k8s.io;v=" + version +
		";as=APIGroupDiscoveryList"}
	w.Header().Add("Vary", "Accept")
	c.write(w, http.StatusOK, api.Encode(list))
}

// aggregate puts the subresources of a group's kinds below the kinds.
func aggregate(list apiResourceList) []aggregatedResource {
	all := []aggregatedResource{}
	for _, r := range list.Resources {
		kind := responseKind{r.Group, r.Version, r.Kind}
		_, subresource, ok := strings.Cut(r.Name, "/")
		if ok {
			of := &all[len(all)-1] // which the list has just before
			of.Subresources = append(of.Subresources, aggregatedSubresource{subresource, kind,
				r.Verbs})
			continue
		}
		scope := "Cluster"
		if r.Namespaced {
			scope = "Namespaced"
		}
		all = append(all, aggregatedResource{Resource: r.Name, ResponseKind: kind, Scope: scope,
			Singular: r.SingularName, Verbs: r.Verbs, ShortNames: r.ShortNames,
			Categories: r.Categories})
	}
	return all
}
