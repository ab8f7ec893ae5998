package printer

import (
	"io"

	"github.com/kx-k8s/kx/internal/jsonpath"
	"github.com/kx-k8s/kx/resources"
)

// jsonPathPrinter executes a template for an object, or for a List of all objects.
type jsonPathPrinter struct {
	documents
	w        io.Writer
	template *jsonpath.Template
	missing  jsonpath.Missing
}

// NewJSONPath returns the printer of a JSONPath template. missing says what an absent member means.
func NewJSONPath(w io.Writer, template *jsonpath.Template, missing jsonpath.Missing) Printer {
	return &jsonPathPrinter{w: w, template: template, missing: missing}
}

func (p *jsonPathPrinter) Print(kind resources.Kind, _ string, object *resources.Object) error {
	document, err := p.add(kind, object)
	if err != nil || p.inList {
		return err
	}
	p.items = nil
	return p.template.Execute(p.w, document, p.missing)
}

func (p *jsonPathPrinter) CloseList() error {
	return p.template.Execute(p.w, p.list(), p.missing)
}
