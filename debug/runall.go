package debug

import (
	"context"
	"sync/atomic"

	"github.com/kx-k8s/kx/resources"
)

// atATime is how many pods RunAll works on at a time: enough that fifty take some five waits for the kubelet, which starts one container of a pod in a second or two,
// and few enough that the server is not flooded.
const atATime = 10

// RunAll is Run in each of the pods, ten at a time, with what options gives for the pod at that index; several goroutines call options at once.
// It calls report for each pod in their order, one after the other, once that pod and those before it are done, and returns after the last.
// When ctx ends, pods that were not begun are reported with its cause and no Result: nothing was added to them.
func RunAll(ctx context.Context, api *resources.API[resources.Pod], pods []string, options func(i int) Options, report func(i int, res *Result, err error)) {
	results, errs, done := make([]*Result, len(pods)), make([]error, len(pods)), make([]chan struct{}, len(pods))
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
	for range min(atATime, len(pods)) {
		go work()
	}
	for i := range pods {
		<-done[i]
		report(i, results[i], errs[i])
	}
}
