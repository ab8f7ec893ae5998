package patch_test

import (
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/patch"
)

func ExampleJSON() {
	p := patch.JSON().
		Test("/a", 2).
		Add(patch.Pointer("metadata", "labels", "a/b"), "c")
	body, err := p.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(body))
	fmt.Println(p.Type().ContentType())
	// Output:
	// [{"op":"test","path":"/a","value":2},{"op":"add","path":"/metadata/labels/a~1b","value":"c"}]
	// application/json-patch+json
}

func ExampleMerge() {
	p := patch.Merge(map[string]any{
		"metadata": map[string]any{"labels": map[string]any{"app": "web", "debug": nil}},
	})
	body, err := p.Encode()
	fmt.Println(string(body), err)
	fmt.Println(p.Type().ContentType())
	// Output:
	// {"metadata":{"labels":{"app":"web","debug":null}}} <nil>
	// application/merge-patch+json
}

func ExampleStrategic() {
	p := patch.Strategic(`{"spec": {"ephemeralContainers": [{"name": "debugger", "image": "busybox:1"}]}}`)
	body, err := p.Encode()
	fmt.Println(string(body), err)
	fmt.Println(p.Type().ContentType())
	// Output:
	// {"spec":{"ephemeralContainers":[{"name":"debugger","image":"busybox:1"}]}} <nil>
	// application/strategic-merge-patch+json
}

func ExampleApply() {
	p := patch.Apply(patch.YAML([]byte(`
apiVersion: v1
kind: Pod
metadata:
  name: web-0
  labels: {app: web}
`)))
	body, err := p.Encode()
	fmt.Println(string(body), err)
	fmt.Println(p.Type().ContentType())
	// Output:
	// {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","labels":{"app":"web"}}} <nil>
	// application/apply-patch+yaml
}

func ExampleParse() {
	p, err := patch.Parse(patch.TypeMerge, []byte("spec:\n  replicas: 3\n"))
	fmt.Println(p, err)

	_, err = patch.Parse(patch.TypeMerge, []byte("spec:\n\treplicas: 3\n"))
	fmt.Println(err)
	var syntax *patch.SyntaxError
	fmt.Println(errors.As(err, &syntax), syntax.Line, syntax.Column)
	// Output:
	// merge patch (23 bytes) <nil>
	// merge patch: invalid YAML at line 2, column 1: found character that cannot start any token
	// true 2 1
}

func ExamplePointer() {
	fmt.Println(patch.Pointer("metadata", "annotations", "example.com/a"))
	fmt.Println(patch.Pointer("spec", "ephemeralContainers", "-"))
	// Output:
	// /metadata/annotations/example.com~1a
	// /spec/ephemeralContainers/-
}

func ExampleDiff() {
	p, err := patch.Diff(
		[]byte(`{"metadata": {"name": "web-0", "labels": {"app": "web", "debug": "yes"}}}`),
		[]byte(`{"metadata": {"name": "web-0", "labels": {"app": "shop"}}}`),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	body, err := p.Encode()
	fmt.Println(string(body), err)
	// Output:
	// {"metadata":{"labels":{"app":"shop","debug":null}}} <nil>
}

func ExamplePatch_ApplyTo() {
	doc := []byte(`{"spec": {"replicas": 2, "paused": false}}`)
	out, err := patch.JSON().Test("/spec/replicas", 2).Replace("/spec/replicas", 3).ApplyTo(doc)
	fmt.Println(string(out), err)

	_, err = patch.JSON().Test("/spec/replicas", 1).ApplyTo(doc)
	fmt.Println(errors.Is(err, patch.ErrTestFailed), err)
	// Output:
	// {"spec":{"paused":false,"replicas":3}} <nil>
	// true json patch: operation 1 (test "/spec/replicas"): test failed: want 1, got 2
}

func ExampleYAMLToJSON() {
	out, err := patch.YAMLToJSON([]byte("defaultMode: 0644\nexpires: 2030-01-31\nratio: 1.0\n"))
	fmt.Println(string(out), err)
	// Output:
	// {"defaultMode":420,"expires":"2030-01-31","ratio":1.0} <nil>
}
