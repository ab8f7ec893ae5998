package resources

// Kind is a kind of object: its name, and where the API server serves it.
type Kind struct {
	// Group is empty for the core group. Version is, for example, "v1".
	Group, Version string
	// Kind is the name in an object, such as "Pod". Resource is the name in a URL, such as "pods".
	Kind, Resource string
	// Namespaced is true for kinds whose objects live in a namespace.
	Namespaced bool
}

// APIVersion returns the apiVersion of an object, such as "v1" or "apps/v1".
func (k Kind) APIVersion() string {
	if k.Group == "" {
		return k.Version
	}
	return k.Group + "/" + k.Version
}

// String returns the kind's name for messages, such as "pods" or "deployments.apps".
func (k Kind) String() string {
	if k.Group == "" {
		return k.Resource
	}
	return k.Resource + "." + k.Group
}

// Model is a kind of object as a Go type. A program's own types, such as one for a custom resource,
// can implement it and be used with New.
type Model interface {
	// APIKind returns the kind. It works on a nil pointer.
	APIKind() Kind
	// Meta returns the object's metadata, to read or change.
	Meta() *ObjectMeta
}

// The capabilities. A model has the method if its API has the subresource, so that a request for
// another subresource does not compile.
type (
	// HasEphemeralContainers is implemented by kinds with the ephemeralcontainers subresource.
	HasEphemeralContainers interface{ HasEphemeralContainers() }
	// HasScale is implemented by kinds with the scale subresource.
	HasScale interface{ HasScale() }
	// HasStatus is implemented by kinds with the status subresource.
	HasStatus interface{ HasStatus() }
	// HasExec is implemented by kinds with the exec subresource.
	HasExec interface{ HasExec() }
	// HasAttach is implemented by kinds with the attach subresource.
	HasAttach interface{ HasAttach() }
	// HasLog is implemented by kinds with the log subresource.
	HasLog interface{ HasLog() }
	// HasPortForward is implemented by kinds with the portforward subresource.
	HasPortForward interface{ HasPortForward() }
	// HasResize is implemented by kinds with the resize subresource.
	HasResize interface{ HasResize() }
	// HasEviction is implemented by kinds with the eviction subresource.
	HasEviction interface{ HasEviction() }
)
