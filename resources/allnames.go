package resources

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/kx-k8s/kx/transport"
)

// namesPageSize is the default page size of AllNames. Each page costs a round trip, and a row
// without its object has about 250 bytes.
const namesPageSize = 2500

var errNoObjectName = errors.New("the server sent an object without a name")

// AllNames reads the names of all objects in pages of list.Limit, 2,500 by default. It yields each
// name as soon as it has arrived. After an error, which comes with an empty name, it stops.
//
// AllNames reads the rows of a Table without objects, which are less to make and to send than
// metadata. Their order is the server's: it sorts flow schemas by precedence. MaxRowBytes,
// MaxPageBytes and MaxColumns limit them. AllNames treats an expired continue token as [API.All]
// does.
//
// AllNames reads [API.AllMetadata] instead if the server makes no Table of the kind
// (transport.ErrNotAcceptable), or if the first row has no column of names.
func (a *API[T]) AllNames(ctx context.Context, list ListOptions,
	opts ...ListOption) iter.Seq2[string, error] {
	return a.allNames(ctx, list, opts)
}

func (r requester) allNames(ctx context.Context, list ListOptions,
	opts []ListOption) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		// add reports whether more names are wanted.
		add := func(name string, err error) bool {
			if err == nil && name == "" {
				err = &transport.AnswerError{Method: http.MethodGet, Target: r.describe(),
					Err: errNoObjectName}
			}
			return yield(name, err) && err == nil
		}
		if !r.addRowNames(ctx, list, opts, add) {
			r.addMetadataNames(ctx, list, opts, add)
		}
	}
}

// addRowNames adds the names in a Table. It returns false, and has added nothing, if there is no
// Table or if its first row has no column of names.
func (r requester) addRowNames(ctx context.Context, list ListOptions, opts []ListOption,
	add func(string, error) bool) bool {
	list.Limit = cmp.Or(list.Limit, namesPageSize)
	s := optionsOfList(opts)
	IncludeInRows(IncludeNone).applyList(s)
	hasNames, isFirst := true, true
	r.eachRow(ctx, list, s, func(table *Table, err error) bool {
		name, ok := "", !errors.Is(err, transport.ErrNotAcceptable)
		if err == nil {
			name, ok = r.kind.nameOf(table, &table.Rows[0])
		}
		hasNames = ok || !isFirst
		isFirst = false
		return hasNames && add(name, err)
	})
	return hasNames
}

func (r requester) addMetadataNames(ctx context.Context, list ListOptions, opts []ListOption,
	add func(string, error) bool) {
	r.metadataOnly = true
	_, err := r.eachItem(ctx, "", list, optionsOfList(opts), itemSink{
		make: func() any { return new(PartialObjectMetadata) },
		yield: func(object any) bool {
			return add(object.(*PartialObjectMetadata).Metadata.Name, nil)
		},
	})
	if err != nil && !errors.Is(err, errStopped) {
		add("", err)
	}
}
