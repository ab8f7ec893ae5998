package faults_test

import (
	"slices"
	"strings"

	"github.com/kx-k8s/kx/internal/faultproxy"
)

// cellsOf returns the cells of one subject: each fault at each stage that each request has.
func cellsOf(s *subject, protocol string, base *baseline) (cells []*cell) {
	add := func(key requestKey, f namedFault, stage faultproxy.Stage) {
		for _, forever := range []bool{false, true} {
			cells = append(cells, &cell{subject: s, base: base, protocol: protocol, request: key,
				fault: f, stage: stage, forever: forever})
		}
	}
	for _, f := range faultList() {
		if slices.Contains(f.stages, faultproxy.Connect) {
			add(requestKey{text: "connection"}, f, faultproxy.Connect)
		}
		for _, key := range base.keys {
			for _, stage := range f.stages {
				if stage != faultproxy.Connect && fits(key, f, stage, protocol) {
					add(key, f, stage)
				}
			}
		}
	}
	return cells
}

// fits reports whether a request can have the fault at the stage.
func fits(key requestKey, f namedFault, stage faultproxy.Stage, protocol string) bool {
	switch {
	case key.upgrade && (protocol == "h2" || f.objects || f.http2):
		return false // an upgrade uses HTTP/1.1 in any case
	case f.http2 && protocol != "h2":
		return false
	case f.effect.Kind == faultproxy.UploadStall && !key.body:
		return false
	case f.effect.Kind == faultproxy.GoAway && key.stream && stage == faultproxy.Body:
		return false // the event is completed: stage event has it
	case f.effect.Kind == faultproxy.Garbage && !key.upgrade && (stage == faultproxy.Body ||
		stage == faultproxy.LastByte || stage == faultproxy.Event):
		return false // its bytes would be content
	case f.effect.Kind == faultproxy.Garbage && stage == faultproxy.Body:
		return false
	case f.objects && (key.log || key.stream):
		return false
	}
	switch stage {
	case faultproxy.Event:
		return key.stream
	case faultproxy.LastByte:
		return !key.upgrade && (!key.stream || key.log)
	case faultproxy.Whole:
		return !key.upgrade && (!key.stream || f.effect.Kind == faultproxy.Trickle)
	case faultproxy.Stream:
		return key.upgrade
	case faultproxy.Status:
		return key.upgrade && !strings.Contains(key.text, "/portforward")
	}
	return true
}

// outlives reports whether the subject may go on for as long as the fault does.
func (c *cell) outlives() bool {
	return c.subject.follows && c.forever && c.fault.kind != unharmed
}

// slow reports whether the cell lasts until the limit for a dead peer.
func (c *cell) slow() bool {
	within := c.stage == faultproxy.Body || c.stage == faultproxy.Stream || c.stage == faultproxy.Status
	return c.fault.silent() && c.request.upgrade && within ||
		c.fault.effect.Kind == faultproxy.BadFrame
}
