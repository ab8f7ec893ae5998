// Command crashloop watches the pods of a namespace, and prints a line for each container that
// crashes again and again, with its exit code and the last line of its log:
//
//	crashloop NAMESPACE
//	web-0/app: CrashLoopBackOff after 3 restarts: exit code 1 (Error): no such file: app.conf
//
// It runs until it is interrupted. The watch outlives lost connections and restarts of the server.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: crashloop NAMESPACE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	cfg, err := kubeconfig.Load(kubeconfig.Options{Namespace: os.Args[1]})
	if err == nil {
		err = run(ctx, cfg, os.Stdout)
	}
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "crashloop:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, out io.Writer) error {
	client, err := transport.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	pods := resources.New[resources.Pod](client)
	restarts := map[string]int32{} // of the containers that run has reported
	for event, err := range pods.Watch(ctx, resources.ListOptions{}) {
		if err != nil {
			return err
		}
		pod := event.Object
		for _, c := range slices.Concat(pod.Status.InitContainerStatuses,
			pod.Status.ContainerStatuses) {
			key := string(pod.Metadata.UID) + "/" + c.Name
			if event.Type == resources.Deleted {
				delete(restarts, key)
				continue
			}
			waiting := c.State.Waiting
			if waiting == nil || waiting.Reason != "CrashLoopBackOff" ||
				restarts[key] == c.RestartCount {
				continue
			}
			restarts[key] = c.RestartCount
			fmt.Fprintf(out, "%s/%s: CrashLoopBackOff after %d restarts: %s\n",
				pod.Metadata.Name, c.Name, c.RestartCount, reason(ctx, pods, pod, c))
		}
	}
	return nil
}

// reason returns how the container's last run ended.
func reason(ctx context.Context, pods *resources.API[resources.Pod], pod *resources.Pod,
	c resources.ContainerStatus) string {
	ended := c.LastTerminationState.Terminated
	if ended == nil {
		return "the last run is unknown"
	}
	text := fmt.Sprintf("exit code %d (%s)", ended.ExitCode, ended.Reason)
	log, err := subresource.Log(pods).Get(ctx, pod.Metadata.Name, subresource.LogOptions{
		Container: c.Name, Previous: true, Tail: new(int64(1)),
	})
	if err != nil { // such as a log that the node no longer has
		return text + ": no log: " + err.Error()
	}
	line := strings.TrimSpace(string(log))
	if line == "" {
		return text
	}
	// The line is the container's: %q keeps control characters off the terminal.
	return text + ": " + strings.Trim(fmt.Sprintf("%q", line), `"`)
}
