package debug

import (
	"context"
	"sync/atomic"

	"github.com/kx-k8s/kx/resources"
)

// maxParallelRuns is how many pods RunAll works on at once. The kubelet starts a container in one
// or two seconds. Ten at once keep fifty pods below ten seconds, and do not flood the server.
const maxParallelRuns = 10

// RunAll calls Run for each of the pods, ten at once. options returns the Options for the pod with
// index i; several goroutines call it at once.
//
// RunAll calls report for each pod in order, one call at a time, and returns after the last. When
// ctx ends, RunAll reports the remaining pods with the cause and without a Result: nothing was
// added to them.
func RunAll(
	ctx context.Context, api *resources.API[resources.Pod], pods []string,
	options func(i int) Options, report func(i int, res *Result, err error),
) {
	results, errs, done := make([]*Result, len(pods)), make([]error, len(pods)),
		make([]chan struct{}, len(pods))
	for i := range done {
		done[i] = make(chan struct{})
	}
	var next atomic.Int64
	work := func() {
		for i := int(next.Add(1)) - 1; i < len(pods); i = int(next.Add(1)) - 1 {
			errs[i] = context.Cause(ctx)
			if errs[i] == nil {
				results[i], errs[i] = Run(ctx, api, pods[i], options(i))
			}
			close(done[i])
		}
	}
	for range min(maxParallelRuns, len(pods)) {
		go work()
	}
	for i := range pods {
		<-done[i]
		report(i, results[i], errs[i])
	}
}
