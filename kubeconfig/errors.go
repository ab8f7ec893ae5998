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
	// Referrer is what names it, such as `context "prod"` or current-context. It is "" where the
	// caller does.
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

// nameList quotes names for a message of one line, at most 20 of them.
func nameList(names []string) string {
	const most = 20
	if len(names) == 0 {
		return "none"
	}
	quoted := make([]string, 0, most)
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	list := strings.Join(quoted, ", ")
	more := len(names) - most
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
