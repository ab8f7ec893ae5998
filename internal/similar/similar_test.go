package similar_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/similar"
)

func TestATypingErrorFindsTheWord(t *testing.T) {
	kinds := []string{"pods", "deployments", "deployment", "nodes", "jobs", "services", "secrets", "pods"}
	for word, want := range map[string][]string{
		"podz":       {"pods"},
		"pdos":       {"pods"},
		"pod":        {"pods"},
		"ppods":      {"pods"},
		"deploymet":  {"deployment"},
		"sercets":    {"secrets"},
		"dos":        nil,
		"bods":       {"pods"},
		"obs":        {"jobs"},
		"hpa":        nil,
		"widgets":    nil,
		"pods":       {"pods"},
		"":           nil,
		"deploymen":  {"deployment"},
		"deployment": {"deployment"},
	} {
		require.Equal(t, want, similar.To(word, kinds...), word)
	}
	require.Equal(t, []string{"jobs", "mobs"}, similar.To("obs", "jobs", "mobs", "cods"))
}

func TestALongWordFindsNothing(t *testing.T) {
	label := strings.Repeat("a", 63)
	require.Equal(t, []string{label}, similar.To(label[1:], label))
	require.Nil(t, similar.To(label+"a", label))
	require.Nil(t, similar.To(label, label+"a"))
}
