package debug_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func ExampleRun() {
	server, err := kxtest.New(kxtest.WithDemo()) // a program takes its configuration from kubeconfig.Load
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	res, err := debug.Run(context.Background(), resources.New[resources.Pod](client), "distroless", debug.Options{
		Name: "debugger", Image: kxtest.BusyboxImage, Target: "app", Command: []string{"sleep", "60"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Container, res.Running)
	// Output: debugger true
}

func ExampleRun_attached() {
	server, err := kxtest.New(kxtest.WithDemo())
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	res, err := debug.Run(context.Background(), resources.New[resources.Pod](client), "distroless", debug.Options{
		Image: kxtest.BusyboxImage, Target: "app", Command: []string{"sh"},
		Stdin: strings.NewReader("ls /proc/1/root/app; exit 7"), Stdout: os.Stdout, Stderr: os.Stderr,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("exit code", res.ExitCode)
	// Output:
	// /proc/1/root/app
	// exit code 7
}

func ExampleCopyFrom() {
	server, err := kxtest.New(kxtest.WithDemo())
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	here, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(here)

	// The container has no tar, and nothing else.
	err = debug.CopyFrom(context.Background(), resources.New[resources.Pod](client), "distroless", debug.CopyOptions{
		Container: "app", Remote: "/etc/hostname", Local: here, ViaDebug: &debug.Options{Image: kxtest.BusyboxImage},
	})
	if err != nil {
		log.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(here, "hostname"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output: distroless
}
