package printer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/internal/jsonpath"
	"github.com/kx-k8s/kx/resources"
)

// SortPath sorts objects by the value at a path.
type SortPath struct {
	text string
	path *jsonpath.Template
}

// ParseSortPath parses the value of --sort-by.
func ParseSortPath(text string) (*SortPath, error) {
	path, err := jsonpath.ParsePath(text)
	return &SortPath{text, path}, err
}

// sortKey is the value that an object is sorted by.
type sortKey struct {
	value      jsontext.Value // nil if it is absent
	text       string
	quantity   resources.Quantity
	isQuantity bool
}

// Order returns the positions of documents in ascending order. Quantities and numbers are compared
// by their amount, and other strings by their bytes. Absent values come first, then null.
func (s *SortPath) Order(documents []jsontext.Value) ([]int, error) {
	keys := make([]sortKey, len(documents))
	order := make([]int, len(documents))
	found := false
	for i, document := range documents {
		order[i] = i
		results, err := s.path.Find(document, jsonpath.MissingIndex)
		if err != nil {
			return nil, err
		}
		if len(results[0]) > 0 {
			found = true
			keys[i] = newSortKey(results[0][0])
		}
	}
	if !found && len(documents) > 0 {
		return nil, fmt.Errorf("cannot sort by %q: no object has a value there", s.text)
	}
	var failure error
	slices.SortStableFunc(order, func(i, j int) int {
		result, err := keys[i].compare(&keys[j])
		if err != nil && failure == nil {
			failure = fmt.Errorf("cannot sort by %q: %w", s.text, err)
		}
		return result
	})
	return order, failure
}

func newSortKey(value jsontext.Value) sortKey {
	key := sortKey{value: value, text: jsonpath.Text(value)}
	if value.Kind() == '"' {
		quantity, err := resources.ParseQuantity(key.text)
		key.quantity, key.isQuantity = quantity, err == nil
	}
	return key
}

// rank puts absent values before null, and null before the others.
func (k *sortKey) rank() int {
	switch {
	case k.value == nil:
		return 0
	case k.value.Kind() == 'n':
		return 1
	}
	return 2
}

func (k *sortKey) compare(other *sortKey) (int, error) {
	if k.rank() < 2 || other.rank() < 2 {
		return cmp.Compare(k.rank(), other.rank()), nil
	}
	kind, otherKind := sortKind(k.value), sortKind(other.value)
	switch {
	case kind == "" || otherKind == "":
		return 0, errors.New("a value is an object or an array")
	case kind != otherKind:
		return 0, fmt.Errorf("the values are %ss and %ss", kind, otherKind)
	case kind == "number":
		return jsonpath.CompareNumbers(k.text, other.text), nil
	case k.isQuantity && other.isQuantity:
		return k.quantity.Cmp(other.quantity)
	}
	return cmp.Compare(k.text, other.text), nil // false is before true
}

// sortKind returns the type of a scalar, or "".
func sortKind(value jsontext.Value) string {
	switch value.Kind() {
	case '"':
		return "string"
	case '0':
		return "number"
	case 't', 'f':
		return "boolean"
	}
	return ""
}

// sortingPrinter passes the objects of a list to another printer in the order of a path.
type sortingPrinter struct {
	Printer
	by      *SortPath
	held    documents
	objects []sortedObject
}

type sortedObject struct {
	kind   resources.Kind
	name   string
	object *resources.Object
}

// Sorted returns a printer that sorts the objects of a list before p prints them.
func Sorted(p Printer, by *SortPath) Printer { return &sortingPrinter{Printer: p, by: by} }

func (p *sortingPrinter) OpenList() error {
	p.held.inList = true
	return p.Printer.OpenList()
}

func (p *sortingPrinter) Print(kind resources.Kind, name string, object *resources.Object) error {
	if !p.held.inList {
		return p.Printer.Print(kind, name, object)
	}
	document, err := encode(nil, kind, object, true)
	if err != nil {
		return err
	}
	p.objects = append(p.objects, sortedObject{kind, name, object})
	return p.held.add(document)
}

func (p *sortingPrinter) CloseList() error {
	order, err := p.by.Order(p.held.items)
	if err != nil {
		return err
	}
	for _, i := range order {
		o := p.objects[i]
		if err := p.Printer.Print(o.kind, o.name, o.object); err != nil {
			return err
		}
	}
	return p.Printer.CloseList()
}
