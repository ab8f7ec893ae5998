// Package debug puts an ephemeral container beside the containers of a running pod and waits until it runs:
// what people do when a pod has no shell in it.
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{Image: "busybox", Target: "app"})
//
// With a stream in the Options it attaches to the container, stays until its program has ended, and gives the exit code:
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{Image: "busybox", Target: "app", Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
//
// The container cannot be removed again; it ends with its own program, or with the pod.
package debug
