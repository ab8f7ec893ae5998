package resources

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/transport"
)

// itemSink makes and receives the items of a list. It stands for a type parameter, with which the
// compiler would copy this code for each type.
type itemSink struct {
	make  func() any // returns a pointer
	yield func(item any) bool
	// columns gets the columns of a Table, unless it is nil.
	columns *[]TableColumnDefinition
	// open is called before the first item, if it is not nil and the items are not null. It reports
	// whether items are wanted.
	open func() bool
	// others gets the members that are not the items, as an object, if it is not nil.
	others *[]byte
	// consistent makes the list fail with transport.ErrGone if its continue token expires.
	consistent bool
}

var errStopped = errors.New("stopped by the caller")

// maxEmptyPages is how many pages without items may follow each other. The API server fills its
// pages, but others may send pages whose objects the selectors have left out.
const maxEmptyPages = 1000

// eachItem reads page by page, passes on each item as it arrives, and returns the list's
// resourceVersion. It sends a request once more if its answer is cut off before the first item. It
// fails with errStopped when the caller wants no more items.
func (r requester) eachItem(ctx context.Context, accept string, list ListOptions, s *options,
	to itemSink) (version string, err error) {
	if list.Limit == 0 {
		list.Limit = pageSize
	}
	ctx, cancel := context.WithCancel(ctx)
	pages := &pageReader{requester: r, ctx: ctx, accept: accept, options: s, list: list}
	defer pages.drop()
	defer cancel()
	empty := 0
	for expired, cut := false, false; ; {
		page := pages.take()
		token := inconsistentToken(page.err, pages.list)
		if token != "" && !to.consistent && !expired {
			pages.list, expired = pages.list.next(token), true
			continue
		}
		if page.err != nil {
			return "", page.err
		}
		req, body := page.req, page.body
		answer := listAnswer{requester: r, req: req}
		if s.prefetch {
			answer.onToken = pages.prefetch
		}
		meta, err := answer.read(body, to)
		page.cancel()
		if errors.As(body.err, new(*transport.AnswerSizeError)) {
			err = body.err
		}
		switch {
		case errors.Is(err, errStopped) || errors.As(err, new(*transport.AnswerError)):
			return "", err
		case err != nil && !body.failed():
			return "", unreadable(req, r.describe(), err)
		case err != nil && !cut && body.items == 0 &&
			errors.As(body.err, new(*transport.ConnectionError)):
			cut = true
			continue
		case err != nil:
			return "", fmt.Errorf("list %s: %w", r.describe(), body.err)
		case meta.Continue == "":
			return meta.ResourceVersion, nil
		case meta.Continue == pages.list.Continue:
			return "", unreadable(req, r.describe(), errRepeatedToken)
		}
		empty++
		if body.items > 0 {
			empty = 0
		}
		if empty == maxEmptyPages {
			return "", unreadable(req, r.describe(), fmt.Errorf(
				"%d pages in turn have no items, and there are more: the list would not end",
				empty))
		}
		pages.list, expired, cut = pages.list.next(meta.Continue), false, false
	}
}

func (r requester) page(ctx context.Context, req *transport.Request,
	s *options) (*itemReader, error) {
	if err := r.complete(s, req); err != nil {
		return nil, err
	}
	resp, err := r.client.Do(ctx, req)
	if err != nil {
		return nil, err
	}
	return newItemReader(req, resp.Body, "an item"), nil
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
// closes the body, also if the caller's function panics.
func (l *listAnswer) read(r *itemReader, to itemSink) (meta transport.ListMeta, err error) {
	defer r.body.Close()
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
		member := name.String()
		switch {
		case member == "items" || member == "rows":
			err = l.readItems(d, r, to)
		case member == "columnDefinitions" && to.columns != nil:
			err = readColumns(d, to.columns)
		case member == "metadata" && to.others == nil:
			err = json.UnmarshalDecode(d, &meta)
			if err == nil && l.onToken != nil {
				l.onToken(meta.Continue)
			}
		default:
			err = l.readMember(d, member, to.others)
		}
		if err != nil {
			return meta, err
		}
	}
	if _, err = d.ReadToken(); err != nil {
		return meta, err
	}
	if err := l.check(); err != nil {
		return meta, err
	}
	_, err = d.ReadToken() // reads EOF, so that an HTTP/1.1 connection can be used again
	if errors.Is(err, io.EOF) || to.others == nil && r.failed() {
		return meta, nil
	}
	return meta, cmp.Or(err, errors.New("more follows the list"))
}

// readColumns reads the columns of a Table. A caller may hold those of an earlier page.
func readColumns(d *jsontext.Decoder, columns *[]TableColumnDefinition) error {
	var read []TableColumnDefinition
	if err := json.UnmarshalDecode(d, &read); err != nil {
		return err
	}
	if read != nil {
		*columns = read
	}
	return checkWidth(len(read), "columns")
}

// checkWidth fails if a Table has more than MaxColumns columns, or a row more cells.
func checkWidth(n int, unit string) error {
	if n <= MaxColumns {
		return nil
	}
	return &transport.AnswerSizeError{Part: "a Table", Limit: MaxColumns, Unit: unit,
		Constant: "resources.MaxColumns"}
}

// appendMember appends a member to an object without its closing brace.
func appendMember(object []byte, name string, value jsontext.Value) []byte {
	separator := byte(',')
	if len(object) == 0 {
		separator = '{'
	}
	object, _ = jsontext.AppendQuote(append(object, separator), name) // was read from JSON
	return append(append(object, ':'), value...)
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
	if to.open != nil && !to.open() {
		return errStopped
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
		r.next(item)
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
