package resources

// Kind says what a kind of object is called and where the API server serves it.
type Kind struct {
	// Group is empty for the core group; Version is such as "v1".
	Group, Version string
	// Kind is the name in an object, such as "Pod"; Resource the one in a URL, such as "pods".
	Kind, Resource string
	// Namespaced is true for kinds whose objects live in a namespace.
	Namespaced bool
}

// APIVersion gives what stands in an object's apiVersion: "v1", "apps/v1".
func (k Kind) APIVersion() string {
	if k.Group == "" {
		return k.Version
	}
	return k.Group + "/" + k.Version
}

// String names the kind for a message: "pods", "deployments.apps".
func (k Kind) String() string {
	if k.Group == "" {
		return k.Resource
	}
	return k.Resource + "." + k.Group
}

// Model is what every kind of object is as a Go type: it knows its own kind and has metadata.
// A program's own types, such as those of a custom resource, can implement it and be used with New.
type Model interface {
	// APIKind gives the kind; it works on a nil pointer.
	APIKind() Kind
	// Meta gives the object's metadata to read or change.
	Meta() *ObjectMeta
}

// The capabilities: a kind has the method when its API has the subresource, so that asking for one that is not there does not compile.
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
)
