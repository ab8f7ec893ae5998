package kxtest

import (
	"math"
	"time"

	"github.com/kx-k8s/kx/kxtest/internal/stream"
)

// CutStream serves an exec, attach or port-forward, and resets the connection after that many bytes
// of output. Stdout and stderr, or the data of all ports, count together.
//
// A session with less output is cut before its status, or before the close frame of a port-forward.
// [math.MaxInt] always cuts there.
func CutStream(bytes int) *Effect {
	return &Effect{stream: &stream.Fault{AfterBytes: max(0, bytes), BeforeStatus: true}}
}

// CutStreamAfterStatus serves an exec or attach, and resets the connection after the status, before
// the close frame. A port-forward has no status, and is cut when its last connection has ended.
func CutStreamAfterStatus() *Effect {
	return &Effect{stream: &stream.Fault{AfterBytes: math.MaxInt}}
}

// FreezeStream serves an exec, attach or port-forward, and stalls after that many bytes of output.
// The server then neither writes nor reads, and answers no pings. The connection stays open until
// the server closes.
//
// A session with less output freezes before its status.
func FreezeStream(bytes int) *Effect {
	return &Effect{stream: &stream.Fault{AfterBytes: max(0, bytes), BeforeStatus: true,
		Freeze: true}}
}

// DelayStream serves an exec or attach, and waits after the upgrade before it sends anything, like
// a node far away from its API server.
func DelayStream(delay time.Duration) *Effect {
	return &Effect{stream: &stream.Fault{Delay: delay}}
}

// RefuseStream accepts the upgrade of an exec or attach, sends nothing until after is closed, and
// then reports the failure message as the kubelet's, with the reason InternalError. So does a node
// that is busy: the client has a session before it learns that its container has ended.
//
// With nil for after the failure comes at once. An empty message refuses nothing.
func RefuseStream(message string, after <-chan struct{}) *Effect {
	return &Effect{stream: &stream.Fault{Refusal: message, After: after}}
}
