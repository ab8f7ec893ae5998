// Command logging prints the pods of a namespace, and logs its requests to standard error as JSON:
//
//	logging NAMESPACE
//
// transport.WithLogger takes any slog.Logger. A handler that reads the context, such as those that
// add a trace's id, finds the values of the caller in it.
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: logging NAMESPACE")
		os.Exit(2)
	}
	cfg, err := kubeconfig.Load(kubeconfig.Options{Namespace: os.Args[1]})
	if err == nil {
		err = run(context.Background(), cfg, os.Stdout, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "logging:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, out, log io.Writer) error {
	// Requests are logged at level Debug, and at Warn if the server or the connection failed.
	handler := slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})
	client, err := transport.New(cfg, transport.WithLogger(slog.New(handler)))
	if err != nil {
		return err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	for pod, err := range pods.All(ctx, resources.ListOptions{}) {
		if err != nil {
			return err
		}
		fmt.Fprintln(out, pod.Metadata.Name)
	}
	return nil
}
