// Command inject runs in a pod. It adds an ephemeral container to another pod of its namespace:
//
//	inject POD IMAGE [COMMAND ARG…]
//
// It is a complete program on kx. Its service account needs the verb get for pods, and patch for
// pods/ephemeralcontainers.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: inject POD IMAGE [COMMAND ARG…]")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, err := kubeconfig.InCluster()
	if err == nil {
		err = inject(ctx, cfg, os.Args[1], os.Args[2], os.Args[3:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "inject:", err)
		os.Exit(1)
	}
}

func inject(ctx context.Context, cfg *kubeconfig.Config, pod, image string,
	command []string) error {
	client, err := transport.New(cfg)
	if err != nil {
		return err
	}
	pods := resources.New[resources.Pod](client)
	_, err = subresource.EphemeralContainers(pods).Add(ctx, pod, resources.EphemeralContainer{
		Name: "debugger", Image: image, Command: command,
	})
	return err
}
