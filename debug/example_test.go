package debug_test

import (
	"context"
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

func ExampleParseCustom() {
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

	custom, err := debug.ParseCustom([]byte("securityContext: {runAsUser: 0, capabilities: {add: [NET_RAW]}}"))
	if err != nil {
		log.Fatal(err)
	}
	preview, err := debug.Preview(context.Background(), resources.New[resources.Pod](client), "distroless", debug.Options{
		Image: kxtest.BusyboxImage, Profile: debug.Auto, Custom: custom, Notice: func(text string) { fmt.Println(text) },
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, setting := range preview.Plan.Settings {
		fmt.Println(setting.Path, "is from", setting.From)
	}
	// Output:
	// the profile general was chosen: the server lets it through
	// securityContext.capabilities.add is from profile general and custom
	// securityContext.runAsUser is from custom
}
