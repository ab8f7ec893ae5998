package faults_test

import (
	"strings"

	"github.com/kx-k8s/kx/internal/faultproxy"
)

// leftOut returns why a cell is not run, or "".
func (c *cell) leftOut() string {
	within := c.stage == faultproxy.Event || c.stage == faultproxy.Body || c.stage == faultproxy.LastByte
	if c.fault.silent() && c.request.stream && c.subject.limits == "" && within {
		return "a watch or a followed log that is silent cannot be told from one without news"
	}
	if c.fault.silent() && c.request.log && within {
		return "a log has no limit once its headers have come"
	}
	return c.pending()
}

// pending returns the reason for a cell that is known to be wrong.
func (c *cell) pending() string {
	switch {
	case strings.HasPrefix(c.fault.name, "200 "), c.fault.name == "204":
		return "pending: an answer is not checked against the question yet"
	case c.fault.name == "500 with Retry-After":
		return "pending: a 500 with Retry-After is not marked yet"
	case c.fault.effect.Kind == faultproxy.Endless:
		return "pending: endless bodies have no bound yet"
	case c.fault.effect.Kind == faultproxy.GoesOn:
		return "pending: output after the status has no limit yet"
	case c.subject.call != nil && c.fault.effect.Kind == faultproxy.Alter:
		return "pending: the error of an answer that cannot be read has no type"
	case c.fault.effect.Kind == faultproxy.Garbage && c.protocol == protocols[0]:
		return "pending: net/http's log line is printed"
	}
	return ""
}
