package kubeconfig

import (
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

// merged is the merged content of several files.
type merged struct {
	files          []*parsedFile
	currentContext string
	clusters       map[string]cluster
	users          map[string]user
	contexts       map[string]Context
	warnings       []string
}

// merge merges files. Each named entry is, as a whole, that of the first file that has it.
// current-context is the first one that is not empty.
func merge(files []*parsedFile) *merged {
	m := &merged{files: files, clusters: map[string]cluster{}, users: map[string]user{},
		contexts: map[string]Context{}}
	for _, f := range files {
		if m.currentContext == "" {
			m.currentContext = f.currentContext
		}
		for _, c := range f.clusters {
			addFirst(m.clusters, c.name, c)
		}
		for _, u := range f.users {
			addFirst(m.users, u.name, u)
		}
		for _, c := range f.contexts {
			addFirst(m.contexts, c.Name, c)
		}
		m.warnings = append(m.warnings, f.warnings...)
	}
	return m
}

func addFirst[T any](entries map[string]T, name string, entry T) {
	if _, taken := entries[name]; !taken {
		entries[name] = entry
	}
}

// empty reports whether no file has a configuration, by clientcmd's rule.
func (m *merged) empty() bool {
	return m.currentContext == "" && len(m.clusters) == 0 && len(m.users) == 0 &&
		len(m.contexts) == 0
}

func (m *merged) paths() []string {
	var paths []string
	for _, f := range m.files {
		paths = append(paths, f.path)
	}
	return paths
}

// node returns an entry as it is written, and its file, or nil and nil.
func (m *merged) node(section, name string) (*yaml.Node, *parsedFile) {
	for _, f := range m.files {
		if n, ok := f.nodes[section][name]; ok {
			return n, f
		}
	}
	return nil, nil
}

// file returns the file of an entry.
func (m *merged) file(section, name string) *parsedFile {
	_, f := m.node(section, name)
	return f
}

func sortedNames[T any](entries map[string]T) []string { return slices.Sorted(maps.Keys(entries)) }
