package object

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// owner is one entry of managedFields.
type owner struct {
	manager, operation, apiVersion, subresource, time string
	set                                               *fieldSet
}

// id identifies an entry. An applier keeps its entry across versions of the API.
func (o *owner) id() string {
	version := o.apiVersion
	if o.operation == "Apply" {
		version = ""
	}
	return strings.Join([]string{o.manager, o.operation, version, o.subresource}, "\x00")
}

// maxUpdaters is the number of entries for updates that an object keeps. Older ones merge into an
// entry of the manager ancient-changes.
const maxUpdaters = 10

// capUpdaters merges the oldest entries for updates if there are too many.
func capUpdaters(owners map[string]*owner) {
	var updaters []*owner
	for _, o := range sortedOwners(owners) {
		if o.operation == "Update" {
			updaters = append(updaters, o)
		}
	}
	slices.SortStableFunc(updaters, func(a, b *owner) int {
		return strings.Compare(a.time,
			b.time)
	})
	first := map[string]*owner{} // by version: the oldest entry, into which the others merge
	for i, left := 0, len(updaters); i < len(updaters) && left > maxUpdaters; i++ {
		o := updaters[i]
		oldest := first[o.apiVersion]
		if oldest == nil {
			first[o.apiVersion] = o
			continue
		}
		bucket := &owner{manager: "ancient-changes", operation: "Update", apiVersion: o.apiVersion}
		existing := owners[bucket.id()]
		if existing != nil {
			bucket = existing
		} else {
			bucket.set = oldest.set
			delete(owners, oldest.id())
		}
		bucket.set, bucket.time = union(bucket.set, o.set), o.time
		delete(owners, o.id())
		owners[bucket.id()] = bucket
		left--
	}
}

func decodeOwners(entries []any) map[string]*owner {
	owners := map[string]*owner{}
	for _, e := range entries {
		o := &owner{
			manager: Text(e, "manager"), operation: Text(e, "operation"), apiVersion: Text(e,
				"apiVersion"),
			subresource: Text(e, "subresource"), time: Text(e,
				"time"), set: decodeFieldSet(Fields(e, "fieldsV1")),
		}
		if o.operation != "Apply" && o.operation != "Update" || o.apiVersion == "" ||
			Text(e, "fieldsType") != "FieldsV1" {
			return map[string]*owner{} // the server drops the whole list
		}
		owners[o.id()] = o
	}
	return owners
}

// sortedOwners lists appliers ahead of updaters, then by time and name, as managedFields does.
func sortedOwners(owners map[string]*owner) []*owner {
	return slices.SortedFunc(maps.Values(owners), func(a, b *owner) int {
		return cmp.Or(
			cmp.Compare(a.operation, b.operation), cmp.Compare(a.time,
				b.time), cmp.Compare(a.manager, b.manager),
			cmp.Compare(a.apiVersion, b.apiVersion), cmp.Compare(a.subresource, b.subresource))
	})
}

func withoutManagedFields(object map[string]any) map[string]any {
	if _, ok := Fields(object, "metadata")["managedFields"]; !ok {
		return object
	}
	object = maps.Clone(object)
	object["metadata"] = maps.Clone(Fields(object, "metadata"))
	delete(Fields(object, "metadata"), "managedFields")
	return object
}

func withManagedFields(object map[string]any, owners map[string]*owner) map[string]any {
	object = maps.Clone(object)
	metadata := maps.Clone(Fields(object, "metadata"))
	if metadata == nil {
		metadata = map[string]any{}
	}
	object["metadata"] = metadata
	delete(metadata, "managedFields")
	var entries []any
	for _, o := range sortedOwners(owners) {
		e := map[string]any{
			"manager": o.manager, "operation": o.operation, "apiVersion": o.apiVersion,
			"fieldsType": "FieldsV1", "fieldsV1": o.set.encode(),
		}
		if o.subresource != "" {
			e["subresource"] = o.subresource
		}
		if o.time != "" {
			e["time"] = o.time
		}
		entries = append(entries, e)
	}
	if len(entries) > 0 {
		metadata["managedFields"] = entries
	}
	return object
}
