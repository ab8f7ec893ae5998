package command

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelectorsThatAreGivenTwiceAreJoined(t *testing.T) {
	var s SelectorFlag
	for _, step := range []struct{ text, want string }{
		{"", ""}, {" \t\n", ""}, {"a=b", "a=b"}, {"", "a=b"}, {" ", "a=b"}, {"c in (d,e)", "a=b,c in (d,e)"}, {"!f", "a=b,c in (d,e),!f"},
	} {
		require.NoError(t, s.Set(step.text))
		require.Equal(t, step.want, s.String())
	}
}

func TestASelectorWithoutARequirementIsAnError(t *testing.T) {
	for _, text := range []string{",", " , ,"} {
		var s SelectorFlag
		require.ErrorContains(t, s.Set(text), "has no requirement")
		require.Empty(t, s)
	}
}
