// Package subresource holds the subresources of the API's kinds, one file each.
//
// A subresource is asked for by a function that compiles only for kinds that have it:
//
//	ec := subresource.EphemeralContainers(pods)       // *resources.API[resources.Pod]
//	pod, err := ec.Add(ctx, "web-0", resources.EphemeralContainer{Name: "debugger", Image: "busybox:latest"})
//	subresource.EphemeralContainers(deployments)      // does not compile
//
// Dispatch is the same for a kind and a subresource that are known by name only; there a kind that lacks it is an *UnsupportedError.
package subresource
