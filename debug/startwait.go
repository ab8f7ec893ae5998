package debug

import "context"

// startWait is awaitStart in the background, while the caller tries to attach.
type startWait struct {
	changed chan struct{} // has an element when the pod has changed since the last receive
	done    chan struct{} // closed once res and err are final
	res     Result
	err     error
}

// beginStartWait starts a startWait, which ends with ctx at the latest.
func beginStartWait(ctx context.Context, pods *podAPI, res Result, o *Options) *startWait {
	w := &startWait{changed: make(chan struct{}, 1), done: make(chan struct{}), res: res}
	go func() {
		defer close(w.done)
		w.err = awaitStart(ctx, pods, &w.res, o, func() {
			select {
			case w.changed <- struct{}{}:
			default:
			}
		})
	}()
	return w
}

// isDone reports whether res and err are final.
func (w *startWait) isDone() bool {
	select {
	case <-w.done:
		return true
	default:
		return false
	}
}
