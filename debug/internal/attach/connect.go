package attach

import (
	"context"

	"github.com/kx-k8s/kx/subresource"
)

// connect opens a session with ctx. When the pod's status says meanwhile that the container does
// not run, connect calls abandon, which ends ctx: the log has all of the output, and over a far
// link the answer of the node would take longer.
//
// gaveUp reports whether connect has done that. The session is then nil, unless the program was
// attached nevertheless: what such a session has received is a part of the log.
func (a *Attacher) connect(ctx context.Context, abandon func(),
	options subresource.AttachOptions) (session *subresource.Session, gaveUp bool, err error) {
	answered := make(chan struct{})
	go func() {
		session, err = subresource.Attach(a.Pods).Start(ctx, a.Pod, options)
		close(answered)
	}()
	var startErr error
	select {
	case <-answered:
	case <-a.Start.Done:
		var state State
		state, startErr = a.Start.State()
		gaveUp = startErr != nil || !state.Running
	}
	if gaveUp {
		abandon()
	}
	<-answered
	if gaveUp && session != nil {
		_ = session.Wait() // fails: ctx has ended
	}
	if startErr != nil { // no program has run
		session = nil
	}
	return session, gaveUp, err
}
