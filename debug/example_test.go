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
	server := newServer()
	defer server.Close()
	pods := podsOf(server)

	res, err := debug.Run(context.Background(), pods, "distroless", debug.Options{
		Name: "debugger", Image: kxtest.BusyboxImage, Target: "app", Command: []string{"sleep", "60"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Container, res.Running)
	// Output: debugger true
}

func ExampleRun_attached() {
	server := newServer()
	defer server.Close()
	pods := podsOf(server)

	res, err := debug.Run(context.Background(), pods, "distroless", debug.Options{
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
	server := newServer()
	defer server.Close()
	pods := podsOf(server)

	names := []string{"distroless", "missing", "shell"}
	debug.RunAll(context.Background(), pods, names, func(int) debug.Options {
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

func ExampleStop() {
	server := newServer()
	defer server.Close()
	pods := podsOf(server)
	ctx := context.Background()
	_, err := debug.Run(ctx, pods, "distroless", debug.Options{Name: "debugger", Image: kxtest.BusyboxImage,
		Target: "app", Command: []string{"sleep", "3600"}})
	if err != nil {
		log.Fatal(err)
	}
	for c, err := range debug.List(ctx, pods, resources.ListOptions{}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(c.Pod, c.Name, c.State, "added by", c.AddedBy)
	}

	stopped, err := debug.Stop(ctx, pods, "distroless", debug.StopOptions{All: true})
	if err != nil {
		log.Fatal(err)
	}
	for _, c := range stopped {
		fmt.Println(c.Name, c.State, *c.ExitCode, c.Err)
	}
	// Output:
	// distroless debugger Running added by kx
	// debugger Exited 143 <nil>
}

func ExampleRunOnNode() {
	server := newServer()
	defer server.Close()

	options := debug.NodeOptions{Options: debug.Options{
		Image: kxtest.BusyboxImage, Command: []string{"echo", "on the node"}, Stdout: os.Stdout,
	}}
	res, err := debug.RunOnNode(context.Background(), podsOf(server), "kx-node", options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("removed:", res.Removed)
	// Output:
	// on the node
	// removed: true
}

func ExampleRunOnClaim() {
	server := newServer()
	defer server.Close()
	if _, err := server.Create(`{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"data"},
		"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":"Bound"}}`); err != nil {
		log.Fatal(err)
	}

	options := debug.ClaimOptions{Options: debug.Options{
		Image: kxtest.BusyboxImage, Command: []string{"echo", "the volume is at /pvc"}, Stdout: os.Stdout,
	}}
	res, err := debug.RunOnClaim(context.Background(), podsOf(server), "data", options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("removed:", res.Removed)
	// Output:
	// the volume is at /pvc
	// removed: true
}

func ExampleRunCopy() {
	server := newServer()
	defer server.Close()

	options := debug.CopyOptions{
		Options: debug.Options{Name: "tools", Image: kxtest.BusyboxImage, Command: []string{"sleep", "60"}},
		To:      "distroless-debug",
	}
	res, err := debug.RunCopy(context.Background(), podsOf(server), "distroless", options)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(res.Pod, res.Container, "running:", res.Running)
	// Output: distroless-debug tools running: true
}

func ExampleParseCustom() {
	server := newServer()
	defer server.Close()
	pods := podsOf(server)

	custom, err := debug.ParseCustom([]byte("securityContext: {runAsUser: 0, capabilities: {add: [NET_RAW]}}"))
	if err != nil {
		log.Fatal(err)
	}
	preview, err := debug.Preview(context.Background(), pods, "distroless", debug.Options{
		Image: kxtest.BusyboxImage, Profile: debug.Auto, Custom: custom,
		Notice: func(text string) { fmt.Println(text) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, setting := range preview.Plan.Settings {
		fmt.Println(setting.Path, "is from", setting.From)
	}
	// Output:
	// Using profile general: the server admits it
	// securityContext.capabilities.add is from profile general and custom
	// securityContext.runAsUser is from custom
}

// newServer gives a cluster with the pods distroless and shell; a program has one already.
func newServer(options ...kxtest.Option) *kxtest.Server {
	server, err := kxtest.New(append(options, kxtest.WithDemo())...)
	if err != nil {
		log.Fatal(err)
	}
	return server
}

// podsOf gives the server's pods; a program takes its configuration from kubeconfig.Load.
func podsOf(server *kxtest.Server) *resources.API[resources.Pod] {
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	return resources.New[resources.Pod](client)
}
