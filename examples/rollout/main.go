// Command rollout is a step of a CI pipeline: it waits until the rollouts of Deployments are done.
//
//	rollout [-timeout 5m] DEPLOYMENT…
//
// It fails at once if a rollout exceeds its progressDeadlineSeconds, and then prints what each pod
// that is not ready waits for. Its exit status is 0 if all rollouts are done, and else 1.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	timeout := flag.Duration("timeout", 5*time.Minute, "the limit of the whole wait")
	flag.Parse()
	if flag.NArg() == 0 {
		fmt.Fprintln(os.Stderr, "usage: rollout [-timeout DURATION] DEPLOYMENT…")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), *timeout)
	defer cancel()
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	if err == nil {
		err = run(ctx, cfg, os.Stdout, flag.Args()...)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rollout:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cfg *kubeconfig.Config, out io.Writer, names ...string) error {
	client, err := transport.New(cfg)
	if err != nil {
		return err
	}
	defer client.Close()
	deployments := resources.New[resources.Deployment](client)
	for _, name := range names {
		err := resources.WaitFor(ctx, deployments, name, resources.RolloutDone)
		if err != nil {
			explain(context.WithoutCancel(ctx), client, name, out)
			return fmt.Errorf("the rollout of deployment %s is not done: %w", name, err)
		}
		fmt.Fprintf(out, "deployment %s is rolled out\n", name)
	}
	return nil
}

// explain prints what the pods of a Deployment wait for. It must not hide the error of the wait, so
// it prints its own.
func explain(ctx context.Context, client *transport.Client, name string, out io.Writer) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	deployment, err := resources.New[resources.Deployment](client).Get(ctx, name)
	if err != nil {
		return // there is no Deployment to explain, as the error of the wait says
	}
	selector, err := deployment.Spec.Selector.Encode()
	if err != nil {
		fmt.Fprintln(out, "  no pods:", err)
		return
	}
	pods := resources.New[resources.Pod](client)
	for pod, err := range pods.All(ctx, resources.ListOptions{LabelSelector: selector}) {
		if err != nil {
			fmt.Fprintln(out, "  no pods:", err)
			return
		}
		for _, c := range pod.Status.ContainerStatuses {
			if c.State.Waiting != nil {
				fmt.Fprintf(out, "  pod %s, container %s: %s: %s\n", pod.Metadata.Name, c.Name,
					c.State.Waiting.Reason, c.State.Waiting.Message)
			}
		}
		for _, condition := range pod.Status.Conditions {
			if condition.Type == "PodScheduled" && condition.Status == "False" {
				fmt.Fprintf(out, "  pod %s: %s\n", pod.Metadata.Name, condition.Message)
			}
		}
	}
}
