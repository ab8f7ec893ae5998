// Command recordreplay records what a function of a program and a cluster say to each other, so
// that a test of the function needs no cluster:
//
//	recordreplay POD FILE
//	recordreplay shell testdata/shell.http
//
// The test replays the file: it fails if a request differs from the recorded one by a byte. Streams
// such as exec are recorded, too. No credential is written to the file.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest/replay"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: recordreplay POD FILE")
		os.Exit(2)
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	if err == nil {
		err = record(context.Background(), cfg, os.Args[1], os.Args[2])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "recordreplay:", err)
		os.Exit(1)
	}
}

// describe is the function under test. It returns the image of a pod's first container, and the
// kernel that the container sees.
func describe(ctx context.Context, client *transport.Client, pod string) (string, error) {
	pods := resources.New[resources.Pod](client)
	p, err := pods.Get(ctx, pod)
	if err != nil {
		return "", err
	}
	first := p.Spec.Containers[0] // the API requires one
	out, err := subresource.Exec(pods).Run(ctx, pod, subresource.ExecOptions{
		Container: first.Name, Command: []string{"uname"},
	})
	if err != nil {
		return "", err
	}
	return first.Image + " on " + strings.TrimSpace(string(out.Stdout)), nil
}

// record calls describe with a client whose requests are recorded, and writes them to a file.
func record(ctx context.Context, cfg *kubeconfig.Config, pod, file string) error {
	version, err := serverVersion(ctx, cfg)
	if err != nil {
		return err
	}
	recorder := replay.NewRecorder("a pod is described", version)
	client, err := transport.New(cfg, recorder.Option(cfg))
	if err != nil {
		return err
	}
	defer client.Close()
	_, err = describe(ctx, client, pod)
	if err != nil {
		return err
	}
	return recorder.WriteFile(file)
}

func serverVersion(ctx context.Context, cfg *kubeconfig.Config) (string, error) {
	client, err := transport.New(cfg)
	if err != nil {
		return "", err
	}
	defer client.Close()
	answer, err := client.Fetch(ctx, &transport.Request{
		Method: http.MethodGet, Path: []string{"version"},
	})
	if err != nil {
		return "", err
	}
	var version struct{ GitVersion string }
	err = json.Unmarshal(answer, &version)
	return version.GitVersion, err
}
