package printer

import (
	"fmt"
	"io"

	"github.com/kx-k8s/kx/resources"
)

// namePrinter writes "pod/web-0" for each object.
type namePrinter struct{ w io.Writer }

func (namePrinter) OpenList() error { return nil }

func (p namePrinter) Print(kind resources.Kind, name string, _ *resources.Object) error {
	_, err := fmt.Fprintln(p.w, QualifiedName(kind, name))
	return err
}

func (p namePrinter) PrintEvent(_ resources.WatchEventType, kind resources.Kind, name string,
	object *resources.Object) error {
	return p.Print(kind, name, object)
}

func (namePrinter) CloseList() error { return nil }
