package printer

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/jsonpath"
)

// jsonPathPrinter executes a template for an object, or for a List of all objects.
type jsonPathPrinter struct {
	documentPrinter
	documents
	w        io.Writer
	template *jsonpath.Template
	missing  jsonpath.Missing
}

// NewJSONPath returns the printer of a JSONPath template. missing says what an absent member means.
func NewJSONPath(w io.Writer, template *jsonpath.Template, missing jsonpath.Missing) Printer {
	p := &jsonPathPrinter{w: w, template: template, missing: missing}
	p.documentPrinter = documentPrinter{managedFields: true, emit: p.write}
	return p
}

func (p *jsonPathPrinter) write(document jsontext.Value) error {
	if p.inList {
		return p.add(document)
	}
	return p.template.Execute(p.w, document, p.missing)
}

func (p *jsonPathPrinter) CloseList() error {
	return p.template.Execute(p.w, p.list(), p.missing)
}
