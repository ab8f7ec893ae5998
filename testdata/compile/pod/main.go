// What compiles: the same for a Pod, and scale for a Deployment.
package main

import (
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func main() {
	var pods *resources.API[resources.Pod]
	var deployments *resources.API[resources.Deployment]
	_ = subresource.EphemeralContainers[resources.Pod]
	_ = subresource.Scale[resources.Deployment]
	if pods != nil && deployments != nil {
		subresource.EphemeralContainers(pods)
		subresource.Exec(pods)
		subresource.Attach(pods)
		subresource.Eviction(pods)
		subresource.Resize(pods)
		subresource.Scale(deployments)
	}
}
