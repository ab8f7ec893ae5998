package printer

import "github.com/go-json-experiment/json/jsontext"

// documents collects the items of a List. They have their managed fields, which kubectl passes to
// templates, too.
type documents struct {
	inList bool
	items  []jsontext.Value
}

func (d *documents) OpenList() error {
	d.inList = true
	return nil
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
