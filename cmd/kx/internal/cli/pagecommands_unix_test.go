//go:build unix

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

// notRun are the commands of sh blocks that no test runs as they stand, by the beginnings of their
// lines, and why.
var notRun = map[string]string{
	"kx debug shell --copy-to shell-copy -c main -it -- sh": "needs a terminal: a behaviour of conformance/debugpods_test.go",
	"kx debug stop shell-copy":                              "stops the copy of the line before",
	"kx debug pvc/data":                                     "needs a claim on a node: conformance/debugclaims_test.go",
	"kx logs shell -c main --previous":                      "needs a restarted container: conformance/logscommand_test.go",
	"kx attach shell -c tools -it":                          "needs a terminal: conformance/tmux_test.go",
	"kx --allow-exec-plugin gke-gcloud-auth-plugin":         "names a plugin of GKE: cmd/kx/internal/command/connectionplugin_linux_test.go",
	"kx create -n team -f deploy/rbac/":                     "needs a namespace of the reader: conformance/leastrights_test.go creates each file",
}

// otherPrograms begin the lines of sh blocks that run no kx.
var otherPrograms = regexp.MustCompile(`^("\$OLDPWD"/bin/kx-sandbox|cd|go|make|git|curl|tar|sha256sum|sudo|apt|dpkg|rpm|install|cp|scp|export|ctr|docker|podman|crictl|buildah|kubectl|kx-sandbox|bin/kx-sandbox|chmod|mkdir|mv|gh|cosign|unshare|ip|#|[A-Z_]+=)\b?`)

// readPages calls visit for each page in Markdown but the reference, whose examples have a test of
// their own, and the changelog.
func readPages(t *testing.T, visit func(page, text string)) {
	for _, pattern := range []string{"README.md", "docs/*.md", "deploy/*/README.md", "SECURITY.md", "CONTRIBUTING.md"} {
		files, err := filepath.Glob(filepath.Join(repository, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, files, pattern)
		for _, file := range files {
			if filepath.Base(file) == "kx.md" {
				continue
			}
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			page, err := filepath.Rel(repository, file)
			require.NoError(t, err)
			visit(page, string(text))
		}
	}
}

var shBlock = regexp.MustCompile("(?ms)^```sh\n(.*?)^```$")

func TestTheCommandsOfThePagesWorkAsWritten(t *testing.T) {
	unused := map[string]bool{}
	for begin := range notRun {
		unused[begin] = true
	}
	blocks := map[string][]string{} // the commands to run, by page
	readPages(t, func(page, text string) {
		for _, block := range shBlock.FindAllStringSubmatch(text, -1) {
			var script []string
			for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
				line = strings.TrimSpace(line)
				if line == "" || !strings.HasPrefix(line, "kx ") && otherPrograms.MatchString(line) {
					continue
				}
				require.True(t, strings.HasPrefix(line, "kx "), "%s: %q runs an unknown program", page, line)
				known := false
				for begin := range notRun {
					if strings.HasPrefix(line, begin) {
						delete(unused, begin)
						known = true
					}
				}
				if !known {
					script = append(script, line)
				}
			}
			if len(script) > 0 {
				blocks[page] = append(blocks[page], strings.Join(script, "\n"))
			}
		}
	})
	require.Empty(t, unused, "no page has these commands any more")
	require.Greater(t, len(blocks), 2)
	for page, scripts := range blocks {
		t.Run(page, func(t *testing.T) {
			for _, script := range scripts {
				runPageBlock(t, script)
			}
		})
	}
}

// Both columns of the table are command lines. Those of kubectl run where there is a kubectl.
func TestTheCommandLinesForUsersOfKubectlWork(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(repository, "docs", "coming-from.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile("(?m)^\\| `(kubectl [^`]+)` \\| `(kx [^`]+)` \\|$").FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(rows), 8)
	var ofKubectl, ofKx []string
	for _, row := range rows {
		ofKubectl, ofKx = append(ofKubectl, row[1]), append(ofKx, row[2])
	}
	runPageBlock(t, strings.Join(ofKx, "\n"))
	bin := os.Getenv("KX_CLUSTER_BIN")
	if bin != "" {
		t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	_, err = exec.LookPath("kubectl")
	if err != nil {
		t.Log("there is no kubectl here: its command lines did not run")
		return
	}
	runPageBlock(t, strings.Join(ofKubectl, "\n"))
}

// runPageBlock runs commands over a sandbox.
func runPageBlock(t *testing.T, script string) {
	c, folder := exampleSandbox(t)
	writePrograms(t, folder)
	// A followed log goes on until it is interrupted.
	script = strings.ReplaceAll(script, "--prefix -f", "--prefix")
	out, err := exampleShell(t, c, folder, script)
	require.NoError(t, err, "%s\n%s", script, out)
	require.NotContains(t, out, "error: ", script)
}

var (
	inlineCommand  = regexp.MustCompile("`(kx [a-z][^`]*)`")
	consoleCommand = regexp.MustCompile(`(?m)^\$ (kx .*)$`)
)

// Words in capitals stand for values. The test reads no value: it finds the verb, and each flag.
func TestEachCommandOnAPageExistsAndHasItsFlags(t *testing.T) {
	seen := 0
	readPages(t, func(page, text string) {
		var lines []string
		for _, pattern := range []*regexp.Regexp{inlineCommand, consoleCommand} {
			for _, found := range pattern.FindAllStringSubmatch(text, -1) {
				lines = append(lines, found[1])
			}
		}
		for _, line := range lines {
			seen++
			words, _, _ := strings.Cut(line, " -- ")
			words, _, _ = strings.Cut(words, " > ")
			cmd, rest, err := NewRoot(&command.Invocation{}).Find(strings.Fields(words)[1:])
			require.NoError(t, err, "%s: %s", page, line)
			require.True(t, cmd.HasParent() || strings.HasPrefix(line, "kx VERB") || line == "kx --help", "%s: %s", page, line)
			cmd.InitDefaultHelpFlag()
			for _, word := range rest {
				name, isLong := strings.CutPrefix(word, "--")
				name, _, _ = strings.Cut(name, "=")
				switch {
				case isLong && name != "" && name != "…":
					known := cmd.Flags().Lookup(name) != nil || cmd.InheritedFlags().Lookup(name) != nil
					require.True(t, known, "%s: %s: no flag --%s", page, line, name)
				case len(word) == 2 && word[0] == '-' && word != "--" && word != "-1":
					known := cmd.Flags().ShorthandLookup(word[1:]) != nil || cmd.InheritedFlags().ShorthandLookup(word[1:]) != nil
					require.True(t, known, "%s: %s: no flag %s", page, line, word)
				}
			}
		}
	})
	require.Greater(t, seen, 50)
}
