package kubeconfig

import (
	"fmt"
	"io"
)

// Files is the merged content of the kubeconfig files, from which Load chooses.
type Files struct {
	// Paths are the files that were read, in order of precedence.
	Paths []string
	// CurrentContext is the name of a context, which need not exist, or "".
	CurrentContext string
	// Contexts are sorted by name.
	Contexts []Context
	// Warnings are sentences to show to the user.
	Warnings []string

	merged *merged
}

// Context is one named context: a cluster, a user and a namespace.
type Context struct {
	Name, Cluster, User string
	// Namespace is "" where the context names none.
	Namespace string
}

// Read merges the kubeconfig files like [Load], and resolves nothing. path is as in Options.Path:
// the one file to read, or "" for $KUBECONFIG and ~/.kube/config. Without any file the result is
// empty.
func Read(path string) (*Files, error) {
	loc, err := locate(path)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	m, err := loc.read()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	f := &Files{Paths: m.paths(), CurrentContext: m.currentContext, Warnings: m.warnings, merged: m}
	for _, name := range sortedNames(m.contexts) {
		f.Contexts = append(f.Contexts, m.contexts[name])
	}
	return f, nil
}

// String names the files. It shows nothing of their content, credentials included.
func (f Files) String() string {
	var p printer
	p.list("Paths", f.Paths)
	p.text("CurrentContext", f.CurrentContext)
	return p.wrapped("Files")
}

// Format writes String for every verb and flag.
func (f Files) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }
