package printer

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// documentPrinter passes each object, or each event, to emit as one JSON document.
type documentPrinter struct {
	managedFields bool
	emit          func(document jsontext.Value) error
}

func (p *documentPrinter) Print(kind resources.Kind, _ string, object *resources.Object) error {
	document, err := encode(nil, kind, object, p.managedFields)
	if err != nil {
		return err
	}
	return p.emit(document)
}

func (p *documentPrinter) PrintEvent(event resources.WatchEventType, kind resources.Kind, _ string,
	object *resources.Object) error {
	document, err := encodeEvent(event, kind, object)
	if err != nil {
		return err
	}
	return p.emit(document)
}
