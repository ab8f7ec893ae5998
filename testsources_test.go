package kx_test

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// goFiles returns the Go files of a folder and of all below it, by path: either the tests or the
// others.
func goFiles(t *testing.T, folder string, tests bool) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(folder, func(path string, _ os.DirEntry, err error) error {
		isTest := strings.HasSuffix(path, "_test.go")
		if err != nil || !strings.HasSuffix(path, ".go") || isTest != tests || strings.Contains(path, "testdata") {
			return err
		}
		source, err := os.ReadFile(path)
		files[filepath.ToSlash(path)] = string(source)
		return err
	}))
	return files
}

// foldersWith returns the folders of the files that declare a test or a fuzz target.
func foldersWith(files map[string]string, test string) (folders []string) {
	for file, source := range files {
		if strings.Contains(source, "\nfunc "+test+"(") {
			folders = append(folders, path.Dir(file))
		}
	}
	return folders
}
