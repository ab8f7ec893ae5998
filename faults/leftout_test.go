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
	inStream := within || c.stage == faultproxy.Stream || c.stage == faultproxy.Status
	if c.fault.silent() && c.subject.uploads && strings.Contains(c.request.text, "/attach") && inStream {
		return "a peer that has more than 64 KiB to read may be slow, and then answers no ping"
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
	if c.fault.name == "404" && c.subject.cleans && strings.HasPrefix(c.request.text, "DELETE") {
		return "the API server's own 404 says that the pod is gone"
	}
	if c.fault.effect.Kind == faultproxy.GoesOn && (strings.HasPrefix(c.subject.name, "cp ") ||
		strings.HasPrefix(c.subject.name, "podcopy.")) {
		return "output after the end of an archive is no archive, and no end of tar is known"
	}
	return ""
}
