// Package object is what a Kubernetes API server does to an object between
// the wire and its store: it reads it strictly, drops the fields the type does
// not have, patches it, keeps its managed fields, sets defaults, validates it
// and selects it. It speaks no HTTP and holds no objects.
//
// An object is decoded JSON: map[string]any, []any, string, bool, nil, int64
// for an integer literal that fits one, and float64 for every other number, as
// in the API server itself. Functions never change their arguments unless
// their comment says so.
//
// [Write] is the way in: its methods make of a request's body, and of the
// stored object, the object to store or the server's refusal. The functions
// below it (Read, StrategicMerge, Update, Apply, Validate and so on) are its
// steps.
//
// Types come from the server's own OpenAPI v2 document, trimmed to what the
// served kinds reach (see [Lookup] and the gen folder). Messages are those of
// Kubernetes 1.35.4: the scenarios in testdata hold what a real API server
// answered, and the tests replay them (the record folder has the program that
// asks it).
package object

//go:generate sh -c "kubectl get --raw /openapi/v2 | go run ./gen -o schema.json"
