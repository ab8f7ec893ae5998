package kxtest

import "slices"

// kind is one kind of object that the server stores.
type kind struct {
	group, version string
	name           string // "Pod"
	resource       string // "pods"
	singular       string
	shortNames     []string
	categories     []string
	namespaced     bool
	subresources   []string
	graceful       bool   // a delete answers with the object, not with a Status
	hash           string // discovery's storageVersionHash
}

// kinds are in the order of the API server's own discovery.
var kinds = []*kind{
	{version: "v1", name: "ConfigMap", resource: "configmaps", singular: "configmap", shortNames: []string{"cm"}, namespaced: true, hash: "qFsyl6wFWjQ="},
	{version: "v1", name: "Event", resource: "events", singular: "event", shortNames: []string{"ev"}, namespaced: true, hash: "r2yiGXH7wu8="},
	{version: "v1", name: "Namespace", resource: "namespaces", singular: "namespace", shortNames: []string{"ns"}, subresources: []string{"status"}, graceful: true, hash: "Q3oi5N2YM8M="},
	{version: "v1", name: "Node", resource: "nodes", singular: "node", shortNames: []string{"no"}, subresources: []string{"status"}, hash: "XwShjMxG9Fs="},
	{version: "v1", name: "Pod", resource: "pods", singular: "pod", shortNames: []string{"po"}, categories: []string{"all"}, namespaced: true, subresources: []string{"attach", "ephemeralcontainers", "exec", "log", "portforward", "status"}, graceful: true, hash: "xPOwRZ+Yhw8="},
	{version: "v1", name: "Secret", resource: "secrets", singular: "secret", namespaced: true, hash: "S6u1pOWzb84="},
	{version: "v1", name: "ServiceAccount", resource: "serviceaccounts", singular: "serviceaccount", shortNames: []string{"sa"}, namespaced: true, hash: "pbx9ZvyFpBE="},
	{group: "apps", version: "v1", name: "DaemonSet", resource: "daemonsets", singular: "daemonset", shortNames: []string{"ds"}, categories: []string{"all"}, namespaced: true, subresources: []string{"status"}, hash: "dd7pWHUlMKQ="},
	{group: "apps", version: "v1", name: "Deployment", resource: "deployments", singular: "deployment", shortNames: []string{"deploy"}, categories: []string{"all"}, namespaced: true, subresources: []string{"scale", "status"}, hash: "8aSe+NMegvE="},
	{group: "apps", version: "v1", name: "ReplicaSet", resource: "replicasets", singular: "replicaset", shortNames: []string{"rs"}, categories: []string{"all"}, namespaced: true, subresources: []string{"scale", "status"}, hash: "P1RzHs8/mWQ="},
	{group: "apps", version: "v1", name: "StatefulSet", resource: "statefulsets", singular: "statefulset", shortNames: []string{"sts"}, categories: []string{"all"}, namespaced: true, subresources: []string{"scale", "status"}, hash: "H+vl74LkKdo="},
	{group: "batch", version: "v1", name: "Job", resource: "jobs", singular: "job", categories: []string{"all"}, namespaced: true, subresources: []string{"status"}, hash: "mudhfqk/qZY="},
}

// kindOf finds a kind by what its URL names; nil when the server does not have it.
func kindOf(group, version, resource string) *kind {
	for _, k := range kinds {
		if k.group == group && k.version == version && k.resource == resource {
			return k
		}
	}
	return nil
}

// kindNamed finds a kind by an object's apiVersion and kind; nil when the server does not have it.
func kindNamed(apiVersion, name string) *kind {
	for _, k := range kinds {
		if k.apiVersion() == apiVersion && k.name == name {
			return k
		}
	}
	return nil
}

// The kinds that the server itself works with.
var (
	podKind       = kindNamed("v1", "Pod")
	eventKind     = kindNamed("v1", "Event")
	nodeKind      = kindNamed("v1", "Node")
	namespaceKind = kindNamed("v1", "Namespace")
	jobKind       = kindNamed("batch/v1", "Job")
)

func (k *kind) apiVersion() string {
	if k.group == "" {
		return k.version
	}
	return k.group + "/" + k.version
}

// qualified is the kind's name in messages: "pods", "deployments.apps".
func (k *kind) qualified() string {
	if k.group == "" {
		return k.resource
	}
	return k.resource + "." + k.group
}

// has reports whether a server of this version serves the subresource.
func (k *kind) has(subresource string, v version) bool {
	if subresource == "ephemeralcontainers" && !v.atLeast(1, 23) {
		return false
	}
	return slices.Contains(k.subresources, subresource)
}

// goType is what the API server calls the kind in messages about conversions.
func (k *kind) goType() string {
	if k.group == "" {
		return "*core." + k.name
	}
	return "*" + k.group + "." + k.name
}
