package resources

import (
	"context"
	"errors"
	"iter"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// pageSize is the default page size of All. client-go's pager uses the same.
const pageSize = 500

// ListOptions narrow a list or a watch (meta/v1 ListOptions). The zero value selects everything.
type ListOptions struct {
	// LabelSelector is, for example, "app=web,tier in (front,back)", and FieldSelector
	// "status.phase=Running".
	LabelSelector, FieldSelector string
	// Limit is the maximum number of objects in one answer. Zero means no limit for List,
	// ListTable and AllRows, pages of 500 for All and Watch, and of 2,500 for AllNames. Continue is
	// the token of the previous page.
	Limit    int64
	Continue string
	// ResourceVersion and ResourceVersionMatch say how recent the answer must be
	// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions). A watch
	// starts at ResourceVersion.
	ResourceVersion, ResourceVersionMatch string
	// AllowWatchBookmarks makes a watch yield Bookmark events: one after each list of all objects,
	// and those of the server. Lists ignore it.
	AllowWatchBookmarks bool
}

func (o ListOptions) query() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("labelSelector", o.LabelSelector)
	set("fieldSelector", o.FieldSelector)
	set("continue", o.Continue)
	set("resourceVersion", o.ResourceVersion)
	set("resourceVersionMatch", o.ResourceVersionMatch)
	if o.Limit > 0 {
		q.Set("limit", strconv.FormatInt(o.Limit, 10))
	}
	return q
}

// next returns the options of the next page. A continue token includes the resourceVersion, and the
// server refuses both together.
func (o ListOptions) next(token string) ListOptions {
	o.Continue, o.ResourceVersion, o.ResourceVersionMatch = token, "", ""
	return o
}

// List is an answer to a list: all objects, or one page of them.
type List[T any] struct {
	Kind       string             `json:"kind,omitzero"`
	APIVersion string             `json:"apiVersion,omitzero"`
	Metadata   transport.ListMeta `json:"metadata"`
	Items      []T                `json:"items"`
	Unknown    jsontext.Value     `json:",embed"`
}

// List reads the objects in one request. With a Limit the answer may be one page. To read the next
// page, pass Metadata.Continue as ListOptions.Continue. An answer of more than MaxPageBytes is an
// error: set a Limit, or use All.
func (a *API[T]) List(ctx context.Context, list ListOptions, opts ...ListOption) (*List[T], error) {
	objects := new(List[T])
	return orNil(objects, a.list(ctx, "", list, opts, collection{objects, &objects.Items, nil}))
}

// ListTable returns the objects as rows, as the server prints them, without the objects themselves.
// Columns with a priority other than 0 are for wide output. Over all namespaces each row holds its
// object's metadata, which has the namespace. MaxPageBytes, MaxRowBytes and MaxColumns limit it.
func (a *API[T]) ListTable(ctx context.Context, list ListOptions, opts ...ListOption) (*Table,
	error) {
	return a.listTable(ctx, list, opts)
}

// AllRows is ListTable in pages of list.Limit, or in one request without a limit. It yields each
// row as soon as it has arrived, in a Table with the columns and this row. After an error, which
// comes with a nil Table, it stops. It treats an expired continue token as [API.All] does.
func (a *API[T]) AllRows(ctx context.Context, list ListOptions,
	opts ...ListOption) iter.Seq2[*Table, error] {
	return a.allRows(ctx, list, opts)
}

// GetTable returns one object as a row. The server makes no table of the ephemeralcontainers
// subresource: the error then matches transport.ErrNotAcceptable.
func (e Endpoint[S]) GetTable(ctx context.Context, name string, opts ...GetOption) (*Table, error) {
	return e.getTable(ctx, name, opts)
}

const (
	tableType        = "application/json;as=Table;g=meta.k8s.io;v=v1"
	metadataType     = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
	metadataListType = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// All reads all objects in pages of list.Limit, 500 by default. It yields each object as soon as it
// has arrived. After an error, which comes with a nil object, it stops. An object of more than
// MaxObjectBytes and a page of more than MaxPageBytes are errors.
//
// If the continue token expires (410), [API.All] continues with the inconsistent token that the
// server offers. Objects that changed meanwhile may be missing or be newer.
func (a *API[T]) All(ctx context.Context, list ListOptions, opts ...ListOption) iter.Seq2[*T,
	error] {
	return pages[T](ctx, a.requester, "", list, opts)
}

// AllMetadata is All for the metadata only, which is much less to send and to decode.
func (a *API[T]) AllMetadata(ctx context.Context, list ListOptions,
	opts ...ListOption) iter.Seq2[*PartialObjectMetadata, error] {
	return Metadata(a).All(ctx, list, opts...)
}

// pages adds the type parameter to eachItem.
func pages[T any](ctx context.Context, e requester, accept string, list ListOptions,
	opts []ListOption) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		_, err := e.eachItem(ctx, accept, list, optionsOfList(opts), itemSink{
			make:  func() any { return new(T) },
			yield: func(item any) bool { return yield(item.(*T), nil) },
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, err)
		}
	}
}
