package sortedjson

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// member is where a member stands in out.
type member struct {
	name       []byte
	start, end int
}

func (a *Appender) member() error {
	m := member{start: len(a.out)}
	if a.peek() != '"' {
		return a.invalid()
	}
	name, err := a.text()
	if err != nil {
		return err
	}
	m.name = name[1 : len(name)-1]
	if bytes.IndexByte(name, '\\') >= 0 {
		m.name, err = jsontext.AppendUnquote(nil, name)
		if err != nil {
			return err
		}
	}
	if !a.accept(':') {
		return a.invalid()
	}
	a.out = append(a.out, ':')
	if len(a.newline) > 0 {
		a.out = append(a.out, ' ')
	}
	if err := a.value(); err != nil {
		return err
	}
	m.end = len(a.out)
	a.members = append(a.members, m)
	return nil
}

// sort puts the members at the end of out into the order of their names.
func (a *Appender) sort(members []member) {
	a.order = a.order[:0]
	isSorted := true
	for i := range members {
		a.order = append(a.order, &members[i])
		isSorted = isSorted && (i == 0 || bytes.Compare(members[i-1].name, members[i].name) <= 0)
	}
	if isSorted {
		return
	}
	slices.SortStableFunc(a.order, func(m, n *member) int { return bytes.Compare(m.name, n.name) })
	start := members[0].start
	a.scratch = append(a.scratch[:0], a.out[start:]...)
	a.out = a.out[:start]
	a.sorted += len(a.scratch)
	for i, m := range a.order {
		if i > 0 {
			a.out = append(a.out, ',')
			a.out = append(a.out, a.newline...)
		}
		a.out = append(a.out, a.scratch[m.start-start:m.end-start]...)
	}
}
