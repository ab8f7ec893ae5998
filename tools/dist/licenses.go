package main

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// licensesFile has the licenses of what kx is built from. Most of them ask for their text beside a
// program.
const licensesFile = "THIRD_PARTY_LICENSES"

// licenses returns the file with the licenses of Go and of the modules in programs.
func (r *release) licenses(ctx context.Context, programs []file) (file, error) {
	paths := map[string]bool{}
	for _, program := range programs {
		info, err := buildinfo.Read(bytes.NewReader(program.content))
		if err != nil {
			return file{}, fmt.Errorf("%s: %w", program.name, err)
		}
		for _, m := range info.Deps {
			paths[m.Path] = true
		}
	}
	root, err := command(ctx, r.source.folder, nil, "go", "env", "GOROOT")
	if err != nil {
		return file{}, err
	}
	args := []string{"list", "-m", "-f", "{{.Path}}\t{{.Dir}}"}
	modules, err := command(ctx, r.source.folder, nil, "go",
		append(args, slices.Sorted(maps.Keys(paths))...)...)
	if err != nil {
		return file{}, err
	}
	var b bytes.Buffer
	for line := range strings.Lines("Go\t" + string(root) + string(modules)) {
		name, folder, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if err := appendLicenses(&b, name, folder); err != nil {
			return file{}, err
		}
	}
	return file{licensesFile, 0o644, b.Bytes()}, nil
}

// appendLicenses appends the licenses and notices in the folder of a module.
func appendLicenses(b *bytes.Buffer, name, folder string) error {
	var found []string
	for _, pattern := range []string{"LICENSE*", "COPYING*", "NOTICE*"} {
		matches, err := filepath.Glob(filepath.Join(folder, pattern))
		if err != nil {
			return err
		}
		found = append(found, matches...)
	}
	if len(found) == 0 {
		return fmt.Errorf("%s has no license in %s", name, folder)
	}
	for _, path := range found {
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "==== %s: %s\n\n%s\n\n", name, filepath.Base(path),
			bytes.TrimSpace(text))
	}
	return nil
}
