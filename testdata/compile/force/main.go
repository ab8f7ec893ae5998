// Force fits Patch alone, so this must not compile.
package main

import (
	"context"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

func main() {
	var pods *resources.API[resources.Pod]
	_, _ = subresource.EphemeralContainers(pods).Replace(context.Background(), "web-0", nil,
		subresource.Force())
}
