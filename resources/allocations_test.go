package resources_test

import (
	"runtime"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// The limits are a tenth above what a recorded pod needs. client-go makes 158 allocations for it,
// of 13,200 bytes.
func TestDecodingAPodAllocatesLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates, too: make test runs it without")
	}
	const pods = 200
	doc := podList(t, pods)
	for name, test := range map[string]struct {
		list               func() any
		allocations, bytes uint64 // of a pod
	}{
		"a model":  {func() any { return new(resources.List[resources.Pod]) }, 88, 12_000},
		"metadata": {func() any { return new(resources.List[resources.PartialObjectMetadata]) }, 22, 8_000},
		"any kind": {func() any { return new(resources.List[resources.Object]) }, 22, 8_000},
	} {
		t.Run(name, func(t *testing.T) {
			decode := func() { require.NoError(t, json.Unmarshal(doc, test.list())) }
			decode() // fills the caches of the types
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			decode()
			runtime.ReadMemStats(&after)
			require.LessOrEqual(t, (after.Mallocs-before.Mallocs)/pods, test.allocations)
			require.LessOrEqual(t, (after.TotalAlloc-before.TotalAlloc)/pods, test.bytes)
		})
	}
}
