// Package debug puts an ephemeral container beside the containers of a running pod and waits until it runs:
// what people do when a pod has no shell in it.
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{Image: "busybox", Target: "app"})
//
// The container cannot be removed again; it ends with its own program, or with the pod.
package debug
