package resources

import (
	"context"
	"errors"
	"net/http"
	"reflect"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/transport"
)

// collection is a List or a Table, a pointer to its items, and the columns of a Table.
type collection struct {
	whole, items any
	columns      *[]TableColumnDefinition
}

func (r requester) list(ctx context.Context, accept string, list ListOptions, opts []ListOption,
	into collection) error {
	return r.collect(ctx, optionsOfList(opts), &transport.Request{Method: http.MethodGet,
		Accept: accept, Query: list.query()}, into)
}

func (r requester) listTable(ctx context.Context, list ListOptions, opts []ListOption) (*Table,
	error) {
	table := new(Table)
	return table.checked(r.list(ctx, tableType, list, opts, table.collection()))
}

func (r requester) getTable(ctx context.Context, name string, opts []GetOption) (*Table, error) {
	var s options
	for _, o := range opts {
		o.applyGet(&s)
	}
	table := new(Table)
	return table.checked(r.collect(ctx, &s, &transport.Request{Method: http.MethodGet,
		Accept: tableType}, table.collection(), name))
}

func (t *Table) collection() collection { return collection{t, &t.Rows, &t.ColumnDefinitions} }

// checked returns the table, or err. It fails if a row has too many cells.
func (t *Table) checked(err error) (*Table, error) {
	for i := range t.Rows {
		if err == nil {
			err = checkWidth(len(t.Rows[i].Cells), "cells")
		}
	}
	return orNil(t, err)
}

// collect completes req, sends it, and decodes the answer as it arrives. It sends req once more if
// the body is cut off.
func (r requester) collect(ctx context.Context, s *options, req *transport.Request, into collection,
	name ...string) error {
	if err := r.complete(s, req, name...); err != nil {
		return err
	}
	for attempt := 1; ; attempt++ {
		resp, err := r.client.Do(ctx, req)
		if err != nil {
			return err
		}
		body := newItemReader(req, resp.Body, "an item")
		err = into.read(&listAnswer{requester: r, req: req, name: name}, body)
		var lost *transport.ConnectionError
		switch {
		case err == nil && len(name) > 0:
			return r.ask(s, req, name).checkRow(into.whole)
		case err == nil || errors.As(err, new(*transport.AnswerError)):
			return err
		case errors.As(body.err, &lost) && attempt == 1:
			continue
		case errors.As(body.err, new(*transport.AnswerSizeError)):
			err = body.err
		case body.failed():
			return body.err
		}
		return unreadable(req, r.describe(name...), err)
	}
}

func (c collection) read(answer *listAnswer, body *itemReader) error {
	items := reflect.ValueOf(c.items).Elem()
	items.SetZero()
	var others []byte
	_, err := answer.read(body, itemSink{
		columns: c.columns,
		others:  &others,
		open: func() bool {
			items.Set(reflect.MakeSlice(items.Type(), 0, 0))
			return true
		},
		make: func() any {
			n := items.Len()
			items.Grow(1)
			items.SetLen(n + 1)
			return items.Index(n).Addr().Interface()
		},
		yield: func(any) bool { return true },
	})
	if err != nil || len(others) == 0 {
		return err
	}
	return json.Unmarshal(append(others, '}'), c.whole)
}
