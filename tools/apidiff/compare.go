package main

import (
	"errors"
	"fmt"
	"go/types"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// private are folders whose packages no program may rely on: docs/stability.md.
var private = []string{"cmd", "conformance", "examples", "faults", "internal", "load", "testdata"}

// change is one difference of the exported names.
type change struct {
	text       string
	compatible bool
}

// load returns the public packages of the module in a folder, by their paths below the module's.
func load(folder string) (map[string]*types.Package, error) {
	found, err := packages.Load(&packages.Config{Dir: folder,
		Mode: packages.LoadTypes | packages.NeedModule}, "./...")
	if err != nil {
		return nil, err
	}
	public := map[string]*types.Package{}
	for _, p := range found {
		for _, fault := range p.Errors {
			return nil, fmt.Errorf("%s: %w", folder, fault)
		}
		if p.Name != "main" && p.Module != nil && isPublic(p.PkgPath, p.Module.Path) {
			public[p.PkgPath] = p.Types
		}
	}
	if len(public) == 0 {
		return nil, errors.New(folder + " has no public package")
	}
	return public, nil
}

func isPublic(pkg, module string) bool {
	below := strings.Split(strings.TrimPrefix(pkg, module), "/")
	return !slices.ContainsFunc(below, func(folder string) bool {
		return slices.Contains(private, folder)
	})
}

// compare returns the differences, package by package.
func compare(older, newer map[string]*types.Package) (changes []change) {
	for _, name := range slices.Sorted(maps.Keys(older)) {
		if newer[name] == nil {
			changes = append(changes, change{path.Base(name) + ": package removed", false})
			continue
		}
		for _, c := range apidiff.Changes(older[name], newer[name]).Changes {
			changes = append(changes, change{path.Base(name) + "." + c.Message, c.Compatible})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(newer)) {
		if older[name] == nil {
			changes = append(changes, change{path.Base(name) + ": package added", true})
		}
	}
	return changes
}
