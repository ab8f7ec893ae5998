package podcopy_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func ExampleFrom() {
	server, err := kxtest.New(kxtest.WithDemo()) // a program has a cluster
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config()) // and a kubeconfig: kubeconfig.Load
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	local, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(local)

	// The container has no tar, and no other program either.
	err = podcopy.From(context.Background(), pods, "distroless", podcopy.Options{
		Container: "app", Remote: "/etc/hostname", Local: local,
		ViaDebug: &debug.Options{Image: kxtest.BusyboxImage},
	})
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(local, "hostname"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output: distroless
}
