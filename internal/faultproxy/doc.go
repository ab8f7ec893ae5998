// Package faultproxy is a proxy for tests. It ends TLS in front of an API server, and speaks
// HTTP/1.1 or HTTP/2 with the client. It does one thing wrong at one chosen stage of a request.
//
//	upstream, err := faultproxy.NewUpstream(srv.Config())
//	p, err := upstream.Start("h2", &faultproxy.Fault{
//		Match:  func(r *faultproxy.Record) bool { return r.Method == "POST" },
//		Stage:  faultproxy.Forwarded,
//		Effect: faultproxy.Effect{Kind: faultproxy.Reset},
//	})
//	defer p.Close()
//	client, err := transport.New(p.Config())
//
// The proxy gives its clients a token of its own, so that a test can look for that token where it
// must not be. It records each request: what the client sent, whether the API server executed it,
// and what came back.
package faultproxy
