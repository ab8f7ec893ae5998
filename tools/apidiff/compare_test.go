package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// moduleOf writes a module with these files and returns its folder.
func moduleOf(t *testing.T, files map[string]string) string {
	folder := t.TempDir()
	files["go.mod"] = "module example.com/m\n\ngo 1.26\n"
	for name, text := range files {
		name = filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
		require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
	}
	return folder
}

func TestTheDifferencesOfExportedNamesArePrinted(t *testing.T) {
	before := moduleOf(t, map[string]string{
		"a/a.go":          "package a\n\nimport \"context\"\n\nfunc F(ctx context.Context) {}\n\nfunc g() {}\n\ntype T struct{ X int }\n",
		"b/b.go":          "package b\n\nfunc F() {}\n",
		"internal/c/c.go": "package c\n\nfunc F() {}\n",
		"load/d.go":       "package load\n\nfunc F() {}\n",
	})
	tests := []struct {
		sentence     string
		after        map[string]string
		printed      []string
		incompatible int
	}{
		{"nothing differs, though unexported and private names do", map[string]string{
			"a/a.go": "package a\n\nimport \"context\"\n\nfunc F(ctx context.Context) {}\n\ntype T struct{ X int }\n",
			"b/b.go": "package b\n\nfunc F() {}\n",
		}, []string{"no exported name differs"}, 0},
		{"a name is added", map[string]string{
			"a/a.go": "package a\n\nimport \"context\"\n\nfunc F(ctx context.Context) {}\n\ntype T struct{ X, Y int }\n",
			"b/b.go": "package b\n\nfunc F() {}\n\nfunc G() {}\n",
			"e/e.go": "package e\n",
		}, []string{"compatible:   a.T.Y: added", "compatible:   b.G: added", "compatible:   e: package added"}, 0},
		{"a name is removed, a type changed and a package removed", map[string]string{
			"a/a.go": "package a\n\nfunc F() {}\n",
		}, []string{
			"incompatible: a.F: changed from func(context.Context) to func()", "incompatible: a.T: removed", "incompatible: b: package removed",
		}, 3},
	}
	for _, test := range tests {
		t.Run(test.sentence, func(t *testing.T) {
			var out strings.Builder
			incompatible, err := run(&out, before, moduleOf(t, test.after))
			require.NoError(t, err)
			require.Equal(t, test.incompatible, incompatible)
			require.ElementsMatch(t, test.printed, strings.Split(strings.TrimSpace(out.String()), "\n"))
		})
	}
}

func TestAModuleThatDoesNotCompileIsNotCompared(t *testing.T) {
	whole := moduleOf(t, map[string]string{"a/a.go": "package a\n"})
	broken := moduleOf(t, map[string]string{"a/a.go": "package a\n\nvar X int = \"\"\n"})
	_, err := run(&strings.Builder{}, whole, broken)
	require.ErrorContains(t, err, "cannot use")
}
