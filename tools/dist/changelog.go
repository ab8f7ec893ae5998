package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"golang.org/x/mod/semver"
)

// heading matches the heading of an entry of the release notes.
var heading = regexp.MustCompile(`(?m)^## (.*)$`)

// checkChangelog fails unless the newest entry of CHANGELOG.md is that of the version. An entry
// "Unreleased" is that of a prerelease of the next version. The version of the User-Agent must be
// that of the release too.
func checkChangelog(folder, version string) error {
	text, err := os.ReadFile(filepath.Join(folder, "CHANGELOG.md"))
	if err != nil {
		return err
	}
	next, err := nextVersion(folder)
	if err != nil {
		return err
	}
	return checkEntry(string(text), next, version)
}

func checkEntry(changelog, next, version string) error {
	released := strings.TrimSuffix(version, semver.Prerelease(version))
	if released != next {
		return fmt.Errorf("the version is %s, and internal/version has %s", version, next)
	}
	newest := heading.FindStringSubmatch(changelog)
	if newest == nil {
		return fmt.Errorf("CHANGELOG.md has no entry")
	}
	if released != version && newest[1] == "Unreleased" {
		return nil
	}
	number := strings.TrimPrefix(released, "v")
	entry := regexp.MustCompile(`^` + regexp.QuoteMeta(number) + ` - \d{4}-\d\d-\d\d$`)
	if !entry.MatchString(newest[1]) {
		return fmt.Errorf("the newest entry of CHANGELOG.md is %q, and that of %s would be "+
			"\"%s - YYYY-MM-DD\"", newest[1], version, number)
	}
	return nil
}
