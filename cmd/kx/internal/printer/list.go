package printer

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// documents collects objects: a single one, or the items of a List.
type documents struct {
	inList bool
	items  []jsontext.Value
}

func (d *documents) OpenList() error {
	d.inList = true
	return nil
}

// add keeps an object with its managed fields, as kubectl passes them to templates.
func (d *documents) add(kind resources.Kind, object *resources.Object) (jsontext.Value, error) {
	document, err := encode(kind, object, true)
	d.items = append(d.items, document)
	return document, err
}

// list returns the List of the objects.
func (d *documents) list() jsontext.Value {
	list := []byte(`{"apiVersion":"v1","items":[`)
	for i, item := range d.items {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, item...)
	}
	return append(list, `],"kind":"List","metadata":{"resourceVersion":""}}`...)
}
