package kubeconfig

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotConfigured reports that no file has a configuration and the program does not run in a
// pod. [Load] wraps it.
var ErrNotConfigured = errors.New("no cluster is configured")

// ErrNotInCluster reports that the program does not run in a pod with a service account.
// [InCluster] wraps it.
var ErrNotInCluster = errors.New("not in a cluster")

// NotFoundError reports that no file has an entry which the caller or another entry names.
type NotFoundError struct {
	// Kind is context, cluster or user.
	Kind string
	// Name is the missing name.
	Name string
	// Referrer is what names the entry, such as `context "prod"` or current-context. It is "" if
	// the caller gave the name.
	Referrer string
	// Known are the names of that kind in the files, sorted.
	Known []string
	// Files are the files that were read.
	Files []string
}

// Error names the missing entry, its referrer, the files, and the known names.
func (e *NotFoundError) Error() string {
	subject := fmt.Sprintf("%s %q is not", e.Kind, e.Name)
	if e.Referrer != "" {
		subject = fmt.Sprintf("%s names the %s %q, which is not", e.Referrer, e.Kind, e.Name)
	}
	return fmt.Sprintf("%s in %s; known %ss: %s", subject, fileList(e.Files), e.Kind,
		nameList(e.Known))
}

// nameList quotes at most 20 names, for a message of one line.
func nameList(names []string) string {
	const maxNames = 20
	if len(names) == 0 {
		return "none"
	}
	quoted := make([]string, 0, maxNames)
	for _, name := range names[:min(len(names), maxNames)] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	list := strings.Join(quoted, ", ")
	more := len(names) - maxNames
	if more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}

func fileList(paths []string) string {
	if len(paths) == 0 {
		return "any kubeconfig file (none was found)"
	}
	return strings.Join(paths, ", ")
}
