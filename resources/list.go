package resources

import (
	"context"
	"iter"
	"net/url"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// pageSize is how many objects All asks for at a time unless told otherwise, as client-go's pager does.
const pageSize = 500

// ListOptions narrows a list or a watch (meta/v1 ListOptions). The zero value means everything.
type ListOptions struct {
	// LabelSelector is such as "app=web,tier in (front,back)"; FieldSelector such as "status.phase=Running".
	LabelSelector, FieldSelector string
	// Limit is the most objects in one answer; zero leaves it to the call. Continue is the token of the page before.
	Limit    int64
	Continue string
	// ResourceVersion and ResourceVersionMatch say how fresh the answer must be
	// (https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions); for a watch, from where it goes on.
	ResourceVersion, ResourceVersionMatch string
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

// next gives the options of the page after: a continue token stands for the resource version too, and the server refuses both.
func (o ListOptions) next(token string) ListOptions {
	o.Continue, o.ResourceVersion, o.ResourceVersionMatch = token, "", ""
	return o
}

// List is one answer to a list: all objects, or a page of them.
type List[T any] struct {
	Kind       string             `json:"kind,omitzero"`
	APIVersion string             `json:"apiVersion,omitzero"`
	Metadata   transport.ListMeta `json:"metadata"`
	Items      []T                `json:"items"`
	Unknown    jsontext.Value     `json:",embed"`
}

// List reads the objects in one request. With a Limit the answer may be a page: Metadata.Continue then asks for the next.
func (a *API[T]) List(ctx context.Context, list ListOptions, opts ...ListOption) (*List[T], error) {
	objects := new(List[T])
	return answer(objects, a.list(ctx, "", list, objects, opts))
}

// ListTable reads the objects as the server would print them, without the objects themselves; columns whose priority is not 0 are for wide output.
// Over all namespaces each row has its object's metadata, which tells the namespace.
func (a *API[T]) ListTable(ctx context.Context, list ListOptions, opts ...ListOption) (*Table, error) {
	table := new(Table)
	return answer(table, a.list(ctx, tableType, list, table, opts))
}

// GetTable reads one object as the server would print it. Of the ephemeralcontainers subresource the server makes no table:
// the error matches transport.ErrNotAcceptable.
func (e Endpoint[S]) GetTable(ctx context.Context, name string, opts ...GetOption) (*Table, error) {
	table := new(Table)
	return answer(table, e.get(ctx, tableType, name, table, opts))
}

const (
	tableType    = "application/json;as=Table;g=meta.k8s.io;v=v1"
	metadataType = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
)

// All reads all objects, in pages of list.Limit (500 when that is zero), and yields each as soon as it has arrived.
// After an error, which is yielded with a nil object, it ends.
//
// When the list takes so long that the server forgets its state (410), it goes on with the inconsistent continuation that the server offers:
// what changed in the meantime may then be missing or come as it is now.
func (a *API[T]) All(ctx context.Context, list ListOptions, opts ...ListOption) iter.Seq2[*T, error] {
	return pages[T](ctx, a.endpoint, "", list, opts)
}

// AllMetadata is All for the metadata alone, which is far less to send and to read.
func (a *API[T]) AllMetadata(ctx context.Context, list ListOptions, opts ...ListOption) iter.Seq2[*PartialObjectMetadata, error] {
	return pages[PartialObjectMetadata](ctx, a.endpoint, metadataType, list, opts)
}

// pages is the generic face of eachPage.
func pages[T any](ctx context.Context, e endpoint, accept string, list ListOptions, opts []ListOption) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		var s options
		for _, o := range opts {
			o.applyList(&s)
		}
		_, err := e.eachPage(ctx, accept, list, &s, items{
			make:  func() any { return new(T) },
			yield: func(item any) bool { return yield(item.(*T), nil) },
		})
		if err != nil && err != errStopped {
			yield(nil, err)
		}
	}
}
