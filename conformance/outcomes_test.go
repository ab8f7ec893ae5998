package conformance_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The last cell of each row of the document's tables names the behaviour that verifies the row.
func TestTheTablesOfOutcomesAreThoseOfTheSuite(t *testing.T) {
	text, err := os.ReadFile("../docs/ephemeral-containers.md")
	require.NoError(t, err)
	var held []string
	for _, b := range ephemeralContainers() {
		held = append(held, b.sentence)
	}
	var told []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|-") ||
			strings.HasSuffix(strings.TrimSpace(cells[len(cells)-1]), "held by") {
			continue
		}
		told = append(told, strings.TrimSpace(cells[len(cells)-1]))
	}
	require.ElementsMatch(t, held, told)
}
