package kx_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readmeTests name the test or the behaviour of each row of README's table against kubectl. The
// figures are those of docs/performance.md.
var readmeTests = map[string]string{
	"a pod that does not run":                             "TestThePageOfAPodThatEndsAgainAndAgain",
	"an apply that conflicts with another manager":        "TestAConflictIsExplainedByManagerAndField",
	"a custom resource and its definition in one `apply`": "kx creates and applies a definition and objects of its kind in one run",
	"a debug image that cannot be pulled":                 "kx debug fails at once if the image does not exist",
	"exit status of `debug`":                              "TestDebugExitsWith127Or126IfTheProgramCannotStartAndWith125IfKxFails",
	"a namespace with restricted Pod Security":            "TestAutoTriesTheNextProfileAfterTheRefusalOfAPolicyOnly",
	"debug containers pile up":                            "kx debug stop --all ends each running container",
	"`logs -f` over a restart or a lost connection":       "kx logs -f goes on with the next run of a container, and an interruption ends it with 0",
	"files of a container without tar":                    "TestCpSuggestsViaDebugForAContainerWithoutTar",
	"fields that the client does not know":                "TestUnknownMembersAtEveryLevelSurvive",
	"a stream that is lost":                               "TestALostStreamIsNeverASuccess",
	"`exec`, `logs`, `debug` … without a pod's name":      "kx exec without a pod lets the user choose one, and the program gets the terminal",
	"size of the command":                                 "TestProgramsStaySmall",
	"smallest program that adds a container":              "TestClientGoLinksMoreThanThreeTimesAsMuchAsKx",
	"prompt of `debug -it`":                               "the time of kx and kubectl until a debug container has a prompt is measured",
	"`get pods`":                                          "docs/performance.md",
}

func TestEachRowOfTheReadmeAgainstKubectlHasATest(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "| | kubectl, client-go | kx |\n|---|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	var sources strings.Builder
	require.NoError(t, filepath.WalkDir(".", func(path string, _ os.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") || path == "readme_test.go" {
			return err
		}
		source, err := os.ReadFile(path)
		sources.Write(source)
		return err
	}))
	performance, err := os.ReadFile("docs/performance.md")
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| (.+?) \| (.+?) \| (.+?) \|$`).FindAllStringSubmatch(table, -1)
	require.Len(t, rows, len(readmeTests))
	for _, row := range rows {
		name := readmeTests[row[1]]
		require.NotEmpty(t, name, row[0])
		if name == "docs/performance.md" {
			require.Contains(t, string(performance), "| "+row[1]+", elapsed | "+row[3]+" | "+row[2]+" |")
			continue
		}
		isTest := strings.Contains(sources.String(), "\nfunc "+name+"(t *testing.T) {")
		require.True(t, isTest || strings.Contains(sources.String(), `{"`+name+`", `), row[0])
	}
}
