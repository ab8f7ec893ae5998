package podcopy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNamesThatAreTheSameFileHaveTheSameHash(t *testing.T) {
	for _, c := range []struct {
		system, name, other string
		same                bool
	}{
		{"linux", "d/File", "d/file", false},
		{"linux", "d/file.", "d/file", false},
		{"darwin", "d/File", "d/file", true},
		{"darwin", "d/file.", "d/file", false},
		{"windows", "D/File", "d/file", true},
		{"windows", "d./file .", "d/file", true},
		{"windows", "d/file", "d/other", false},
		{"windows", ".", "", false},
	} {
		same := folded(c.name, c.system) == folded(c.other, c.system)
		require.Equal(t, c.same, same, "%s: %q and %q", c.system, c.name, c.other)
	}
}
