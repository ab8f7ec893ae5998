// A Deployment has no log itself, so this must not compile.
package main

import (
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func main() {
	var deployments *resources.API[resources.Deployment]
	subresource.Log(deployments)
}
