package object

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"
)

// Manager identifies the writer in metadata.managedFields.
type Manager struct {
	Name        string // fieldManager, or the part of User-Agent ahead of the first "/"
	Subresource string // "" for the object itself
	Time        string // RFC 3339, in seconds
}

// Update returns updated with the managedFields after a create (live is nil), an update or a patch
// by the manager. The manager owns the fields that it changed, and other managers lose them. An
// object without managedFields stays without. An empty list, or one with an empty entry, resets
// them.
func (t *Type) Update(live, updated map[string]any, m Manager) map[string]any {
	owners, reset := map[string]*owner{}, false
	if requested, ok := At(updated, "metadata", "managedFields").([]any); ok &&
		m.Subresource == "" {
		owners = decodeOwners(requested)
		reset = len(requested) == 0 || len(requested) == 1 && len(Fields(requested[0])) == 0
	}
	if len(owners) == 0 && !reset {
		owners = decodeOwners(List(live, "metadata", "managedFields"))
	}
	updated = withoutManagedFields(updated)
	if len(owners) > 0 || Text(live, "metadata", "uid") == "" {
		before := withoutManagedFields(live)
		if live == nil {
			before = t.blank()
		}
		t.claimChanges(owners, before, updated, m, Text(updated, "apiVersion"))
		capUpdaters(owners)
	}
	return withManagedFields(updated, owners)
}

// claimChanges makes the manager own the difference between two objects.
func (t *Type) claimChanges(owners map[string]*owner, live, updated map[string]any, m Manager,
	apiVersion string) {
	c := t.compare(live, updated)
	t.resetAll(m.Subresource, &c)
	taken := union(c.modified, c.added)
	for id, o := range owners {
		o.set = difference(difference(o.set, taken), c.removed)
		if o.set.empty() {
			delete(owners, id)
		}
	}
	gained := difference(taken, neverOwned)
	if gained.empty() {
		return
	}
	o := &owner{
		manager:     cmp.Or(m.Name, "unknown"),
		operation:   "Update",
		apiVersion:  apiVersion,
		subresource: m.Subresource,
	}
	previous := owners[o.id()]
	if previous != nil {
		o = previous
	}
	o.set, o.time = union(o.set, gained), m.Time
	owners[o.id()] = o
}

// Apply merges an applied configuration into the live object, which is nil for a new one. Fields
// that the manager applied before, omits now and alone owns are removed. Without force, the error
// is a *Status with code 409 if other managers own a changed field. It has code 400 or 500 if the
// configuration does not fit the type.
func (t *Type) Apply(live, configuration map[string]any, m Manager, force bool) (map[string]any,
	error) {
	apiVersion, kind := Text(configuration, "apiVersion"), Text(configuration, "kind")
	if Lookup(apiVersion, kind) != t && t.name != path.Join(apiVersion, kind) {
		return nil, badRequest("invalid object type: %s", groupVersionKind(apiVersion, kind))
	}
	if _, ok := Fields(configuration, "metadata")["managedFields"]; ok {
		return nil, badRequest("metadata.managedFields must be nil")
	}
	if err := t.checkApplied(configuration); err != nil {
		return nil, internal(
			"failed to create typed patch object (%s/%s; %s): %v",
			Text(
				configuration, "metadata", "namespace",
			),
			Text(configuration, "metadata", "name"),
			groupVersionKind(apiVersion, kind),
			err,
		)
	}
	owners := decodeOwners(List(live, "metadata", "managedFields"))
	live = withoutManagedFields(live)
	if len(owners) == 0 {
		t.claimChanges(
			owners, t.blank(), live,
			Manager{Name: "before-first-apply", Subresource: m.Subresource, Time: m.Time},
			apiVersion,
		)
	}
	o := &owner{manager: m.Name, operation: "Apply", apiVersion: apiVersion,
		subresource: m.Subresource}
	var last *fieldSet
	previous := owners[o.id()]
	if previous != nil {
		last, o.time = previous.set, previous.time
	}
	o.set = t.reset(m.Subresource, t.fieldsOf(configuration))
	owners[o.id()] = o

	object := Fields(t.merged(live, configuration))
	if !last.empty() {
		object = Fields(t.dropAbandoned(object, owners, last))
	}
	if err := t.transferOwnership(owners, o, live, object, force); err != nil {
		return nil, err
	}
	o.set = difference(o.set, neverOwned)
	if o.set.empty() {
		delete(owners, o.id())
	}
	if !Equal(live, object) {
		o.time = m.Time
	}
	return withManagedFields(object, owners), nil
}

// dropAbandoned removes the fields of the last configuration that no manager owns any longer.
func (t *Type) dropAbandoned(object map[string]any, owners map[string]*owner, last *fieldSet) any {
	pruned := t.removed(object, t.withNamed(last))
	var owned *fieldSet
	for _, o := range owners {
		owned = union(owned, o.set)
	}
	all := t.withNamed(t.fieldsOf(object))
	keep := union(t.withNamed(t.fieldsOf(pruned)), t.withNamed(owned))
	pruned = t.removed(object, difference(all, keep))
	// omitted fields that the manager never owned stay
	dangling := difference(all, t.withNamed(t.fieldsOf(pruned)))
	return t.removed(object, intersection(dangling, t.withNamed(last)))
}

// transferOwnership gives changed fields to the applier. Without force it returns the conflicts as
// an error.
func (t *Type) transferOwnership(
	owners map[string]*owner,
	applier *owner,
	live, object map[string]any,
	force bool,
) error {
	c := t.compare(live, object)
	t.resetAll(applier.subresource, &c)
	taken := union(c.modified, c.added)
	var conflicts []conflict
	byID := func(a, b *owner) int { return strings.Compare(a.id(), b.id()) }
	for _, o := range slices.SortedFunc(maps.Values(owners), byID) {
		if o == applier {
			continue
		}
		clash := intersection(o.set, taken)
		if !clash.empty() {
			for _, path := range clash.paths() {
				conflicts = append(conflicts, conflict{o, fieldPath(path)})
			}
		}
	}
	if len(conflicts) > 0 && !force {
		return conflictStatus(conflicts)
	}
	for id, o := range owners {
		if o == applier {
			continue
		}
		o.set = difference(difference(o.set, taken), c.removed)
		if o.set.empty() {
			delete(owners, id)
		}
	}
	return nil
}

// neverOwned are the fields that no manager owns.
var neverOwned = setOf(
	[]string{"f:apiVersion"}, []string{"f:kind"}, []string{"f:metadata"},
	[]string{"f:metadata", "f:name"}, []string{"f:metadata", "f:namespace"}, []string{
		"f:metadata",
		"f:creationTimestamp",
	},
	[]string{"f:metadata", "f:selfLink"}, []string{"f:metadata", "f:uid"}, []string{"f:metadata",
		"f:clusterName"},
	[]string{"f:metadata", "f:generation"}, []string{"f:metadata", "f:managedFields"}, []string{
		"f:metadata",
		"f:resourceVersion",
	},
)

var (
	statusField  = setOf([]string{"f:status"})
	notPodStatus = setOf([]string{"f:spec"}, []string{"f:metadata", "f:deletionTimestamp"},
		[]string{
			"f:metadata",
			"f:ownerReferences",
		})
	notDeployStatus  = setOf([]string{"f:spec"}, []string{"f:metadata", "f:labels"})
	notOtherStatuses = setOf([]string{"f:spec"})
)

// reset removes the fields that a write to the subresource does not set.
func (t *Type) reset(subresource string, s *fieldSet) *fieldSet {
	switch {
	// the server counts these although the subresource drops them
	case t.Fields["status"] == nil, subresource == "ephemeralcontainers",
		subresource == "resize":
		return s
	case subresource != "status":
		return s.without(statusField)
	case t.structName() == "Pod":
		return s.without(notPodStatus)
	case t.structName() == "Deployment":
		return s.without(notDeployStatus)
	}
	return s.without(notOtherStatuses)
}

func (t *Type) resetAll(subresource string, c *comparison) {
	c.removed = t.reset(subresource, c.removed)
	c.modified = t.reset(subresource, c.modified)
	c.added = t.reset(subresource, c.added)
}

// groupVersionKind formats a kind as the server does: "/v1, Kind=Pod".
func groupVersionKind(apiVersion, kind string) string {
	if !strings.Contains(apiVersion, "/") {
		apiVersion = "/" + apiVersion
	}
	return apiVersion + ", Kind=" + kind
}
