package resources_test

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// podList returns a list of n pods made from a recorded one. Each has its own name and address.
func podList(b testing.TB, n int) []byte {
	b.Helper()
	var list struct {
		Items []jsontext.Value `json:"items"`
	}
	require.NoError(b, json.Unmarshal(read(b, "pod-list"), &list))
	pod := list.Items[0]
	var name struct{ Metadata struct{ Name string } }
	require.NoError(b, stdjson.Unmarshal(pod, &name))

	doc := []byte(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[`)
	for i := range n {
		if i > 0 {
			doc = append(doc, ',')
		}
		doc = append(doc, bytes.ReplaceAll(pod, []byte(name.Metadata.Name), fmt.Appendf(nil, "web-%d", i))...)
	}
	return append(doc, "]}"...)
}

func BenchmarkDecode5000Pods(b *testing.B) {
	doc := podList(b, 5000)
	run := func(name string, decode func([]byte, any) error, list func() any) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			b.ReportAllocs()
			for b.Loop() {
				require.NoError(b, decode(doc, list()))
			}
		})
	}
	v2 := func(doc []byte, v any) error { return json.Unmarshal(doc, v) }
	run("model", v2, func() any { return new(resources.List[resources.Pod]) })
	run("model through encoding/json", stdjson.Unmarshal, func() any { return new(resources.List[resources.Pod]) })
	run("any kind", v2, func() any { return new(resources.List[resources.Object]) })
	run("metadata", v2, func() any { return new(resources.List[resources.PartialObjectMetadata]) })
	run("map", v2, func() any { return new(any) })
	run("map with encoding/json", stdjson.Unmarshal, func() any { return new(any) })
}

func BenchmarkEncode5000Pods(b *testing.B) {
	doc := podList(b, 5000)
	var list resources.List[resources.Pod]
	require.NoError(b, json.Unmarshal(doc, &list))
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := json.Marshal(&list)
		require.NoError(b, err)
	}
}
