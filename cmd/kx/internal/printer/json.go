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
	managedFields bool
	inList        bool
	count         int
	sorted        sortedjson.Appender
	// The last object, as encoded and as printed; the next one reuses the memory.
	document, text []byte
}

func (p *jsonPrinter) OpenList() error {
	p.inList = true
	_, err := io.WriteString(p.w, "{\n    \"apiVersion\": \"v1\",\n    \"items\": [")
	return err
}

func (p *jsonPrinter) Print(kind resources.Kind, _ string, object *resources.Object) error {
	value, err := encode(p.document, kind, object, p.managedFields)
	if err != nil {
		return err
	}
	p.document = value
	p.text = p.text[:0]
	depth := 0
	if p.inList {
		depth = 2
		if p.count > 0 {
			p.text = append(p.text, ',')
		}
		p.text = append(p.text, "\n        "...)
	}
	p.text, err = p.sorted.AppendIndent(p.text, value, depth)
	if err != nil {
		return err
	}
	if !p.inList {
		p.text = append(p.text, '\n')
	}
	p.count++
	_, err = p.w.Write(p.text)
	return err
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
	end := "],\n    \"kind\": \"List\",\n" +
		"    \"metadata\": {\n        \"resourceVersion\": \"\"\n    }\n}\n"
	if p.count > 0 {
		end = "\n    " + end
	}
	_, err := io.WriteString(p.w, end)
	return err
}

// WriteJSON writes one JSON document, indented.
func WriteJSON(w io.Writer, document jsontext.Value) error {
	return jsontext.NewEncoder(w, jsontext.WithIndent("    "),
		jsontext.PreserveRawStrings(true)).WriteValue(document)
}
