package resources

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/internal/similar"
	"github.com/kx-k8s/kx/transport"
)

// Discovery finds the kinds that an API server serves. It reads the server's discovery documents
// when it first needs them, and keeps them in memory. Several goroutines may use it at once.
//
// Discovery reads /api and /apis, each once, in their aggregated form
// (https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery). A server
// older than Kubernetes 1.27 has one document for each version of a group. Discovery then reads
// these in the server's order, as far as it needs them.
//
// If a call finds no kind in documents from an earlier call, it reads them once more: a custom
// resource may be new. A document may have 16 MiB at most. Discovery ignores entries whose names
// are no DNS names (RFC 1123).
type Discovery struct {
	client *transport.Client
	turn   chan struct{} // holds an element while a call uses the fields below
	core   []discoveryGroup
	named  []discoveryGroup // nil until read, like core
}

// NewDiscovery returns a Discovery without any document.
func NewDiscovery(client *transport.Client) *Discovery {
	return &Discovery{client: client, turn: make(chan struct{}, 1)}
}

// Find returns a kind by its name. The case of letters does not matter. Names are
//
//	widgets, widget, wd       the plural, singular or short name, or the kind
//	widgets.example.com       NAME.GROUP; the beginning of the group is enough
//	widgets.v1.example.com    NAME.VERSION.GROUP
//	example.com/v1/widgets    GROUP/VERSION/NAME, or VERSION/NAME for the core group
//	widgets/scale             any of these with a subresource, which the kind must have
//
// If several kinds have the name, Find returns the first one, as kubectl does. Plural and singular
// names come first, then short names, then kinds. Among these the core group comes first, then the
// others in the server's order. In each group the preferred version comes first. docs/library.md
// lists where kubectl differs.
//
// Find fails with an *UnknownKindError if the server serves no such kind, and with a
// *PartialDiscoveryError if the kind may be in a group whose kinds the server does not list now.
func (d *Discovery) Find(ctx context.Context, name string) (APIResource, error) {
	parsed, ok := parseResourceName(name)
	if !ok {
		return APIResource{}, &UnknownKindError{Name: name}
	}
	found, err := d.search(ctx, name, parsed.find)
	if err != nil {
		return APIResource{}, err
	}
	return found[0], nil
}

// FindAll returns the kinds of a category such as "all", or else the one that Find finds. The kinds
// of a category are in the server's order, each in its preferred version. If the server does not
// list the kinds of a group now, FindAll passes that to the client's warning handler.
func (d *Discovery) FindAll(ctx context.Context, name string) ([]APIResource, error) {
	if strings.ContainsAny(name, "./") {
		found, err := d.Find(ctx, name)
		if err != nil {
			return nil, err
		}
		return []APIResource{found}, nil
	}
	category := strings.ToLower(name)
	parsed, _ := parseResourceName(name)
	return d.search(ctx, name, func(w *discoveryWalk) ([]APIResource, error) {
		found, err := w.preferred(func(r *APIResource) bool {
			return slices.Contains(r.Categories, category)
		})
		if err != nil || len(found) == 0 {
			return parsed.find(w)
		}
		for _, group := range w.unlisted {
			d.client.Warn(transport.Warning{Text: "the server has no current list of the kinds " +
				"in " + group + ": they are not in category " + category})
		}
		return found, nil
	})
}

// All returns the kinds of all groups in the server's order, each in its preferred version. It
// leaves out the groups whose kinds the server does not list now. It fails if the server has no
// discovery documents.
func (d *Discovery) All(ctx context.Context) ([]APIResource, error) {
	return d.search(ctx, "", func(w *discoveryWalk) ([]APIResource, error) {
		return w.preferred(func(*APIResource) bool { return true })
	})
}

// FindObject returns the kind of an object with this apiVersion and kind. It fails like Find.
func (d *Discovery) FindObject(ctx context.Context, apiVersion, kind string) (APIResource, error) {
	group, version, ok := strings.Cut(apiVersion, "/")
	if !ok {
		group, version = "", apiVersion
	}
	find := func(w *discoveryWalk) ([]APIResource, error) {
		return w.first(groupPattern{group: group, version: version}, func(r *APIResource) bool {
			return r.Kind.Kind == kind
		})
	}
	found, err := d.search(ctx, apiVersion+" "+kind, find)
	if err != nil {
		return APIResource{}, err
	}
	return found[0], nil
}

// Invalidate forgets the documents. The next call reads them again.
func (d *Discovery) Invalidate() {
	d.turn <- struct{}{}
	d.core, d.named = nil, nil
	<-d.turn
}

// search calls find, and once more with new documents if it finds nothing in old ones.
func (d *Discovery) search(ctx context.Context, name string,
	find func(*discoveryWalk) ([]APIResource, error)) ([]APIResource, error) {
	select {
	case d.turn <- struct{}{}:
		defer func() { <-d.turn }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	mayBeOld := d.core != nil || d.named != nil
	w := &discoveryWalk{ctx: ctx, discovery: d}
	found, err := find(w)
	if err == nil && len(found) == 0 && mayBeOld {
		d.core, d.named = nil, nil
		w = &discoveryWalk{ctx: ctx, discovery: d}
		found, err = find(w)
	}
	switch {
	case err != nil:
		return nil, err
	case len(found) > 0:
		return found, nil
	case len(w.unlisted) > 0:
		return nil, &PartialDiscoveryError{Name: name, Groups: w.unlisted, Err: w.err}
	}
	return nil, &UnknownKindError{Name: name, Similar: d.similar(name)}
}

// similar returns the plural names in the documents that are most like name. It asks the server for
// none.
func (d *Discovery) similar(name string) []string {
	var names []string
	for _, groups := range [][]discoveryGroup{d.core, d.named} {
		for i := range groups {
			for j := range groups[i].versions {
				for _, r := range groups[i].versions[j].resources {
					names = append(names, r.Kind.Resource)
				}
			}
		}
	}
	return similar.To(strings.ToLower(name), names...)
}

// discoveryWalk is one way through the documents.
type discoveryWalk struct {
	ctx       context.Context
	discovery *Discovery
	unlisted  []string // the groups without a current list of kinds
	err       error    // the server's last answer to a request for such a list
}

// first returns the first kind of the groups that match accepts.
func (w *discoveryWalk) first(in groupPattern, match func(*APIResource) bool) ([]APIResource,
	error) {
	for r, err := range w.each(in) {
		if err != nil {
			return nil, err
		}
		if match(r) {
			return []APIResource{*r}, nil
		}
	}
	return nil, nil
}

// preferred returns the kinds that match accepts, each in its preferred version.
func (w *discoveryWalk) preferred(match func(*APIResource) bool) (found []APIResource, err error) {
	seen := map[string]bool{} // the preferred version comes first
	for r, err := range w.each(groupPattern{any: true}) {
		if err != nil {
			return nil, err
		}
		if !seen[r.Kind.String()] && match(r) {
			found = append(found, *r)
		}
		seen[r.Kind.String()] = true
	}
	return found, nil
}

// each yields the kinds of the groups in the order of their priority. It reads what it lacks.
func (w *discoveryWalk) each(in groupPattern) iter.Seq2[*APIResource, error] {
	return func(yield func(*APIResource, error) bool) {
		d := w.discovery
		for _, half := range []struct {
			path   string
			groups *[]discoveryGroup
		}{{"api", &d.core}, {"apis", &d.named}} {
			if half.path == "api" && !in.matches("") || half.path == "apis" && in.isCore() {
				continue
			}
			if *half.groups == nil {
				groups, err := readGroups(w.ctx, d.client, half.path)
				if err != nil {
					yield(nil, err)
					return
				}
				*half.groups = groups
			}
			for _, g := range *half.groups {
				if in.matches(g.name) && !w.eachOf(g, in.version, yield) {
					return
				}
			}
		}
	}
}

// eachOf yields the kinds of a group, or of one of its versions if that is not empty.
func (w *discoveryWalk) eachOf(g discoveryGroup, version string,
	yield func(*APIResource, error) bool) bool {
	for i := range g.versions {
		v := &g.versions[i]
		if version != "" && v.name != version {
			continue
		}
		if !v.isRead {
			v.resources, v.err = readGroupVersion(w.ctx, w.discovery.client, g.name, v.name)
			if w.ctx.Err() != nil {
				yield(nil, v.err)
				return false
			}
			v.isRead = true
			if errors.Is(v.err, transport.ErrNotFound) { // the version is gone
				v.err = nil
			}
		}
		groupVersion := Kind{Group: g.name, Version: v.name}.APIVersion()
		if v.err != nil && !slices.Contains(w.unlisted, groupVersion) {
			w.unlisted = append(w.unlisted, groupVersion)
			if !errors.Is(v.err, errStale) {
				w.err = v.err
			}
		}
		for j := range v.resources {
			if !yield(&v.resources[j], nil) {
				return false
			}
		}
	}
	return true
}
