package printer

import (
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxHeldBytes limits what is held of a list until it is printed: a server may send continue tokens
// without end. It is enough for the rows of ten million pods, or for a hundred thousand objects.
const MaxHeldBytes = 1 << 30

// CheckHeld fails if size is larger than MaxHeldBytes.
func CheckHeld(size int) error {
	if size <= MaxHeldBytes {
		return nil
	}
	return fmt.Errorf("the list is larger than %d MiB: select fewer objects, or use -o name or "+
		"-o json without --sort-by", MaxHeldBytes>>20)
}

// documents collects the items of a List. They have their managed fields, which kubectl passes to
// templates, too.
type documents struct {
	inList bool
	items  []jsontext.Value
	size   int // of the items
}

func (d *documents) OpenList() error {
	d.inList = true
	return nil
}

func (d *documents) add(document jsontext.Value) error {
	d.items = append(d.items, document)
	d.size += len(document)
	return CheckHeld(d.size)
}

// list returns the List of the objects. It allocates once: the List may be large.
func (d *documents) list() jsontext.Value {
	const (
		head = `{"apiVersion":"v1","items":[`
		tail = `],"kind":"List","metadata":{"resourceVersion":""}}`
	)
	list := append(make([]byte, 0, len(head)+d.size+len(d.items)+len(tail)), head...)
	for i, item := range d.items {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, item...)
	}
	return append(list, tail...)
}
