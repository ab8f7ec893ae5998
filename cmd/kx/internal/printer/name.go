package printer

import (
	"fmt"
	"io"
	"strings"

	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/resources"
)

// namePrinter writes "pod/web-0" for each object.
type namePrinter struct{ w io.Writer }

func (namePrinter) OpenList() error { return nil }

func (p namePrinter) Print(kind resources.Kind, name string, _ *resources.Object) error {
	return WriteName(p.w, QualifiedName(kind, name))
}

// WriteName writes a name that a script reads. It fails for a name that controls a terminal or has
// several lines.
func WriteName(w io.Writer, name string) error {
	if strings.ContainsFunc(name, printable.IsControl) {
		return fmt.Errorf("the name %q has control characters: print it as JSON", name)
	}
	_, err := fmt.Fprintln(w, name)
	return err
}

func (p namePrinter) PrintEvent(_ resources.WatchEventType, kind resources.Kind, name string,
	object *resources.Object) error {
	return p.Print(kind, name, object)
}

func (namePrinter) CloseList() error { return nil }
