package kubeconfig

import (
	"fmt"
	"io"
)

// Files is what the kubeconfig files hold together: what Load chooses from.
type Files struct {
	// Paths are the files that were read, in the order of their precedence.
	Paths []string
	// CurrentContext is a context's name, which need not exist, or empty.
	CurrentContext string
	// Contexts are sorted by name.
	Contexts []Context
	// Warnings are sentences for the user to see.
	Warnings []string

	merged *merged
}

// Context is one named context: which cluster, as which user, in which namespace.
type Context struct {
	Name, Cluster, User string
	// Namespace is empty where the context names none.
	Namespace string
}

// Read merges the kubeconfig files as [Load] does, and resolves nothing.
// Path is Options.Path: the one file to read, or empty for $KUBECONFIG and ~/.kube/config. Without any file the result is empty.
func Read(path string) (*Files, error) {
	where, err := locate(path)
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	m, err := where.read()
	if err != nil {
		return nil, fmt.Errorf("kubeconfig: %w", err)
	}
	f := &Files{Paths: m.paths(), CurrentContext: m.currentContext, Warnings: m.warnings, merged: m}
	for _, name := range sortedNames(m.contexts) {
		f.Contexts = append(f.Contexts, m.contexts[name])
	}
	return f, nil
}

// String names the files; what they hold, credentials included, is not shown.
func (f Files) String() string {
	var p printer
	p.list("Paths", f.Paths)
	p.text("CurrentContext", f.CurrentContext)
	return p.in("Files")
}

// Format writes String for every verb and flag.
func (f Files) Format(s fmt.State, _ rune) { io.WriteString(s, f.String()) }
