package resources_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestAnOutlineKeepsTheWholePod(t *testing.T) {
	for _, name := range []string{"pod-full", "pod-pending", "pod-statefulset"} {
		t.Run(name, func(t *testing.T) {
			doc := read(t, name)
			var outline resources.PodOutline
			require.NoError(t, json.Unmarshal(doc, &outline))
			require.NotEmpty(t, outline.Spec.Containers)
			out, err := json.Marshal(outline)
			require.NoError(t, err)
			require.Equal(t, parse(t, doc), parse(t, out))

			var pod resources.Pod
			require.NoError(t, json.Unmarshal(out, &pod))
			require.Equal(t, pod.Status.Phase, outline.Status.Phase)
			require.Equal(t, pod.Spec.Containers[0].Image, outline.Spec.Containers[0].Image)
		})
	}
}

func TestAnOutlineHasTheMembersOfAPod(t *testing.T) {
	var like func(t *testing.T, outline, model reflect.Type)
	like = func(t *testing.T, outline, model reflect.Type) {
		for i := range outline.NumField() {
			field := outline.Field(i)
			counterpart, found := model.FieldByName(field.Name)
			require.True(t, found, "%s has no %s", model, field.Name)
			require.Equal(t, counterpart.Tag, field.Tag, "%s.%s", model, field.Name)
			ours, theirs := field.Type, counterpart.Type
			if ours.Kind() == reflect.Slice && theirs.Kind() == reflect.Slice {
				ours, theirs = ours.Elem(), theirs.Elem()
			}
			// An outline has the ephemeral container's fields too.
			if theirs == reflect.TypeFor[resources.Container]() {
				theirs = reflect.TypeFor[resources.EphemeralContainer]()
			}
			if strings.Contains(ours.Name(), "Outline") {
				like(t, ours, theirs)
				continue
			}
			require.Equal(t, theirs, ours, "%s.%s", model, field.Name)
		}
	}
	like(t, reflect.TypeFor[resources.PodOutline](), reflect.TypeFor[resources.Pod]())
	require.Equal(t, (*resources.Pod)(nil).APIKind(), (*resources.PodOutline)(nil).APIKind())

	methods := func(t reflect.Type) (names []string) {
		for i := range t.NumMethod() {
			names = append(names, t.Method(i).Name)
		}
		return names
	}
	require.Equal(t, methods(reflect.TypeFor[*resources.Pod]()), methods(reflect.TypeFor[*resources.PodOutline]()), "the same subresources")
}
