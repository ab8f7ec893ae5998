package printer

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/sortedjson"
	"github.com/kx-k8s/kx/resources"
)

// jsonPrinter writes each object at once, with sorted members. The memory does not grow with the
// list.
type jsonPrinter struct {
	w             io.Writer
	encoder       *jsontext.Encoder
	managedFields bool
	sorted        []byte // the last object; the next one reuses its memory
}

func newJSONPrinter(w io.Writer, managedFields bool) *jsonPrinter {
	return &jsonPrinter{w: w, encoder: jsontext.NewEncoder(w, jsontext.WithIndent("    "),
		jsontext.PreserveRawStrings(true)), managedFields: managedFields}
}

func (p *jsonPrinter) OpenList() error {
	return p.tokens(jsontext.BeginObject, jsontext.String("apiVersion"), jsontext.String("v1"),
		jsontext.String("items"), jsontext.BeginArray)
}

func (p *jsonPrinter) Print(kind resources.Kind, _ string, object *resources.Object) error {
	value, err := encode(kind, object, p.managedFields)
	if err != nil {
		return err
	}
	p.sorted, err = sortedjson.Append(p.sorted[:0], value)
	if err != nil {
		return err
	}
	return p.encoder.WriteValue(p.sorted)
}

// PrintEvent prints an event on one line, as kubectl does.
func (p *jsonPrinter) PrintEvent(event resources.WatchEventType, kind resources.Kind, _ string,
	object *resources.Object) error {
	document, err := encodeEvent(event, kind, object)
	if err != nil {
		return err
	}
	_, err = p.w.Write(append(document, '\n'))
	return err
}

func (p *jsonPrinter) CloseList() error {
	return p.tokens(jsontext.EndArray, jsontext.String("kind"), jsontext.String("List"),
		jsontext.String("metadata"), jsontext.BeginObject, jsontext.String("resourceVersion"),
		jsontext.String(""), jsontext.EndObject, jsontext.EndObject)
}

func (p *jsonPrinter) tokens(tokens ...jsontext.Token) error {
	for _, t := range tokens {
		if err := p.encoder.WriteToken(t); err != nil {
			return err
		}
	}
	return nil
}

// WriteJSON writes one JSON document, indented.
func WriteJSON(w io.Writer, document jsontext.Value) error {
	return newJSONPrinter(w, false).encoder.WriteValue(document)
}
