package object_test

import (
	"testing"

	"github.com/kx-k8s/kx/kxtest/internal/object"
	"github.com/stretchr/testify/require"
)

func TestAZeroSelectorSelectsAll(t *testing.T) {
	require.True(t, object.LabelSelector{}.Matches(map[string]any{}))
	require.True(t, object.FieldSelector{}.Matches(map[string]any{}))
}

func TestAFieldSelectorReturnsTheNameThatItRequires(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "metadata.name=a": "a", "spec.nodeName=n,metadata.name==a": "a", "metadata.name!=a": "",
		`metadata.name=a\,b`: "a,b",
	} {
		s, err := object.ParseFieldSelector("v1", "Pod", text)
		require.NoError(t, err)
		require.Equal(t, want, s.Name(), text)
	}
}

// FuzzSelectors checks that any text parses or fails, and that a selector can be matched with any
// object.
func FuzzSelectors(f *testing.F) {
	for _, text := range []string{
		"", "a=b", "a in (b,,c),!d", "n>5,m<-1", "notin notin (notin)", "a,", "metadata.name=a,status.phase!=Running",
		`metadata.name=\`, "=,=", "(", "a=b=c",
	} {
		f.Add(text, "a", "b")
	}
	f.Fuzz(func(t *testing.T, text, key, value string) {
		o := map[string]any{"metadata": map[string]any{"name": value, "labels": map[string]any{key: value}}}
		if s, err := object.ParseLabelSelector(text); err != nil {
			require.NotEmpty(t, err.Error())
		} else {
			s.Matches(o)
			s.Matches(map[string]any{})
		}
		if s, err := object.ParseFieldSelector("v1", "Pod", text); err != nil {
			require.NotEmpty(t, err.Error())
		} else {
			require.False(t, s.Name() != "" && s.Name() != value && s.Matches(o))
		}
	})
}
