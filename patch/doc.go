// Package patch makes, checks, applies and computes the four kinds of patch of the Kubernetes API.
//
//	p := patch.JSON().Test("/spec/replicas", 2).Replace("/spec/replicas", 3)
//	p = patch.Merge(map[string]any{"spec": map[string]any{"replicas": 3}})
//	p = patch.Apply(patch.YAML(text))
//	body, err := p.Encode()
//	if err != nil {
//		log.Fatal(err) // a mistake in the patch: nothing was sent
//	}
//	fmt.Println(p.ContentType(), string(body))
//
// A [Patch] is an immutable value. It keeps the first mistake made while it was built, such as a
// malformed pointer, and [Patch.Encode] returns that.
//
// # Which kind to use
//
//   - [Merge] (RFC 7386) sets the fields that it has. null deletes a field, and a list replaces
//     the whole list. Every kind of object accepts a merge patch.
//   - [JSON] (RFC 6902) is a list of operations on exact paths. It can append to a list or change
//     one element, and its Test operation makes the patch fail for an unexpected object. The parent
//     of a path must exist.
//   - [Strategic] merges lists by the keys that the API declares, such as a container's name, and
//     takes directives such as $patch. Only the server knows those keys. Custom resources do not
//     accept a strategic patch.
//   - [Apply] (server-side apply) states the fields that a field manager owns. The server removes a
//     field that the manager stated before and now leaves out. A field of another manager is a
//     conflict, unless the request is forced.
//
// # Ephemeral containers
//
// The ephemeralcontainers subresource of a pod accepts new entries. It refuses changed and removed
// ones.
//
//	kind        pod without ephemeral containers     pod with some
//	Merge       works                                refused: replaces the list, and so removes
//	JSON, Add   refused at .../ephemeralContainers/-  works
//	            (the list is absent)
//	Strategic   works                                works: merges the list by name
//	Apply       works                                must repeat the manager's own containers
//
// # Values
//
// [Merge], [Strategic] and [Apply] take:
//
//   - any Go value that github.com/go-json-experiment/json encodes to an object: a map, a struct, a
//     model;
//   - raw JSON as a string, a []byte or a jsontext.Value;
//   - YAML, through [YAML].
//
// Number literals of raw JSON and of YAML are sent as they are written. [Parse] takes a user's text
// and a kind that is known only at run time.
//
// # Linking
//
// [YAML], [YAMLToJSON] and [Parse] need the YAML parser; [Patch.ApplyTo] and [Diff] need the
// json-patch library. A program that calls none of them does not link these libraries, except for
// their package variables.
package patch
