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
	if c.subject.raw && (c.fault.effect.Kind == faultproxy.Alter || strings.HasPrefix(c.fault.name, "20")) {
		return "a raw answer is printed as it comes"
	}
	if c.subject.raw && c.subject.call == nil && c.fault.effect.Kind == faultproxy.Endless {
		return "a raw answer of any length is printed as it comes" // Client.Fetch has a bound
	}
	if c.fault.name == "404" && strings.HasPrefix(c.subject.name, "Discovery") {
		return "the API server's own 404 for /apis says that it has no groups"
	}
	if c.fault.effect.Kind == faultproxy.GoesOn && strings.Contains(c.subject.name+c.subject.args, "cp") {
		return "output after the end of an archive is no archive, and no end of tar is known"
	}
	return c.pending()
}

// pending returns the reason for a cell that is known to be wrong.
func (c *cell) pending() string {
	if c.subject.name == "debug -i" && strings.HasSuffix(c.request.text, "/attach upgrade") &&
		strings.HasPrefix(c.fault.name, "50") && c.stage == faultproxy.Forwarded {
		return "pending: a program whose attach is answered with 50x after the node has executed it " +
			"may read EOF, and kx debug -i reports its end as a success"
	}
	return ""
}
