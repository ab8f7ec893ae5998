package resources

import (
	"context"
	"net/http"
	"time"

	"github.com/kx-k8s/kx/transport"
)

// maxPrefetch is how long a page may stand before its turn. The API server ends an answer after
// 60 s, whether it is read or not, and an error of long ago tells the caller nothing.
const maxPrefetch = 10 * time.Second

// pageReader asks for the pages of a list, also for one before its turn.
type pageReader struct {
	requester
	ctx     context.Context
	accept  string
	options *options
	list    ListOptions     // of the page that is read
	ahead   *prefetchedPage // nil if no other page is asked for
}

// listPage is the answer to the request for one page.
type listPage struct {
	req  *transport.Request
	body *itemReader
	err  error
	// cancel frees what the request holds, after the body is read. So does the end of the list.
	cancel context.CancelFunc
}

// prefetchedPage is a page that is asked for before its turn.
type prefetchedPage struct {
	token  string
	cancel context.CancelFunc
	expiry *time.Timer   // calls cancel
	page   chan listPage // gets the answer, once
}

// take returns the page that list selects.
func (p *pageReader) take() listPage {
	ahead := p.ahead
	if ahead == nil || ahead.token != p.list.Continue || !ahead.expiry.Stop() {
		p.drop()
		return p.ask(p.ctx, p.list)
	}
	p.ahead = nil
	page := <-ahead.page
	page.cancel = ahead.cancel
	return page
}

func (p *pageReader) ask(ctx context.Context, list ListOptions) listPage {
	req := &transport.Request{Method: http.MethodGet, Accept: p.accept, Query: list.query()}
	body, err := p.page(ctx, req, p.options)
	return listPage{req, body, err, func() {}}
}

// prefetch asks for the page after the current one, which calls it token.
func (p *pageReader) prefetch(token string) {
	if token == "" || token == p.list.Continue || p.ahead != nil {
		return
	}
	ctx, cancel := context.WithCancel(p.ctx)
	list, page := p.list.next(token), make(chan listPage, 1)
	p.ahead = &prefetchedPage{token, cancel, time.AfterFunc(maxPrefetch, cancel), page}
	go func() { page <- p.ask(ctx, list) }()
}

// drop gives up the page that was asked for before its turn.
func (p *pageReader) drop() {
	if p.ahead == nil {
		return
	}
	p.ahead.expiry.Stop()
	p.ahead.cancel()
	page := <-p.ahead.page
	p.ahead = nil
	if page.err == nil {
		_ = page.body.body.Close() // nobody reads it
	}
}
