// Package debug adds ephemeral containers to running pods, for pods whose containers have no shell.
// It also creates pods to debug a node or a volume claim, and copies of pods.
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{Image: "busybox", Target: "app"})
//
// Run adds a container and waits until it runs. With a stream in the Options, Run attaches to the
// container, returns when its program has ended, and reports the exit code:
//
//	res, err := debug.Run(ctx, pods, "web-0", debug.Options{
//		Image: "busybox", Target: "app", Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
//	})
//	if err == nil {
//		os.Exit(res.ExitCode)
//	}
//
// The functions of the package:
//
//	Run, RunAll       add a container to one pod or to many
//	RunOnNode         creates a pod on a node, and removes it at the end
//	RunOnClaim        creates a pod that mounts a claim, and removes it at the end
//	RunCopy           creates a copy of a pod, with changes
//	Preview           returns the Plan: what Run would send, and the source of each setting;
//	                  PreviewOnNode, PreviewOnClaim and PreviewCopy are for the others
//	PodsOfClaim       returns the pods that mount a claim
//	Images            lists the images for debugging that the pod's node has
//	List              lists ephemeral containers
//	Stop              ends the processes of an ephemeral container
//	TargetRoot        returns the path of the target's files in a debug container
//	WithTargetFiles   calls a function while a debug container sees the files of a target
//
// AutoImage as the image stands for the best image that the node has. Auto as the profile stands
// for the first profile that the server admits.
//
// Kubernetes cannot remove an ephemeral container from its pod. The container ends with its
// program, by Stop, or with the pod.
package debug
