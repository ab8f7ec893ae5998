package kx_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// readmeTests name the tests and the behaviours of each row of README's table against kubectl, of
// what it says of kubectl and client-go as well. The row of docs/performance.md after benchRow has
// the figures.
var readmeTests = map[string][]string{
	"a debug image that cannot be pulled": {"kx debug fails at once if the image does not exist"},
	"exit status of `debug`": {
		"TestDebugExitsWith127Or126IfTheProgramCannotStartAndWith125IfKxFails",
		"kx debug has the program's exit status, and that of kubectl debug is 0",
	},
	"a namespace with restricted Pod Security": {
		"TestAutoTriesTheNextProfileAfterTheRefusalOfAPolicyOnly",
		"auto prints the profiles that it tried, and the server's last refusal",
	},
	"a pod that does not run": {
		"TestThePageOfAPodThatEndsAgainAndAgain",
		"kx describe of a pod in CrashLoopBackOff names the exit code and the log of the last run",
	},
	"debug containers pile up": {
		"kx debug ls prints the state of each debug container of a pod, and who added it",
		"kx debug stop --all ends each running container",
		"kx debug --reuse uses the newest running container that matches, or adds a container",
	},
	"`logs -f` over a restart or a lost connection": {
		"kx logs -f goes on with the next run of a container, and an interruption ends it with 0",
		"a log followed over 100 cuts loses and repeats nothing",
		"TestAFollowedLogOfClientGoEndsWithItsConnection",
	},
	"an apply that conflicts with another manager": {
		"TestAConflictIsExplainedByManagerAndField",
		"kx says which value a conflict is about, and kubectl only the field and its manager",
	},
	"a custom resource and its definition in one `apply`": {
		"kx creates and applies a definition and objects of its kind in one run",
		"kx applies a definition and objects of its kind in one run, and kubectl in two",
	},
	"files of a container without tar": {
		"TestCpSuggestsViaDebugForAContainerWithoutTar",
		"kx cp --via-debug copies a file into a container without a shell and out again",
	},
	"fields that the client does not know": {
		"TestUnknownMembersAtEveryLevelSurvive",
		"TestTheTypesOfClientGoLoseUnknownFieldsAndItsDynamicClientKeepsThem",
	},
	"a stream that is lost": {
		"TestALostStreamIsNeverASuccess",
		"TestAnExecOfClientGoWithoutAStatusSucceedsIfItIsClosedInOrder",
	},
	"`exec`, `logs`, `debug` … without a pod's name": {
		"TestAVerbWithoutAPodLetsTheUserChoose",
		"TestTheChooserShowsSickPodsFirst",
		"kx exec without a pod lets the user choose one, and the program gets the terminal",
	},
	"size of the command":                    {"TestProgramsStaySmall"},
	"smallest program that adds a container": {"TestClientGoLinksMoreThanThreeTimesAsMuchAsKx"},
	"prompt of `debug -it`":                  {benchRow + "prompt of debug -it", "the time of kx and kubectl until a debug container has a prompt is measured"},
	"`get pods` of 5,000 pods":               {benchRow + "get pods"},
}

const benchRow = "make bench: "

func TestEachRowOfTheReadmeAgainstKubectlHasATest(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, table, ok := strings.Cut(string(text), "| | kubectl, client-go | kx |\n|---|---|---|\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n\n")
	files := goFiles(t, ".", true)
	delete(files, "readme_test.go")
	sources := strings.Join(slices.Collect(maps.Values(files)), "")
	elapsed := benchTable(t, "Elapsed time")
	rows := regexp.MustCompile(`(?m)^\| (.+?) \| (.+?) \| (.+?) \|$`).FindAllStringSubmatch(table, -1)
	require.Len(t, rows, len(readmeTests))
	for _, row := range rows {
		require.NotEmpty(t, readmeTests[row[1]], row[0])
		for _, name := range readmeTests[row[1]] {
			measured, isMeasured := strings.CutPrefix(name, benchRow)
			if isMeasured {
				require.Contains(t, elapsed, "\n| `"+measured+"` | "+row[3]+" | "+row[2]+" | ", row[0])
				continue
			}
			isBehaviour := strings.Contains(sources, `{"`+name+`",`)
			require.True(t, isBehaviour || len(foldersWith(files, name)) > 0, "%s: %s", row[0], name)
		}
	}
}

// benchTable returns a table that make bench has written, with 5,000 pods on the server.
func benchTable(t *testing.T, title string) string {
	text, err := os.ReadFile("docs/performance.md")
	require.NoError(t, err)
	_, figures, ok := strings.Cut(string(text), "\n<!-- make bench -->\n")
	require.True(t, ok)
	require.Contains(t, figures, ", with 5,000 and ")
	_, table, ok := strings.Cut(figures, "\n### "+title+"\n")
	require.True(t, ok)
	table, _, _ = strings.Cut(table, "\n### ")
	return table
}
