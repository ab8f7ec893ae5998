// Package podcopy copies files and directories out of a pod's containers and into them.
//
//	err := podcopy.From(ctx, pods, "web-0", podcopy.Options{
//		Container: "app", Remote: "/var/log/app", Local: "./logs",
//	})
//	if errors.Is(err, podcopy.ErrNoTar) { // copy through a debug container then
//		err = podcopy.From(ctx, pods, "web-0", podcopy.Options{
//			Container: "app", Remote: "/var/log/app", Local: "./logs",
//			ViaDebug: &debug.Options{Image: "busybox:1.37"},
//		})
//	}
//
// The files travel as a tar archive, which the container's own tar writes or reads.
//
// The container is not trusted: From treats the archive as hostile input.
// Nothing outside the destination is written, and no link that the archive brings is followed.
package podcopy
