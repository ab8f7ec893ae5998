package kxtest

import (
	"math"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// CutStream serves an exec, attach or portforward, and resets its connection after so many bytes of output: stdout and stderr, or the data of all ports, together.
// A session that has less is cut before its status or, with portforward, its close frame is sent, so that [math.MaxInt] cuts it there.
func CutStream(bytes int) *Effect {
	return &Effect{stream: &stream.Fault{AfterBytes: max(0, bytes), BeforeStatus: true}}
}

// CutStreamAfterStatus serves an exec or attach, and resets its connection when the status is sent, before any close frame; a portforward, which has no status,
// when the last port's connection has ended.
func CutStreamAfterStatus() *Effect { return &Effect{stream: &stream.Fault{AfterBytes: math.MaxInt}} }

// FreezeStream serves an exec, attach or portforward, and falls silent after so many bytes of output: from then on the server neither writes nor reads,
// and answers no pings, but the connection stays until the server closes. A session that has less freezes instead of sending its status.
func FreezeStream(bytes int) *Effect {
	return &Effect{stream: &stream.Fault{AfterBytes: max(0, bytes), BeforeStatus: true, Freeze: true}}
}

// DelayStream serves an exec or attach, and takes so long after the upgrade until anything comes of it, as a node does that is far from its API server.
func DelayStream(delay time.Duration) *Effect { return &Effect{stream: &stream.Fault{Delay: delay}} }
