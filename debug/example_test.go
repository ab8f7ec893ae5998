package debug_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
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

func ExampleRunAll() {
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

	names := []string{"distroless", "missing", "shell"}
	debug.RunAll(context.Background(), resources.New[resources.Pod](client), names, func(int) debug.Options {
		return debug.Options{Name: "debugger", Image: kxtest.BusyboxImage, Command: []string{"sleep", "60"}}
	}, func(i int, res *debug.Result, err error) {
		if err != nil {
			fmt.Println(names[i], "failed:", errors.Is(err, transport.ErrNotFound))
			return
		}
		fmt.Println(res.Pod, res.Container, res.Running)
	})
	// Output:
	// distroless debugger true
	// missing failed: true
	// shell debugger true
}
