package main

import (
	"cmp"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// pagePatterns are the Markdown files of the site, in the order of its list of pages.
var pagePatterns = []string{"README.md", "docs/*.md", "deploy/*/README.md", "examples/README.md",
	"SECURITY.md", "CONTRIBUTING.md", "CHANGELOG.md"}

// first are the pages of docs/ that a reader wants first.
var first = []string{"docs/debugging.md", "docs/logs-exec-attach.md", "docs/debug.md",
	"docs/kx.md", "docs/library.md", "docs/testing.md"}

// build writes the site of the repository at root into the folder out. It returns the number of
// pages.
func build(root, out string) (int, error) {
	repository := os.DirFS(root)
	names, err := findPages(repository)
	if err != nil {
		return 0, err
	}
	pages := make([]*page, len(names))
	for i, name := range names {
		source, err := fs.ReadFile(repository, name)
		if err != nil {
			return 0, err
		}
		if pages[i], err = parse(name, source, names); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
	}
	for _, p := range pages {
		html, err := p.render(pages)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", p.name, err)
		}
		if err := write(out, target(p.name), html); err != nil {
			return 0, err
		}
		for _, image := range p.images {
			content, err := fs.ReadFile(repository, image)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", p.name, err)
			}
			if err := write(out, image, content); err != nil {
				return 0, err
			}
		}
	}
	return len(pages), nil
}

// findPages returns the names of the pages in the order of the list.
func findPages(repository fs.FS) ([]string, error) {
	var names []string
	for _, pattern := range pagePatterns {
		found, err := fs.Glob(repository, pattern)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(found, func(a, b string) int { return cmp.Compare(rank(a), rank(b)) })
		names = append(names, found...)
	}
	if len(names) == 0 || names[0] != "README.md" {
		return nil, fmt.Errorf("there is no README.md: -root is not the repository")
	}
	return names, nil
}

func rank(name string) int {
	i := slices.Index(first, name)
	if i < 0 {
		return len(first)
	}
	return i
}

// target returns the path of a page in the site.
func target(name string) string {
	if name == "README.md" {
		return "index.html"
	}
	folder, file := path.Split(name)
	if file == "README.md" {
		return folder + "index.html"
	}
	return strings.TrimSuffix(name, ".md") + ".html"
}

func write(out, name string, content []byte) error {
	file := filepath.Join(out, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, content, 0o644)
}
