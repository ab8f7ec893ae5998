package cli

import (
	"fmt"
	"io"

	"github.com/kx-k8s/kx/resources"
)

// namePrinter writes "pod/web-0" for each object.
type namePrinter struct{ w io.Writer }

func (namePrinter) openList() error { return nil }

func (p namePrinter) print(kind resources.Kind, name string, _ *resources.Object) error {
	_, err := fmt.Fprintln(p.w, qualified(kind, name))
	return err
}

func (namePrinter) closeList() error { return nil }
