package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

func TestHelpHasTopics(t *testing.T) {
	page := clitest.Execute(t.Context(), "", "help", "topics").Out
	for i := range topics {
		require.Contains(t, page, "\n  "+topics[i].Name+" ")
		for _, cmd := range NewRoot(&command.Invocation{}).Commands() {
			require.NotEqual(t, topics[i].Name, cmd.Name())
		}
		r := clitest.Execute(t.Context(), "", "help", topics[i].Name)
		require.Zero(t, r.Code)
		require.Empty(t, r.Err)
		for line := range strings.Lines(r.Out) {
			require.LessOrEqual(t, len([]rune(strings.TrimSuffix(line, "\n"))), 80, line)
		}
	}
	require.Equal(t, `error: unknown command "topic"; see kx help --help`, clitest.Execute(t.Context(), "", "help", "topic").RequireError(t, 2))
}

// The test reads the sources: a variable that kx begins to read is on the page of the environment.
func TestTheTopicOfTheEnvironmentHasEveryVariable(t *testing.T) {
	page := clitest.Execute(t.Context(), "", "help", "environment").Out
	read := regexp.MustCompile(`"(KX_[A-Z_]+|NO_COLOR|TERM|KUBECONFIG|POD_NAMESPACE)"`)
	for _, folder := range []string{"../command", "../debugcmd", ".", "../../../../kubeconfig"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			source, err := os.ReadFile(file)
			require.NoError(t, err)
			for _, found := range read.FindAllStringSubmatch(string(source), -1) {
				require.Contains(t, page, "  "+found[1]+" ", file)
			}
		}
	}
}
