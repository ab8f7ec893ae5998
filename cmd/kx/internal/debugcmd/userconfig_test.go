package debugcmd

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

func TestTheConfigurationFileSetsTheImage(t *testing.T) {
	for text, want := range map[string]string{
		"debug:\n  image: tools:1\n":       "tools:1",
		"# nothing is set\n":               "",
		"":                                 "",
		"debug: {}\n":                      "",
		`{"debug": {"image": "tools:1"}}`:  "tools:1",
		"debug:\n  image: 'tools:1' # x\n": "tools:1",
	} {
		t.Setenv("KX_CONFIG", clitest.WriteFile(t, "config.yaml", text))
		config, err := readUserConfig()
		require.NoError(t, err, text)
		require.Equal(t, want, config.Debug.Image, text)
	}
}

func TestAnErrorInTheConfigurationFileHasItsLine(t *testing.T) {
	for text, want := range map[string]string{
		"debug:\n  imag: tools:1\n":           "line 2: field imag not found",
		"debug: {}\nimage: x\n":               "line 2: field image not found",
		"debug:\n  image: [x]\n":              "line 2: cannot unmarshal !!seq into string",
		"debug:\n  image: a\n  image: b\n":    "invalid YAML at line 3, column 3: duplicate key, first on line 2",
		"debug: [1]\n":                        "line 1: cannot unmarshal !!seq",
		"nonsense\n":                          "line 1: cannot unmarshal !!str `nonsense`",
		"debug:\n\timage: a\n":                "invalid YAML at line 2, column 1: found character that cannot start any token",
		"debug: {image: a\n\nx":               "invalid YAML at line 3, column 1: did not find expected ',' or '}'",
		"debug: {}\n---\ndebug: {}\n":         "invalid YAML at line 3, column 1: a second document starts: only one is allowed",
		"debug:\n  image: {a: 1}\n  x: [y]\n": "line 2: cannot unmarshal !!map into string",
	} {
		path := clitest.WriteFile(t, "config.yaml", text)
		t.Setenv("KX_CONFIG", path)
		line := clitest.Execute(t.Context(), "", "debug", "shell").RequireError(t, 1)
		require.Equal(t, "error: "+path+": "+want, line, text)
	}
}

func TestTheConfigurationFileIsInTheUsersConfigurationFolder(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("KX_CONFIG", "")
	switch runtime.GOOS {
	case "windows":
		t.Setenv("AppData", folder)
	case "darwin", "ios":
		t.Setenv("HOME", folder)
		folder = filepath.Join(folder, "Library", "Application Support")
	default:
		t.Setenv("XDG_CONFIG_HOME", folder)
	}
	config, err := readUserConfig()
	require.NoError(t, err, "there need be none")
	require.Empty(t, config.Debug.Image)
	require.NoError(t, os.MkdirAll(filepath.Join(folder, "kx"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "kx", "config.yaml"), []byte("debug: {image: tools:1}"), 0o600))
	config, err = readUserConfig()
	require.NoError(t, err)
	require.Equal(t, "tools:1", config.Debug.Image)
}
