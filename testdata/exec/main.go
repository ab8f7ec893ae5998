// Command exec, run in a pod, runs a command in another pod of its namespace and prints its output.
// size_test.go measures it: it is the smallest useful program that opens a stream.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: exec POD COMMAND [ARG…]")
		os.Exit(2)
	}
	code, err := run(context.Background(), os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "exec:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(ctx context.Context, pod string, command []string) (int, error) {
	cfg, err := kubeconfig.InCluster()
	if err != nil {
		return 0, err
	}
	client, err := transport.New(cfg)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	res, err := subresource.Exec(pods).Run(ctx, pod, subresource.ExecOptions{Command: command})
	if err != nil {
		return 0, err
	}
	_, err = os.Stdout.Write(res.Stdout)
	return res.ExitCode, err
}
