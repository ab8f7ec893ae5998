package kubeconfig

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNotConfigured is what [Load] returns, wrapped, when no file gives a configuration and the program does not run in a pod.
var ErrNotConfigured = errors.New("no cluster is configured")

// ErrNotInCluster is what [InCluster] returns, wrapped, when the program does not run in a pod with a service account.
var ErrNotInCluster = errors.New("not in a cluster")

// NotFoundError says that an entry which was asked for, or which another one names, is in none of the files.
type NotFoundError struct {
	// Kind is context, cluster or user.
	Kind string
	// Name is what was looked for.
	Name string
	// Referrer is what names it, such as `context "prod"` or current-context; empty when the caller asked for it.
	Referrer string
	// Known are the names there are of that kind, sorted.
	Known []string
	// Files are the files that were read.
	Files []string
}

// Error names what was looked for, what names it, where, and what there is instead.
func (e *NotFoundError) Error() string {
	subject := fmt.Sprintf("%s %q is not", e.Kind, e.Name)
	if e.Referrer != "" {
		subject = fmt.Sprintf("%s names the %s %q, which is not", e.Referrer, e.Kind, e.Name)
	}
	return fmt.Sprintf("%s in %s; %ss there: %s", subject, fileList(e.Files), e.Kind, nameList(e.Known))
}

// nameList quotes names for a message of one line, at most twenty of them.
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
