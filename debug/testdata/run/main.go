// Command run adds a debug container and does nothing else.
package main

import (
	"context"
	"log"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	cfg, err := kubeconfig.InCluster()
	if err != nil {
		log.Fatal(err)
	}
	client, err := transport.New(cfg)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := debug.Run(context.Background(), resources.New[resources.Pod](client), "web-0",
		debug.Options{Image: "busybox", Profile: debug.Auto}); err != nil {
		log.Fatal(err)
	}
}
