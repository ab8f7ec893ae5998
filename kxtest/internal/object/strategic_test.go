package object_test

import (
	"testing"

	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/stretchr/testify/require"
)

// FuzzStrategicMerge checks that a merge does not change its arguments, and that an empty patch
// changes nothing. A patch without directives changes nothing when it is merged again.
func FuzzStrategicMerge(f *testing.F) {
	pod := `{"metadata":{"labels":{"a":"1"},"finalizers":["x/a","x/b"]},"spec":{"containers":[{"name":"a",` +
		`"image":"i","env":[{"name":"A","value":"1"}]},{"name":"b"}],"volumes":[{"name":"v","emptyDir":{}}]}}`
	for _, patch := range []string{
		`{"metadata":{"labels":{"a":null,"b":"2"}}}`,
		`{"spec":{"containers":[{"name":"b","image":"j"},{"name":"c","$patch":"delete"}]}}`,
		`{"spec":{"$setElementOrder/containers":[{"name":"b"},{"name":"a"}],"containers":[{"name":"b","image":"j"}]}}`,
		`{"metadata":{"$deleteFromPrimitiveList/finalizers":["x/a"],"finalizers":["x/c"]}}`,
		`{"spec":{"volumes":[{"name":"v","$retainKeys":["name","hostPath"],"hostPath":{"path":"/x"}}]}}`,
		`{"spec":{"containers":[{"$patch":"replace"},{"name":"z"}]}}`,
		`{"spec":{"containers":[1],"volumes":[[]],"tolerations":{"a":[{}]}}}`,
	} {
		f.Add(pod, patch)
	}
	f.Fuzz(func(t *testing.T, original, patch string) {
		o, err := object.Decode([]byte(original))
		if err != nil {
			return
		}
		p, err := object.Decode([]byte(patch))
		if err != nil {
			return
		}
		kind := object.Lookup("v1", "Pod")
		oBefore, pBefore := object.Copy(o), object.Copy(p)
		merged, err := kind.StrategicMerge(o, p)
		require.True(t, object.Equal(oBefore, o), "the object was changed")
		require.True(t, object.Equal(pBefore, p), "the patch was changed")
		same, emptyErr := kind.StrategicMerge(o, map[string]any{})
		require.NoError(t, emptyErr)
		require.True(t, object.Equal(o, same))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		_, err = object.Encode(merged)
		require.NoError(t, err)
	})
}

func TestAddedItemsPrecedeTheServersItems(t *testing.T) {
	original := decode(t, `{"spec":{"ephemeralContainers":[{"name":"a"},{"name":"b"}]}}`)
	patch := decode(t, `{"spec":{"ephemeralContainers":[{"name":"d"},{"name":"b","image":"i"},{"name":"c"}]}}`)
	merged, err := object.Lookup("v1", "Pod").StrategicMerge(original, patch)
	require.NoError(t, err)
	var names []string
	for _, c := range merged["spec"].(map[string]any)["ephemeralContainers"].([]any) {
		names = append(names, c.(map[string]any)["name"].(string))
	}
	require.Equal(t, []string{"d", "a", "b", "c"}, names)
}

func decode(t *testing.T, text string) map[string]any {
	t.Helper()
	decoded, err := object.Decode([]byte(text))
	require.NoError(t, err)
	return decoded
}
