package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The last cell of each row of the tables below Outcomes names the behaviour that tests the row.
func TestEachOutcomeInTheDocsIsTestedByABehaviour(t *testing.T) {
	text, err := os.ReadFile("../docs/ephemeral-containers.md")
	require.NoError(t, err)
	_, outcomes, ok := strings.Cut(string(text), "\n## Outcomes\n")
	require.True(t, ok)
	var tested []string
	for _, b := range ephemeralContainers() {
		tested = append(tested, b.sentence)
	}
	var documented []string
	for line := range strings.Lines(outcomes) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") ||
			strings.HasSuffix(strings.TrimSpace(cells[len(cells)-1]), "tested by") {
			continue
		}
		documented = append(documented, strings.TrimSpace(cells[len(cells)-1]))
	}
	require.ElementsMatch(t, tested, documented)
}
