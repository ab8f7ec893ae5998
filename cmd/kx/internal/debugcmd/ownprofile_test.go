package debugcmd

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/kxtest"
)

// writeProfiles sets a configuration directory with these files in its folder of profiles, which it
// returns.
func writeProfiles(t *testing.T, files map[string]string) string {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("HOME", os.Getenv("XDG_CONFIG_HOME"))
	t.Setenv("AppData", os.Getenv("XDG_CONFIG_HOME"))
	config, err := os.UserConfigDir()
	require.NoError(t, err)
	folder := filepath.Join(config, "kx", "profiles")
	if len(files) > 0 {
		require.NoError(t, os.MkdirAll(folder, 0o700))
	}
	for name, text := range files {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return folder
}

func TestAProfileOfOnesOwnIsAFileOfContainerFields(t *testing.T) {
	const fields = "securityContext: {readOnlyRootFilesystem: true}\n"
	folder := writeProfiles(t, map[string]string{
		"mine.yaml": fields, "json.json": `{"workingDir":"/json"}`, "two.json": `{"workingDir":"/no"}`, "two.yaml": "workingDir: /two",
		"general.yaml": "workingDir: /overridden", "notes.txt": fields, "bad.yaml": "image: x", ".yaml": fields,
		"kubectl.json": `{"env":[{"name":"A","value":"1"}],"resources":{}}`,
	})
	require.NoError(t, os.Mkdir(filepath.Join(folder, "folder.yaml"), 0o700))
	c := clitest.Start(t)
	debug := func(flags ...string) clitest.Result {
		return c.Kx(append([]string{"debug", "shell", "-c", "tools", "--image", kxtest.BusyboxImage, "--dry-run=client", "-o", "yaml"}, flags...)...)
	}
	for name, test := range map[string]struct {
		flags []string
		want  string
	}{
		"over general":                  {[]string{"--profile", "mine"}, "capabilities:\n        add: # profile general\n        - SYS_PTRACE\n      readOnlyRootFilesystem: true # --profile mine\n"},
		"in JSON":                       {[]string{"--profile", "json"}, "workingDir: /json\n"},
		"in YAML before JSON":           {[]string{"--profile", "two"}, "workingDir: /two\n"},
		"over a copied securityContext": {[]string{"--profile", "mine", "--security-context-from", "main"}, "securityContext:\n      readOnlyRootFilesystem: true # --profile mine\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := debug(test.flags...)
			require.Equal(t, 0, r.Code, r.Err)
			require.Contains(t, r.Out, test.want)
		})
	}
	require.NotContains(t, debug("--profile", "general").Out, "/overridden", "kx's profiles cannot be replaced")

	const known = "must be general, baseline, restricted, netadmin, sysadmin, legacy or auto"
	own := known + ", or of your own in " + folder + ": bad, json, kubectl, mine or two"
	for flag, want := range map[string]string{
		"nope": own, "folder": own, "notes": own, "": own, "..": own, ".": own,
		"../profiles/mine": "must be a name: --custom takes a file", `a\\b`: "must be a name: --custom takes a file",
	} {
		require.Equal(t, `error: invalid argument "`+flag+`" for "--profile" flag: `+want+"; see kx debug --help",
			debug("--profile", strings.ReplaceAll(flag, `\\`, `\`)).RequireError(t, 2))
	}
	require.Equal(t, "error: "+filepath.Join(folder, "bad.yaml")+": debug: custom: image: set it with its own option",
		debug("--profile", "bad").RequireError(t, 1))
	require.Equal(t, "error: --custom and a profile of your own exclude each other: mine is a file that --custom takes too; see kx debug --help",
		debug("--profile", "mine", "--custom", "x").RequireError(t, 2))
	require.Equal(t, []string{"general", "baseline", "restricted", "netadmin", "sysadmin", "legacy", "auto", "bad", "json", "kubectl", "mine", "two"},
		clitest.Complete(c, "debug", "shell", "--profile", ""))
	require.Equal(t, "error: "+filepath.Join(folder, "kubectl.json")+": debug: custom: resources: the server refuses this field in an ephemeral container",
		debug("--profile", "kubectl").RequireError(t, 1))
}

func TestAnUnknownProfileNamesTheFolderOfOnesOwn(t *testing.T) {
	folder := writeProfiles(t, nil)
	line := clitest.Execute(t.Context(), "", "debug", "shell", "--profile", "mine").RequireError(t, 2)
	require.Contains(t, line, "legacy or auto, or of your own in "+folder+": none; see")
}
