package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport"
)

// knownKinds are the kinds that Lookup finds, with their short names.
var knownKinds = []struct {
	kind  Kind
	names []string
}{
	{(*Pod)(nil).APIKind(), []string{"pod", "po"}},
	{(*Namespace)(nil).APIKind(), []string{"namespace", "ns"}},
	{(*Node)(nil).APIKind(), []string{"node", "no"}},
	{(*Event)(nil).APIKind(), []string{"event", "ev"}},
	{(*Deployment)(nil).APIKind(), []string{"deployment", "deploy"}},
	{(*StatefulSet)(nil).APIKind(), []string{"statefulset", "sts"}},
	{(*ReplicaSet)(nil).APIKind(), []string{"replicaset", "rs"}},
	{(*DaemonSet)(nil).APIKind(), []string{"daemonset", "ds"}},
	{(*Job)(nil).APIKind(), []string{"job"}},
	{(*CronJob)(nil).APIKind(), []string{"cronjob", "cj"}},
	{(*Service)(nil).APIKind(), []string{"service", "svc"}},
	{(*ConfigMap)(nil).APIKind(), []string{"configmap", "cm"}},
	{(*Secret)(nil).APIKind(), []string{"secret"}},
	{(*ServiceAccount)(nil).APIKind(), []string{"serviceaccount", "sa"}},
	{(*PersistentVolumeClaim)(nil).APIKind(), []string{"persistentvolumeclaim", "pvc"}},
	{(*Endpoints)(nil).APIKind(), []string{"ep"}},
	{(*EndpointSlice)(nil).APIKind(), []string{"endpointslice"}},
	{(*EventsV1Event)(nil).APIKind(), []string{"event", "ev"}},
}

// Lookup returns a kind that this package knows by a name such as "pods", "pod", "po",
// "deployments.apps" or "deployments.v1.apps". These are the kinds with a model. "events" is the
// kind of the core group; the other one is "events.events.k8s.io". Lookup sends no request.
func Lookup(name string) (Kind, bool) {
	name = strings.ToLower(name)
	resource, group, qualified := strings.Cut(name, ".")
	for _, k := range knownKinds {
		if resource != k.kind.Resource && !slices.Contains(k.names, resource) {
			continue
		}
		if !qualified || k.kind.Group != "" && (group == k.kind.Group || group == k.kind.Version+
			"."+k.kind.Group) {
			return k.kind, true
		}
	}
	return Kind{}, false
}

// UnknownKindError reports that the server serves no such kind.
type UnknownKindError struct{ Name string }

func (e *UnknownKindError) Error() string {
	return fmt.Sprintf(
		"the server has no resource type %q: check its spelling, and its group when it is from a "+
			"custom resource",
		e.Name)
}

// Discover returns a kind by a name such as "widgets", "widget", "wd", "widgets.example.com" or
// "widgets.v1.example.com". It asks the server only if Lookup does not know the name. It fails with
// an *UnknownKindError if the server serves no such kind.
func Discover(ctx context.Context, client *transport.Client, name string) (Kind, error) {
	if kind, ok := Lookup(name); ok {
		return kind, nil
	}
	resource, group, _ := strings.Cut(strings.ToLower(name), ".")
	return search(ctx, client, name, func(g string) bool {
		return group == "" || group == g ||
			strings.HasSuffix(group, "."+g)
	},
		func(k Kind, r *apiResource) bool {
			return (r.Name == resource || r.SingularName == resource || strings.EqualFold(r.Kind,
				resource) || slices.Contains(r.ShortNames, resource)) &&
				(group == "" || group == k.Group || group == k.Version+"."+k.Group)
		})
}

// DiscoverObject returns the kind of an object with this apiVersion and kind. It asks the server
// only for kinds without a model. It fails with an *UnknownKindError if the server serves no such
// kind.
func DiscoverObject(ctx context.Context, client *transport.Client, apiVersion, kind string) (Kind,
	error) {
	for _, k := range knownKinds {
		if k.kind.APIVersion() == apiVersion && k.kind.Kind == kind {
			return k.kind, nil
		}
	}
	group, version, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group, version = "", apiVersion
	}
	found, err := resourcesOf(ctx, client, group, version)
	if errors.Is(err, transport.ErrNotFound) {
		return Kind{}, &UnknownKindError{Name: apiVersion + " " + kind}
	}
	if err != nil {
		return Kind{}, err
	}
	for _, r := range found {
		if r.Kind == kind {
			return r.in(group, version), nil
		}
	}
	return Kind{}, &UnknownKindError{Name: apiVersion + " " + kind}
}

// apiResource is an entry of a discovery document (meta/v1 APIResource).
type apiResource struct {
	Name         string   `json:"name"`
	SingularName string   `json:"singularName"`
	Namespaced   bool     `json:"namespaced"`
	Kind         string   `json:"kind"`
	Group        string   `json:"group"`
	Version      string   `json:"version"`
	ShortNames   []string `json:"shortNames"`
}

func (r *apiResource) in(group, version string) Kind {
	return Kind{
		Group: cmp.Or(r.Group, group), Version: cmp.Or(r.Version, version),
		Kind: r.Kind, Resource: r.Name, Namespaced: r.Namespaced,
	}
}

// search looks in the core group, and then, in the server's order, in the preferred version of each
// group that wanted accepts.
func search(ctx context.Context, client *transport.Client, name string,
	wanted func(group string) bool, match func(Kind, *apiResource) bool) (Kind, error) {
	var groups struct {
		Groups []struct {
			Name             string `json:"name"`
			PreferredVersion struct {
				Version string `json:"version"`
			} `json:"preferredVersion"`
			Versions []struct {
				Version string `json:"version"`
			} `json:"versions"`
		} `json:"groups"`
	}
	find := func(group, version string) (Kind, bool, error) {
		found, err := resourcesOf(ctx, client, group, version)
		if err != nil {
			return Kind{}, false, err
		}
		for _, r := range found {
			k := r.in(group, version)
			if match(k, &r) {
				return k, true, nil
			}
		}
		return Kind{}, false, nil
	}
	if wanted("") {
		k, ok, err := find("", "v1")
		if ok || err != nil {
			return k, err
		}
	}
	if err := getJSON(ctx, client, &groups, "apis"); err != nil {
		return Kind{}, err
	}
	var groupErr error // a group whose server is down must not hide other groups
	for _, g := range groups.Groups {
		if !wanted(g.Name) {
			continue
		}
		versions := []string{g.PreferredVersion.Version}
		for _, v := range g.Versions {
			if v.Version != g.PreferredVersion.Version {
				versions = append(versions, v.Version)
			}
		}
		for _, v := range versions {
			k, ok, err := find(g.Name, v)
			if ok {
				return k, nil
			}
			if err != nil {
				groupErr = err
			}
		}
	}
	if groupErr != nil {
		return Kind{}, fmt.Errorf(
			"resource type %q is in none of the groups that could be asked: %w", name, groupErr)
	}
	return Kind{}, &UnknownKindError{Name: name}
}

// resourcesOf returns the kinds of one version of a group, without subresources.
func resourcesOf(ctx context.Context, client *transport.Client, group,
	version string) ([]apiResource, error) {
	path := []string{"apis", group, version}
	if group == "" {
		path = []string{"api", version}
	}
	var list struct {
		Resources []apiResource `json:"resources"`
	}
	if err := getJSON(ctx, client, &list, path...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(list.Resources,
		func(r apiResource) bool { return strings.Contains(r.Name, "/") }), nil
}

func getJSON(ctx context.Context, client *transport.Client, into any, path ...string) error {
	body, err := client.Fetch(ctx, &transport.Request{Method: http.MethodGet, Path: path})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("GET /%s: the answer cannot be read: %w", strings.Join(path, "/"), err)
	}
	return nil
}
