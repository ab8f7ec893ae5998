// Package object implements what a Kubernetes API server does to an object between the wire and its
// store. It decodes strictly, prunes unknown fields, patches, tracks managed fields, sets defaults,
// validates and selects. It uses no HTTP and stores nothing.
//
// [Write] is the entry point. Its methods take a request's body and the stored object, and return
// the object to store or a [*Status], which is the refusal:
//
//	w := &object.Write{
//		APIVersion: "v1", Kind: "Pod", Resource: "pods", Namespace: "default",
//		Manager: "kx", Time: "2026-01-02T03:04:05Z",
//	}
//	pod, err := w.Create(body)
//	if err != nil {
//		return err // a *object.Status, such as a 422 with its causes
//	}
//	store(pod, w.Warnings)
//
// The methods of [Type] (Read, StrategicMerge, Update, Apply) and functions such as [Validate] are
// the steps.
//
// An object is decoded JSON, as in the API server itself: map[string]any, []any, string, bool and
// nil. An integer literal that fits is an int64; every other number is a float64. Functions do not
// change their arguments, except where their comment says so.
//
// Types come from the server's OpenAPI v2 document, trimmed to the kinds that kxtest serves (see
// [Lookup] and the folder gen). Messages are those of Kubernetes 1.35.4. The scenarios in testdata
// have the answers of a real API server, and the tests replay them. The program in the folder
// record records them.
package object

//go:generate sh -c "kubectl get --raw /openapi/v2 | go run ./gen -o schema.json"
