package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

func TestATerminalShowsThePrefixesAndMatchesOfLogsInColour(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "two"}, "spec": {"nodeName": "kx-node", "restartPolicy": "Never", "containers": [
		{"name": "a", "image": %q, "command": ["echo", "one"]}, {"name": "b", "image": %[1]q, "command": ["printf", "t\\033[2Jwo\\n"]}]}}`, kxtest.BusyboxImage))
	require.NoError(t, err)
	c.WaitForPod("default", "two", `"phase":"Succeeded"`)
	const colourOfA, colourOfB, end = "\x1b[34m", "\x1b[31m", "\x1b[0m"
	coloured := colourOfA + "[pod/two/a]" + end + " %s\r\n" + colourOfB + "[pod/two/b]" + end + " t\\x1b[2Jw%s\r\n"
	plain := "[pod/two/a] one\r\n[pod/two/b] t\\x1b[2Jwo\r\n"
	match := "\x1b[1;31mo" + end
	for name, test := range map[string]struct{ flags, term, noColor, want string }{
		"prefixes":                       {"--prefix", "xterm", "", fmt.Sprintf(coloured, "one", "o")},
		"prefixes and matches":           {"--prefix --grep o", "xterm", "", fmt.Sprintf(coloured, match+"ne", match)},
		"NO_COLOR":                       {"--prefix --grep o", "xterm", "1", plain},
		"a terminal that has no colours": {"--prefix --grep o", "dumb", "", plain},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TERM", test.term)
			t.Setenv("NO_COLOR", test.noColor)
			w := clitest.NewTerminal(t)
			w.Start(c, append([]string{"logs", "two", "--all-containers"}, strings.Fields(test.flags)...)...)
			w.WaitForExit(0)
			w.WaitFor(test.want)
			require.Equal(t, test.want, w.Shown.String())
		})
	}
	require.Equal(t, "[pod/two/a] one\n[pod/two/b] t\x1b[2Jwo\n", c.MustRun("logs", "two", "--all-containers", "--prefix", "--grep", "o"), "a pipe gets no colours")
}

func TestLogsCleansWhatMovesTheCursorOnATerminalUnlessRaw(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(fmt.Sprintf(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "one"}, "spec": {"nodeName": "kx-node", "restartPolicy": "Never", "containers": [
		{"name": "a", "image": %q, "command": ["printf", "\\033[2Ja\\033]0;t\\007\\n"]}]}}`, kxtest.BusyboxImage))
	require.NoError(t, err)
	c.WaitForPod("default", "one", `"phase":"Succeeded"`)
	const came = "\x1b[2Ja\x1b]0;t\a\n"
	for flag, want := range map[string]string{"--raw=false": `\x1b[2Ja\x1b]0;t\a` + "\r\n", "--raw": strings.ReplaceAll(came, "\n", "\r\n")} {
		w := clitest.NewTerminal(t)
		w.Start(c, "logs", "one", flag)
		w.WaitForExit(0)
		w.WaitFor(want)
		require.Equal(t, came, c.MustRun("logs", "one", flag), "a pipe gets each byte")
	}
}
