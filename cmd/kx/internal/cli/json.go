package cli

import (
	"io"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// jsonPrinter writes each object as soon as it comes, so that a list of any length takes no memory.
type jsonPrinter struct {
	encoder *jsontext.Encoder
	flags   *outputFlags
}

func newJSONPrinter(w io.Writer, flags *outputFlags) *jsonPrinter {
	return &jsonPrinter{jsontext.NewEncoder(w, jsontext.WithIndent("    "), jsontext.PreserveRawStrings(true)), flags}
}

func (p *jsonPrinter) openList() error {
	return p.tokens(jsontext.BeginObject, jsontext.String("apiVersion"), jsontext.String("v1"), jsontext.String("items"), jsontext.BeginArray)
}

func (p *jsonPrinter) print(kind resources.Kind, _ string, object *resources.Object) error {
	value, err := p.flags.encode(kind, object)
	if err != nil {
		return err
	}
	return p.encoder.WriteValue(value)
}

func (p *jsonPrinter) closeList() error {
	return p.tokens(jsontext.EndArray, jsontext.String("kind"), jsontext.String("List"),
		jsontext.String("metadata"), jsontext.BeginObject, jsontext.String("resourceVersion"), jsontext.String(""), jsontext.EndObject, jsontext.EndObject)
}

func (p *jsonPrinter) tokens(tokens ...jsontext.Token) error {
	for _, t := range tokens {
		if err := p.encoder.WriteToken(t); err != nil {
			return err
		}
	}
	return nil
}
