package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheNewestEntryOfTheReleaseNotesMustBeThatOfTheVersion(t *testing.T) {
	const released = "# Changelog\n\n## 0.2.0 - 2026-12-01\n\n### Added\n\n## 0.1.0 - 2026-11-30\n"
	const unreleased = "# Changelog\n\n## Unreleased\n\n## 0.1.0 - 2026-11-30\n"
	tests := []struct {
		sentence, changelog, next, version, problem string
	}{
		{"a release has its entry", released, "v0.2.0", "v0.2.0", ""},
		{"a prerelease has the entry of its release", released, "v0.2.0", "v0.2.0-rc.1", ""},
		{"a prerelease has the entry of what is unreleased", unreleased, "v0.2.0", "v0.2.0-dev.1", ""},
		{"a release needs an entry with a date", unreleased, "v0.2.0", "v0.2.0", `is "Unreleased", and that of v0.2.0 would be "0.2.0 - YYYY-MM-DD"`},
		{"a release needs the newest entry", released, "v0.1.0", "v0.1.0", `is "0.2.0 - 2026-12-01", and that of v0.1.0`},
		{"a release has the version of the User-Agent", released, "v0.3.0", "v0.2.0", "the version is v0.2.0, and internal/version has v0.3.0"},
		{"there is an entry", "# Changelog\n", "v0.1.0", "v0.1.0", "has no entry"},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			err := checkEntry(test.changelog, test.next, test.version)
			if test.problem == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, test.problem)
		})
	}
}
