package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestTheTranscriptOfASessionIsReplayedAndMadeAPage(t *testing.T) {
	c := clitest.Start(t)
	folder := t.TempDir()
	cast, page := filepath.Join(folder, "s.cast"), filepath.Join(folder, "s.html")
	r := c.Kx("exec", "shell", "-c", "main", "--record", cast, "--", "sh", "-c", `printf 'a\377b\n'; echo problem >&2; exit 3`)
	require.Equal(t, 3, r.Code, r.Err)
	require.Contains(t, []string{"a\xffb\nproblem\n", "problem\na\xffb\n"}, c.MustRun("record", "play", cast), "byte for byte")
	require.Empty(t, c.MustRun("record", "html", cast, "-o", page))
	content, err := os.ReadFile(page)
	require.NoError(t, err)
	for _, want := range []string{"<h1>exec in container main of pod shell</h1>", "<dt>Exit status<dd>3\n", "<dt>Transcript<dd>s.cast\n", "a\ufffdb\n", "problem\n"} {
		require.Contains(t, string(content), want)
	}
	info, err := os.Stat(page)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	require.Equal(t, string(content), c.MustRun("record", "html", cast))
	t.Chdir(folder)
	require.Equal(t, string(content), c.MustRun("record", "html", cast, "-o", "-"))
	require.NoFileExists(t, "-")
	require.Contains(t, c.Kx("record", "html", cast, "-o", page).RequireError(t, 1), "file exists")
}

func TestRecordCommandsAskNoServer(t *testing.T) {
	path := clitest.WriteFile(t, "s.cast", `{"version":3}`+"\n"+`[9e9,"o","text\n"]`)
	require.Equal(t, clitest.Result{Out: "text\n"}, clitest.Execute(t.Context(), "", "--kubeconfig", "/nowhere", "record", "play", path), "without a wait")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, clitest.Result{Out: "text\n"}, clitest.Execute(t.Context(), string(text), "record", "play", "-"))
	page := clitest.Execute(t.Context(), "", "--kubeconfig", "/nowhere", "record", "html", path)
	require.Equal(t, 0, page.Code, page.Err)
	require.Contains(t, page.Out, "text")
}

func TestAFileThatIsNoTranscriptIsNamedWithItsLine(t *testing.T) {
	broken := clitest.WriteFile(t, "s.cast", `{"version":3}`+"\nhello\n[0,\"o\",\"x\"]\n")
	for _, verb := range []string{"play", "html"} {
		require.Contains(t, clitest.Execute(t.Context(), "", "record", verb, broken).RequireError(t, 1), "cannot read the transcript "+broken+": line 2 is no asciicast: ")
		require.Contains(t, clitest.Execute(t.Context(), "", "record", verb, "/nowhere").RequireError(t, 1), "no such file")
	}
}
