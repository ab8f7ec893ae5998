// Package api has what all parts of the server share: the kinds of objects, the Status of a
// failure, and how both are encoded.
package api

import (
	"slices"

	"github.com/kx-k8s/kx/kxtest/internal/object"
)

// Kind is a kind of object that the server stores.
type Kind struct {
	Group, Version string
	Name           string // "Pod"
	Resource       string // "pods"
	Singular       string
	ShortNames     []string
	Categories     []string
	Namespaced     bool
	Subresources   []string
	Graceful       bool   // a delete marks the object first, and responds with it
	ReturnsDeleted bool   // a delete at once responds with the object, not with a Status
	Hash           string // storageVersionHash in discovery
	// Stored is the kind in whose form the objects are stored, if that is another one. ToStored and
	// FromStored convert them.
	Stored               *Kind
	ToStored, FromStored func(map[string]any) map[string]any
	// Deprecation is the warning that each request gets.
	Deprecation string

	// The rest is set for custom resources, and for CustomResourceDefinition.
	Custom  *object.Custom
	Columns []Column
	Scale   *ScalePaths // nil without the scale subresource
}

// Kinds lists all kinds in the order of the API server's discovery.
var Kinds = []*Kind{
	{
		Version:    "v1",
		Name:       "ConfigMap",
		Resource:   "configmaps",
		Singular:   "configmap",
		ShortNames: []string{"cm"},
		Namespaced: true,
		Hash:       "qFsyl6wFWjQ=",
	},
	{
		Version:     "v1",
		Name:        "Endpoints",
		Resource:    "endpoints",
		Singular:    "endpoints",
		ShortNames:  []string{"ep"},
		Namespaced:  true,
		Hash:        "fWeeMqaN/OA=",
		Deprecation: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
	},
	EventKind,
	{
		Version:      "v1",
		Name:         "Namespace",
		Resource:     "namespaces",
		Singular:     "namespace",
		ShortNames:   []string{"ns"},
		Subresources: []string{"status"},
		Graceful:     true,
		Hash:         "Q3oi5N2YM8M=",
	},
	{
		Version:      "v1",
		Name:         "Node",
		Resource:     "nodes",
		Singular:     "node",
		ShortNames:   []string{"no"},
		Subresources: []string{"status"},
		Hash:         "XwShjMxG9Fs=",
	},
	{
		Version:        "v1",
		Name:           "PersistentVolumeClaim",
		Resource:       "persistentvolumeclaims",
		Singular:       "persistentvolumeclaim",
		ShortNames:     []string{"pvc"},
		Namespaced:     true,
		Subresources:   []string{"status"},
		ReturnsDeleted: true,
		Hash:           "QWTyNDq0dC4=",
	},
	{
		Version:    "v1",
		Name:       "Pod",
		Resource:   "pods",
		Singular:   "pod",
		ShortNames: []string{"po"},
		Categories: []string{"all"},
		Namespaced: true,
		Subresources: []string{"attach", "ephemeralcontainers", "eviction", "exec", "log",
			"portforward", "resize", "status"},
		Graceful: true,
		Hash:     "xPOwRZ+Yhw8=",
	},
	{Version: "v1", Name: "Secret", Resource: "secrets", Singular: "secret", Namespaced: true,
		Hash: "S6u1pOWzb84="},
	{
		Version:        "v1",
		Name:           "ServiceAccount",
		Resource:       "serviceaccounts",
		Singular:       "serviceaccount",
		ShortNames:     []string{"sa"},
		Namespaced:     true,
		Subresources:   []string{"token"},
		ReturnsDeleted: true,
		Hash:           "pbx9ZvyFpBE=",
	},
	{
		Version:        "v1",
		Name:           "Service",
		Resource:       "services",
		Singular:       "service",
		ShortNames:     []string{"svc"},
		Categories:     []string{"all"},
		Namespaced:     true,
		Subresources:   []string{"status"},
		ReturnsDeleted: true,
		Hash:           "0/CO1lhkEBI=",
	},
	{
		Group:        "apps",
		Version:      "v1",
		Name:         "DaemonSet",
		Resource:     "daemonsets",
		Singular:     "daemonset",
		ShortNames:   []string{"ds"},
		Categories:   []string{"all"},
		Namespaced:   true,
		Subresources: []string{"status"},
		Hash:         "dd7pWHUlMKQ=",
	},
	{
		Group:        "apps",
		Version:      "v1",
		Name:         "Deployment",
		Resource:     "deployments",
		Singular:     "deployment",
		ShortNames:   []string{"deploy"},
		Categories:   []string{"all"},
		Namespaced:   true,
		Subresources: []string{"scale", "status"},
		Hash:         "8aSe+NMegvE=",
	},
	{
		Group:        "apps",
		Version:      "v1",
		Name:         "ReplicaSet",
		Resource:     "replicasets",
		Singular:     "replicaset",
		ShortNames:   []string{"rs"},
		Categories:   []string{"all"},
		Namespaced:   true,
		Subresources: []string{"scale", "status"},
		Hash:         "P1RzHs8/mWQ=",
	},
	{
		Group:        "apps",
		Version:      "v1",
		Name:         "StatefulSet",
		Resource:     "statefulsets",
		Singular:     "statefulset",
		ShortNames:   []string{"sts"},
		Categories:   []string{"all"},
		Namespaced:   true,
		Subresources: []string{"scale", "status"},
		Hash:         "H+vl74LkKdo=",
	},
	{
		Group:        "batch",
		Version:      "v1",
		Name:         "CronJob",
		Resource:     "cronjobs",
		Singular:     "cronjob",
		ShortNames:   []string{"cj"},
		Categories:   []string{"all"},
		Namespaced:   true,
		Subresources: []string{"status"},
		Hash:         "sd5LIXh4Fjs=",
	},
	{
		Group:        "batch",
		Version:      "v1",
		Name:         "Job",
		Resource:     "jobs",
		Singular:     "job",
		Categories:   []string{"all"},
		Namespaced:   true,
		Subresources: []string{"status"},
		Hash:         "mudhfqk/qZY=",
	},
	{
		Group:      "discovery.k8s.io",
		Version:    "v1",
		Name:       "EndpointSlice",
		Resource:   "endpointslices",
		Singular:   "endpointslice",
		Namespaced: true,
		Hash:       "qgS0xkrxYAI=",
	},
	eventsV1Kind,
	{
		Group:        "policy",
		Version:      "v1",
		Name:         "PodDisruptionBudget",
		Resource:     "poddisruptionbudgets",
		Singular:     "poddisruptionbudget",
		ShortNames:   []string{"pdb"},
		Namespaced:   true,
		Subresources: []string{"status"},
		Hash:         "EVWiDmWqyJw=",
	},
}

// KindByResource returns the kind of a URL's group, version and resource, or nil.
func KindByResource(group, version, resource string) *Kind {
	for _, k := range Kinds {
		if k.Group == group && k.Version == version && k.Resource == resource {
			return k
		}
	}
	return nil
}

// KindByName returns the kind of an object's apiVersion and kind, or nil.
func KindByName(apiVersion, name string) *Kind {
	for _, k := range Kinds {
		if k.APIVersion() == apiVersion && k.Name == name {
			return k
		}
	}
	return nil
}

// The kinds that the server itself works with.
var (
	PodKind       = KindByName("v1", "Pod")
	ServiceKind   = KindByName("v1", "Service")
	NodeKind      = KindByName("v1", "Node")
	NamespaceKind = KindByName("v1", "Namespace")
	JobKind       = KindByName("batch/v1", "Job")
	BudgetKind    = KindByName("policy/v1", "PodDisruptionBudget")
)

// APIVersion returns GROUP/VERSION, or VERSION for the core group.
func (k *Kind) APIVersion() string {
	if k.Group == "" {
		return k.Version
	}
	return k.Group + "/" + k.Version
}

// QualifiedName returns the kind's name in messages: "pods", "deployments.apps".
func (k *Kind) QualifiedName() string {
	if k.Group == "" {
		return k.Resource
	}
	return k.Resource + "." + k.Group
}

// Serves reports whether a server of version v has the subresource.
func (k *Kind) Serves(subresource string, v Version) bool {
	switch {
	case subresource == "ephemeralcontainers" && !v.AtLeast(1, 23),
		subresource == "resize" && !v.AtLeast(1, 33):
		return false
	}
	return slices.Contains(k.Subresources, subresource)
}

// GoType returns the API server's name of the kind in messages about conversions.
func (k *Kind) GoType() string {
	if k.Group == "" {
		return "*core." + k.Name
	}
	return "*" + k.Group + "." + k.Name
}
