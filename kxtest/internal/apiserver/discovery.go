package apiserver

import (
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/kxtest/internal/api"
)

// discover serves health checks, the version and the discovery documents.
func (c *call) discover(w http.ResponseWriter) {
	var document any
	aggregated := ""
	if c.http.Method == http.MethodGet {
		aggregated = c.aggregatedForm()
	}
	path := strings.TrimRight(c.http.URL.Path, "/")
	group, version, _ := strings.Cut(strings.TrimPrefix(path, "/apis/"), "/")
	switch {
	case path == "/healthz" || path == "/livez" || path == "/readyz":
		c.writeHealth(w, strings.TrimPrefix(path, "/"))
		return
	case c.http.Method == http.MethodGet && strings.HasPrefix(path+"/", openAPIPath+"/"):
		c.openAPI(w)
		return
	case path == "/version":
		document = versionInfoOf(c.server.Version)
	case path == "":
		document = map[string]any{"paths": []string{"/api", "/api/v1", "/apis", "/apis/",
			"/apis/apps", "/apis/apps/v1",
			"/apis/batch", "/apis/batch/v1", "/apis/policy", "/apis/policy/v1", "/healthz",
			"/livez", openAPIPath, "/readyz", "/version"}}
	case path == "/api" && aggregated != "":
		c.writeAggregated(w, aggregated, []apiGroup{{Versions: []groupVersion{{"v1", "v1"}}}})
		return
	case path == "/apis" && aggregated != "":
		c.writeAggregated(w, aggregated, c.server.groups())
		return
	case path == "/api":
		document = apiVersions{
			Kind:      "APIVersions",
			Versions:  []string{"v1"},
			Addresses: []serverAddress{{ClientCIDR: "0.0.0.0/0", ServerAddress: c.server.Address}},
		}
	case path == "/apis":
		document = apiGroupList{Kind: "APIGroupList", APIVersion: "v1", Groups: c.server.groups()}
	case path == "/api/v1":
		document = c.server.resources("", "v1")
	case strings.HasPrefix(path, "/apis/") && version == "":
		groups := c.server.groups()
		found := slices.IndexFunc(groups, func(g apiGroup) bool { return g.Name == group })
		if found < 0 {
			api.PageNotFound(w)
			return
		}
		g := groups[found]
		g.Kind, g.APIVersion = "APIGroup", "v1"
		document = g
	case strings.HasPrefix(path, "/apis/") && c.server.hasVersion(group, version):
		document = c.server.resources(group, version)
	case strings.HasPrefix(path, "/api/"), strings.HasPrefix(path, "/apis/apps/"),
		strings.HasPrefix(path, "/apis/batch/"), strings.HasPrefix(path, "/apis/policy/"):
		c.form = form{mediaType: "application/json"}
		c.fail(w, api.ErrNoResource)
		return
	default:
		api.PageNotFound(w)
		return
	}
	c.form = form{mediaType: "application/json"}
	if c.http.Method != http.MethodGet {
		c.fail(w, api.ErrMethod)
		return
	}
	c.write(w, http.StatusOK, api.Encode(document))
}

// writeHealth writes the answer of a health check, with ?verbose the checks that kxtest shares with
// an API server.
func (c *call) writeHealth(w http.ResponseWriter, check string) {
	answer := "ok"
	if c.http.URL.Query().Has("verbose") {
		answer = "[+]ping ok\n[+]log ok\n" + check + " check passed\n"
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache, private")
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(answer)) // the client may have disconnected
}

type versionInfo struct {
	Major string `json:"major"`
	Minor string `json:"minor"`
	// The emulated version, and the oldest version that can be emulated: KEP-4330.
	EmulationMajor        string `json:"emulationMajor,omitzero"`
	EmulationMinor        string `json:"emulationMinor,omitzero"`
	MinCompatibilityMajor string `json:"minCompatibilityMajor,omitzero"`
	MinCompatibilityMinor string `json:"minCompatibilityMinor,omitzero"`
	GitVersion            string `json:"gitVersion"`
	GitCommit             string `json:"gitCommit"`
	GitTreeState          string `json:"gitTreeState"`
	BuildDate             string `json:"buildDate"`
	GoVersion             string `json:"goVersion"`
	Compiler              string `json:"compiler"`
	Platform              string `json:"platform"`
}

func versionInfoOf(v api.Version) versionInfo {
	info := versionInfo{
		Major:      strconv.Itoa(v[0]),
		Minor:      strconv.Itoa(v[1]),
		GitVersion: v.String(),
		BuildDate:  "1970-01-01T00:00:00Z",
		GoVersion:  runtime.Version(),
		Compiler:   runtime.Compiler,
		Platform:   runtime.GOOS + "/" + runtime.GOARCH,
	}
	if v.AtLeast(1, 32) {
		info.EmulationMajor, info.EmulationMinor = info.Major, info.Minor
		info.MinCompatibilityMajor, info.MinCompatibilityMinor = info.Major, strconv.Itoa(v[1]-1)
	}
	return info
}

type apiVersions struct {
	Kind      string          `json:"kind"`
	Versions  []string        `json:"versions"`
	Addresses []serverAddress `json:"serverAddressByClientCIDRs"`
}

type serverAddress struct {
	ClientCIDR    string `json:"clientCIDR"`
	ServerAddress string `json:"serverAddress"`
}

type apiGroupList struct {
	Kind       string     `json:"kind"`
	APIVersion string     `json:"apiVersion"`
	Groups     []apiGroup `json:"groups"`
}

type apiGroup struct {
	Kind       string         `json:"kind,omitzero"`
	APIVersion string         `json:"apiVersion,omitzero"`
	Name       string         `json:"name"`
	Versions   []groupVersion `json:"versions"`
	Preferred  groupVersion   `json:"preferredVersion"`
}

type groupVersion struct {
	GroupVersion string `json:"groupVersion"`
	Version      string `json:"version"`
}

// groups returns the API groups of the server, besides the core group.
func (s *Server) groups() []apiGroup {
	var served []apiGroup
	for _, name := range []string{"apps", "authentication.k8s.io", "authorization.k8s.io",
		"batch", "discovery.k8s.io", "events.k8s.io", "policy"} {
		v := groupVersion{name + "/v1", "v1"}
		served = append(served, apiGroup{Name: name, Versions: []groupVersion{v}, Preferred: v})
	}
	return append(served, s.customGroups()...)
}

type apiResourceList struct {
	Kind         string        `json:"kind"`
	APIVersion   string        `json:"apiVersion,omitzero"`
	GroupVersion string        `json:"groupVersion"`
	Resources    []apiResource `json:"resources"`
}

type apiResource struct {
	Name         string   `json:"name"`
	SingularName string   `json:"singularName"`
	Namespaced   bool     `json:"namespaced"`
	Group        string   `json:"group,omitzero"`
	Version      string   `json:"version,omitzero"`
	Kind         string   `json:"kind"`
	Verbs        []string `json:"verbs"`
	ShortNames   []string `json:"shortNames,omitzero"`
	Categories   []string `json:"categories,omitzero"`
	Hash         string   `json:"storageVersionHash,omitzero"`
}

// resources returns the discovery document of a group.
func (s *Server) resources(group, version string) apiResourceList {
	served := apiResourceList{Kind: "APIResourceList", GroupVersion: version}
	if group != "" {
		served.APIVersion, served.GroupVersion = "v1", group+"/"+version
	}
	switch group {
	case "authorization.k8s.io":
		served.Resources = append(served.Resources,
			apiResource{
				Name:         "selfsubjectaccessreviews",
				SingularName: "selfsubjectaccessreview",
				Kind:         "SelfSubjectAccessReview",
				Verbs:        []string{"create"},
			},
			apiResource{
				Name:         "selfsubjectrulesreviews",
				SingularName: "selfsubjectrulesreview",
				Kind:         "SelfSubjectRulesReview",
				Verbs:        []string{"create"},
			})
	case "authentication.k8s.io":
		served.Resources = append(served.Resources,
			apiResource{
				Name:         "selfsubjectreviews",
				SingularName: "selfsubjectreview",
				Kind:         "SelfSubjectReview",
				Verbs:        []string{"create"},
			})
	}
	for _, k := range s.Store.Kinds() {
		if k.Group != group || k.Version != version {
			continue
		}
		verbs := []string{"create", "delete", "deletecollection", "get", "list", "patch", "update",
			"watch"}
		if k.Custom != nil {
			verbs = customVerbs
		}
		if k == api.NamespaceKind {
			verbs = slices.DeleteFunc(verbs,
				func(verb string) bool { return verb == "deletecollection" })
		}
		served.Resources = append(served.Resources, apiResource{
			Name:         k.Resource,
			SingularName: k.Singular,
			Namespaced:   k.Namespaced,
			Kind:         k.Name,
			Verbs:        verbs,
			ShortNames:   k.ShortNames,
			Categories:   k.Categories,
			Hash:         k.Hash,
		})
		for _, subresource := range k.Subresources {
			if !k.Serves(subresource, s.Version) {
				continue
			}
			r := apiResource{
				Name:       k.Resource + "/" + subresource,
				Namespaced: k.Namespaced,
				Kind:       k.Name,
				Verbs:      []string{"get", "patch", "update"},
			}
			switch subresource {
			case "scale":
				r.Group, r.Version, r.Kind = "autoscaling", "v1", "Scale"
			case "eviction":
				r.Group, r.Version, r.Kind = "policy", "v1", "Eviction"
				r.Verbs = []string{"create"}
			case "token":
				r.Group, r.Version, r.Kind = "authentication.k8s.io", "v1", "TokenRequest"
				r.Verbs = []string{"create"}
			case "attach":
				r.Kind, r.Verbs = "PodAttachOptions", []string{"create", "get"}
			case "exec":
				r.Kind, r.Verbs = "PodExecOptions", []string{"create", "get"}
			case "portforward":
				r.Kind, r.Verbs = "PodPortForwardOptions", []string{"create", "get"}
			case "log":
				r.Verbs = []string{"get"}
			}
			served.Resources = append(served.Resources, r)
		}
	}
	return served
}
