// Package patch makes the four kinds of patch that the Kubernetes API takes,
// checks them before anything is sent, and applies or computes some locally.
//
// A [Patch] is one immutable value. A mistake made while building it (a value
// that does not encode, a malformed pointer) is kept in it and returned by
// [Patch.Encode], so that builders chain and a patch stays a single argument:
//
//	patch.Merge(map[string]any{"metadata": map[string]any{"labels": map[string]any{"app": "web"}}})
//	patch.JSON().Test("/spec/replicas", 2).Replace("/spec/replicas", 3)
//	patch.Apply(patch.YAML(text))
//
// # Which kind to use
//
//   - [Merge] (RFC 7386) sets the fields that it names; null deletes a field,
//     and a list replaces the whole list. Every kind takes it, custom resources
//     included.
//   - [JSON] (RFC 6902) is a list of operations on exact paths. It is the one to
//     append to a list or to touch one element, and its Test operation makes it
//     fail when the object is not as expected. A path must exist already: an add
//     below a missing field is refused.
//   - [Strategic] merges lists by the keys that the API declares (containers by
//     name), and takes directives such as $patch and $retainKeys. Only the
//     server knows those keys; custom resources do not take it.
//   - [Apply] (server-side apply) states the fields that a field manager wants to
//     own. What the manager stated before and leaves out now is removed; a field
//     of another manager is a conflict unless the request is forced.
//
// # Ephemeral containers
//
// The ephemeralcontainers subresource of a pod lets entries be added, never
// changed or removed. Merge works only while the pod has none: it replaces the
// list, and so removes what is there, which the server refuses. JSON with Add
// at "/spec/ephemeralContainers/-" works only while the pod has some: without
// any the list is absent, and there is nothing to append to. Strategic works in
// both cases, since it merges the list by name. A second Apply by the same field
// manager must repeat the containers of the first, or it means to remove them.
//
// # Values
//
// [Merge], [Strategic] and [Apply] take any Go value that encodes to a JSON
// object with github.com/go-json-experiment/json (a map, a struct, a model), raw
// JSON as a string, a []byte or a jsontext.Value, or YAML by way of [YAML].
// Number literals of raw JSON and of YAML are sent as they were written. [Parse]
// takes what a user wrote, JSON or YAML, for a kind known only at run time.
//
// Only [YAML], [YAMLToJSON] and [Parse] need the YAML parser, and only
// [Patch.ApplyTo] and [Diff] need the json-patch library: a program that calls
// none of them links the code of neither, but for the initial values of their
// package variables.
package patch
