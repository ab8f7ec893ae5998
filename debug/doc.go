// Package debug puts an ephemeral container beside the containers of a running pod and waits until it runs:
// what people do when a pod has no shell in it. What they do besides is here too: see which images the node has,
// reach a port, and end the container again.
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{Image: "busybox", Target: "app"})
//
// With a stream in the Options it attaches to the container, stays until its program has ended, and gives the exit code:
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{Image: "busybox", Target: "app", Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr})
//
// The image may be AutoImage, the best for debugging that the node has, and the profile Auto, the first that the server lets through.
// RunAll does the same for many pods. Preview gives the Plan, which is what would be sent, and where each security setting in it comes from.
//
// The container cannot be removed again; it ends with its own program, by Stop, or with the pod. List tells which there are.
// TargetRoot returns the path under which a debug container has the files of its target.
package debug
