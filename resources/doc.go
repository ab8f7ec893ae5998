// Package resources holds the objects of the Kubernetes API as Go types, and API[T], the calls on one kind of them.
//
// A model keeps what it does not know: each struct has a field Unknown with the fields that its Go type lacks, so that
// an object which is read, changed and written back loses nothing.
//
//	pods := resources.New[resources.Pod](client, resources.InNamespace("default"))
//	pod, err := pods.Get(ctx, "web-0")
//
// Subresources are in package subresource; kinds that are known by name only are served by ForKind and Object.
package resources
