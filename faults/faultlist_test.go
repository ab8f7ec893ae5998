package faults_test

import (
	"bytes"
	"compress/gzip"
	"net/http"

	"github.com/kx-k8s/kx/internal/faultproxy"
)

// namedFault is a row of the matrix's faults.
type namedFault struct {
	name   string
	effect faultproxy.Effect
	stages []faultproxy.Stage
	http2  bool // needs HTTP/2
	kind   faultKind
	// objects is true if the fault is for requests that return JSON alone.
	objects bool
}

// faultKind is what a fault leaves the client to know of a write.
type faultKind int

const (
	ambiguous faultKind = iota // the client cannot know whether the write happened
	refusal                    // the server says that it did not
	unharmed                   // the answer is right
	unsent                     // the request was not processed, and may be sent again
)

var (
	beforeAnswer = []faultproxy.Stage{faultproxy.Received, faultproxy.Forwarded}
	anyStage     = []faultproxy.Stage{
		faultproxy.Received, faultproxy.Forwarded, faultproxy.Headers, faultproxy.Body,
		faultproxy.Event, faultproxy.LastByte, faultproxy.Stream, faultproxy.Status,
	}
	inAnswer = []faultproxy.Stage{faultproxy.Body, faultproxy.Event, faultproxy.LastByte}
)

const html = "<html><body>Please log in to the gateway</body></html>"

func answered(name string, kind faultKind, code int, contentType, text string, header ...string) namedFault {
	h := http.Header{"Content-Type": {contentType}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	f := namedFault{name: name, kind: kind, stages: beforeAnswer,
		effect: faultproxy.Effect{Kind: faultproxy.Answer, Code: code, Header: h, Text: text}}
	if kind == refusal {
		// A server that executed the request refuses nothing.
		f.stages = []faultproxy.Stage{faultproxy.Received}
	}
	return f
}

func statusText(code, reason string) string {
	return `{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the fault",` +
		`"reason":"` + reason + `","code":` + code + `}`
}

func altered(name string, kind faultKind, change func(h http.Header, body []byte) []byte) namedFault {
	return namedFault{name: name, kind: kind, stages: []faultproxy.Stage{faultproxy.Whole}, objects: true,
		effect: faultproxy.Effect{Kind: faultproxy.Alter, Change: change}}
}

func zipped(body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(body)
	_ = w.Close()
	return b.Bytes()
}

// faultList are the faults, each with the stages at which it can happen.
func faultList() []namedFault {
	const json, page = "application/json", "text/html"
	breaks := append([]faultproxy.Stage{faultproxy.Connect}, anyStage...)
	h2 := func(name string, kind faultKind, e faultproxy.Effect, stages ...faultproxy.Stage) namedFault {
		return namedFault{name: name, kind: kind, effect: e, stages: stages, http2: true}
	}
	websocket := func(name string, e faultproxy.Effect, stages ...faultproxy.Stage) namedFault {
		return namedFault{name: name, effect: e, stages: stages}
	}
	return []namedFault{
		{name: "reset", effect: faultproxy.Effect{Kind: faultproxy.Reset}, stages: breaks},
		{name: "close", effect: faultproxy.Effect{Kind: faultproxy.Close}, stages: breaks},
		{name: "end without close_notify", effect: faultproxy.Effect{Kind: faultproxy.Truncate}, stages: anyStage},
		{name: "garbage", effect: faultproxy.Effect{Kind: faultproxy.Garbage}, stages: breaks},
		{name: "silence", effect: faultproxy.Effect{Kind: faultproxy.Stall}, stages: breaks},

		answered("400", refusal, 400, json, statusText("400", "BadRequest")),
		answered("401", refusal, 401, json, statusText("401", "Unauthorized")),
		answered("403", refusal, 403, json, statusText("403", "Forbidden")),
		answered("404", refusal, 404, json, statusText("404", "NotFound")),
		answered("409", refusal, 409, json, statusText("409", "Conflict")),
		answered("410", refusal, 410, json, statusText("410", "Expired")),
		answered("422", refusal, 422, json, statusText("422", "Invalid")),
		answered("429 with Retry-After", refusal, 429, json, statusText("429", "TooManyRequests"), "Retry-After", "0"),
		answered("429 without Retry-After", refusal, 429, json, statusText("429", "TooManyRequests")),
		answered("503 with Retry-After", refusal, 503, json, statusText("503", "ServiceUnavailable"), "Retry-After", "0"),
		answered("500 of the API server", ambiguous, 500, json, statusText("500", "InternalError")),
		answered("500 with Retry-After", ambiguous, 500, json, statusText("500", "InternalError"), "Retry-After", "0"),
		answered("502 of a proxy", ambiguous, 502, page, html),
		answered("504 of a proxy", ambiguous, 504, page, html),
		answered("200 with a proxy's page", ambiguous, 200, page, html),
		answered("200 with no body", ambiguous, 200, json, ""),
		answered("200 with an empty object", ambiguous, 200, json, "{}"),
		answered("200 with a failure", ambiguous, 200, json, statusText("403", "Forbidden")),
		answered("200 with another object", ambiguous, 200, json, `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"other","uid":"1"}}`),
		answered("204", ambiguous, 204, json, ""),
		answered("302 to another server", refusal, 302, page, html, "Location", faultproxy.Elsewhere+"/login"),
		answered("307 to another server", refusal, 307, page, html, "Location", faultproxy.Elsewhere+"/login"),

		altered("text after the object", ambiguous, func(h http.Header, body []byte) []byte { return append(body, "{}"...) }),
		altered("half an object of its length", ambiguous, func(h http.Header, body []byte) []byte { return body[:len(body)/2] }),
		altered("gzip that is none", ambiguous, func(h http.Header, body []byte) []byte {
			h.Set("Content-Encoding", "gzip")
			return body
		}),
		altered("gzip that ends early", ambiguous, func(h http.Header, body []byte) []byte {
			h.Set("Content-Encoding", "gzip")
			packed := zipped(body)
			return packed[:len(packed)-6]
		}),
		{name: "a length that is too long", effect: faultproxy.Effect{Kind: faultproxy.TooLong}, stages: []faultproxy.Stage{faultproxy.Whole}},
		{name: "byte by byte", kind: unharmed, effect: faultproxy.Effect{Kind: faultproxy.Trickle}, stages: []faultproxy.Stage{faultproxy.Whole}},
		{name: "endless spaces", effect: faultproxy.Effect{Kind: faultproxy.Endless, Text: " "}, stages: []faultproxy.Stage{faultproxy.Whole}, objects: true},

		h2("RST_STREAM", ambiguous, faultproxy.Effect{Kind: faultproxy.ResetStream, Code: 2}, append(beforeAnswer, inAnswer...)...),
		h2("RST_STREAM without error", ambiguous, faultproxy.Effect{Kind: faultproxy.ResetStream}, inAnswer...),
		h2("REFUSED_STREAM", unsent, faultproxy.Effect{Kind: faultproxy.ResetStream, Code: 7}, faultproxy.Received),
		h2("GOAWAY before the request", unsent, faultproxy.Effect{Kind: faultproxy.Refuse}, faultproxy.Received),
		h2("GOAWAY within the answer", unharmed, faultproxy.Effect{Kind: faultproxy.GoAway}, faultproxy.Body, faultproxy.Event),
		h2("no window for the answer", ambiguous, faultproxy.Effect{Kind: faultproxy.FlowStall}, append(beforeAnswer, faultproxy.Body, faultproxy.LastByte)...),
		h2("no window for the request", ambiguous, faultproxy.Effect{Kind: faultproxy.UploadStall}, faultproxy.Received),

		websocket("close frame 1000", faultproxy.Effect{Kind: faultproxy.CloseFrame, Code: 1000}, faultproxy.Stream, faultproxy.Status),
		websocket("close frame 1011", faultproxy.Effect{Kind: faultproxy.CloseFrame, Code: 1011}, faultproxy.Stream, faultproxy.Status),
		websocket("reserved opcode", faultproxy.Effect{Kind: faultproxy.BadFrame}, faultproxy.Stream, faultproxy.Status),
		websocket("output after the status", faultproxy.Effect{Kind: faultproxy.GoesOn}, faultproxy.Status),
	}
}

// silent reports whether only a limit ends the request: nothing more is sent, or net/http itself
// tries again and again.
func (f namedFault) silent() bool {
	switch f.effect.Kind {
	case faultproxy.Stall, faultproxy.FlowStall, faultproxy.UploadStall:
		return true
	}
	return f.kind == unsent
}
