package faults_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/faultproxy"
)

// cell is one run of the matrix: a subject, with a fault at a stage of one of its requests.
type cell struct {
	subject  *subject
	base     *baseline
	protocol string
	request  requestKey
	fault    namedFault
	stage    faultproxy.Stage
	forever  bool // the fault happens to each such request, not only to the first
}

// requestKey names a request of a subject.
type requestKey struct {
	text       string // method, path and whether it is a watch
	occurrence int    // among the requests of this text
	write      bool   // changes something; the fault may leave its outcome unknown
	upgrade    bool
	stream     bool
	body       bool // the request has a body
	log        bool // the answer is a log, and no JSON
}

func (c *cell) name() string {
	times := "once"
	if c.forever {
		times = "always"
	}
	occurrence := ""
	if c.request.occurrence > 0 {
		occurrence = fmt.Sprintf(" (%d)", c.request.occurrence+1)
	}
	return strings.Join([]string{c.subject.name, c.protocol, c.request.text + occurrence, c.fault.name,
		c.stage.String(), times}, " / ")
}

// keyOf returns the key of a request, with NAME for the name of the cell's own object.
func keyOf(r *faultproxy.Record, name string) string {
	text := r.Method + " " + nodePod.ReplaceAllString(strings.ReplaceAll(r.URL.Path, name, "NAME"), "NODE-POD")
	switch {
	case r.Upgrade():
		return text + " upgrade"
	case r.URL.Query().Get("watch") != "":
		return text + " watch"
	case r.Stream():
		return text + " follow"
	case strings.Contains(r.Header.Get("Accept"), "as=Table"):
		return text + " table"
	}
	return text
}

// baseline is what a subject does without a fault.
type baseline struct {
	outcome
	name    string // of the object of its own
	records []faultproxy.Record
	keys    []requestKey
	writes  map[string]int // executed writes by their key
}

// observe runs a subject without a fault.
func (w *world) observe(ctx context.Context, s *subject, protocol string) (*baseline, error) {
	got, records, name, err := w.attempt(ctx, s, protocol, nil, false, cellLimit, nil)
	if err != nil {
		return nil, err
	}
	if !got.ended || got.failed && s.until == "" && !s.forward && got.code != s.lost {
		return nil, fmt.Errorf("%s over %s does not work without a fault: %+v", s.name, protocol, got.outcome)
	}
	b := &baseline{outcome: got.outcome, name: name, records: records, writes: executedWrites(records, name)}
	seen := map[string]int{}
	for i := range records {
		r := &records[i]
		text := keyOf(r, name)
		if seen[text] < 2 {
			b.keys = append(b.keys, requestKey{text: text, occurrence: seen[text],
				write: !r.Idempotent(), upgrade: r.Upgrade(), stream: r.Stream(), body: len(r.Body) > 0,
				log: strings.HasSuffix(r.URL.Path, "/log")})
		}
		seen[text]++
	}
	return b, nil
}

// observed is what came of an attempt.
type observed struct {
	outcome
	leaked []string
	hit    bool
}

// attempt runs a subject once, with its own objects and through its own proxy.
func (w *world) attempt(ctx context.Context, s *subject, protocol string,
	fault func(name string) *faultproxy.Fault, silent bool, limit time.Duration, planted *bug) (
	got observed, records []faultproxy.Record, name string, err error) {
	name = w.name()
	err = w.provide(ctx, s.needs, name)
	defer w.remove(s.needs, name)
	if err != nil {
		return got, nil, name, fmt.Errorf("preparing %s: %w", s.name, err)
	}
	var planned *faultproxy.Fault
	if fault != nil {
		planned = fault(name)
	}
	proxy, err := w.upstream.Start(protocol, planned)
	if err != nil {
		return got, nil, name, err
	}
	defer proxy.Close()
	folder, err := os.MkdirTemp(w.folder, "cell-")
	if err != nil {
		return got, nil, name, err
	}
	defer os.RemoveAll(folder)
	a := &attempt{world: w, proxy: proxy, name: name, folder: folder, silent: silent, bug: planted}
	got.outcome = s.run(ctx, a, limit)
	records, got.hit = proxy.Records()
	got.leaked = proxy.Leaked()
	got.out = normalize(got.out, name, folder)
	return got, records, name, nil
}

// runCell runs a cell.
func (w *world) runCell(ctx context.Context, c *cell, planted *bug) (verdict string, hit bool, err error) {
	fault := func(name string) *faultproxy.Fault {
		f := &faultproxy.Fault{Stage: c.stage, Effect: c.fault.effect, Skip: c.request.occurrence}
		if c.forever {
			f.Times = -1
		}
		if c.stage != faultproxy.Connect {
			f.Match = func(r *faultproxy.Record) bool { return keyOf(r, name) == c.request.text }
		}
		return f
	}
	limit := cellLimit
	switch {
	case planted != nil && planted.limit > 0:
		limit = planted.limit
	case c.slow():
		limit = slowLimit
	case c.outlives():
		limit = outageLimit
	}
	got, records, name, err := w.attempt(ctx, c.subject, c.protocol, fault, c.fault.silent(), limit,
		planted)
	if err != nil {
		return "", false, err
	}
	if !got.hit {
		return "", false, nil
	}
	return c.judge(got, records, name), true, nil
}
