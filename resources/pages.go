package resources

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// itemSink makes and receives the items of a list. It stands for a type parameter, with which the
// compiler would copy this code for each type.
type itemSink struct {
	make  func() any // returns a pointer
	yield func(item any) bool
	// columns is a pointer that gets the columns of a Table, or nil.
	columns any
	// consistent makes the list fail with transport.ErrGone if its continue token expires.
	consistent bool
}

var errStopped = errors.New("stopped by the caller")

// eachItem reads page by page, passes on each item as it arrives, and returns the list's
// resourceVersion. It fails with errStopped when the caller wants no more items.
func (r requester) eachItem(ctx context.Context, accept string, list ListOptions, s *options,
	to itemSink) (version string, err error) {
	if list.Limit == 0 {
		list.Limit = pageSize
	}
	for expired := false; ; {
		req := &transport.Request{Method: http.MethodGet, Accept: accept, Query: list.query()}
		body, err := r.page(ctx, req, s)
		token := inconsistentToken(err, list)
		if token != "" && !to.consistent && !expired {
			list, expired = list.next(token), true
			continue
		}
		if err != nil {
			return "", err
		}
		answer := listAnswer{requester: r, req: req}
		meta, err := answer.read(body, to)
		var other *transport.AnswerError
		switch {
		case errors.Is(err, errStopped) || errors.As(err, &other):
			return "", err
		case err != nil:
			return "", fmt.Errorf("list %s: %w", r.describe(), err)
		case meta.Continue == "":
			return meta.ResourceVersion, nil
		case meta.Continue == list.Continue:
			return "", fmt.Errorf("list %s: the server repeats its continue token: the list would "+
				"not end", r.describe())
		}
		list, expired = list.next(meta.Continue), false
	}
}

func (r requester) page(ctx context.Context, req *transport.Request,
	s *options) (io.ReadCloser, error) {
	if err := r.complete(s, req); err != nil {
		return nil, err
	}
	resp, err := r.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

// inconsistentToken returns the continuation that a 410 offers for an expired continue token, or
// "".
func inconsistentToken(err error, list ListOptions) string {
	var status *transport.StatusError
	if list.Continue == "" || !errors.Is(err, transport.ErrGone) || !errors.As(err, &status) ||
		status.Status.Metadata.Continue == list.Continue {
		return ""
	}
	return status.Status.Metadata.Continue
}

// read decodes a list as it arrives, passes on each item, and returns the list's metadata. It
// closes body, also if the caller's function panics.
func (l *listAnswer) read(body io.ReadCloser, to itemSink) (meta transport.ListMeta, err error) {
	defer body.Close()
	r := newItemReader(body, "item")
	d := jsontext.NewDecoder(r)
	if t, err := d.ReadToken(); err != nil {
		return meta, err
	} else if t.Kind() != '{' {
		return meta, errors.New("the response is not a list")
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return meta, err
		}
		switch name.String() {
		case "metadata":
			if err := json.UnmarshalDecode(d, &meta); err != nil {
				return meta, err
			}
		case "columnDefinitions":
			if err := readColumns(d, to.columns); err != nil {
				return meta, err
			}
		case "items", "rows":
			if err := l.readItems(d, r, to); err != nil {
				return meta, err
			}
		default:
			if err := l.readMember(d, name.String()); err != nil {
				return meta, err
			}
		}
	}
	if _, err = d.ReadToken(); err == nil {
		_, _ = d.ReadToken() // reads EOF, so that an HTTP/1.1 connection can be used again
		err = l.check()
	}
	return meta, err
}

func readColumns(d *jsontext.Decoder, columns any) error {
	if columns == nil {
		return d.SkipValue()
	}
	return json.UnmarshalDecode(d, columns)
}

// readItems passes on the items. It checks their kinds unless that of the list is known and right.
func (l *listAnswer) readItems(d *jsontext.Decoder, r *itemReader, to itemSink) error {
	checked := l.matches()
	if l.isKnown() && !checked {
		if err := l.check(); err != nil {
			return err
		}
	}
	if d.PeekKind() == 'n' { // a list without items may be null
		return d.SkipValue()
	}
	if t, err := d.ReadToken(); err != nil {
		return err
	} else if t.Kind() != '[' {
		return errors.New("the items of the response are not a list")
	}
	for d.PeekKind() != ']' {
		item := to.make()
		var err error
		if checked {
			err = json.UnmarshalDecode(d, item)
		} else {
			err = l.readUnchecked(d, item)
		}
		if err != nil {
			return err
		}
		r.next()
		if !to.yield(item) {
			return errStopped
		}
	}
	_, err := d.ReadToken()
	return err
}

func (l *listAnswer) readUnchecked(d *jsontext.Decoder, item any) error {
	raw, err := d.ReadValue()
	if err == nil {
		err = l.checkItem(raw)
	}
	if err == nil {
		err = json.Unmarshal(raw, item)
	}
	return err
}
