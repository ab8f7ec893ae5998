//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// cluster is the cluster of the kubeconfig, with two namespaces of this run.
type cluster struct {
	config *kubeconfig.Config
	client *transport.Client
	image  string // of the pods that run
	// listed has the thousands of pods, and running those that run.
	listed, running string
	count           int // pods in listed
	made            int // pods in running, also those that are deleted
}

// connect connects to the cluster of $KUBECONFIG.
func connect(image string) (*cluster, error) {
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	if err != nil {
		return nil, err
	}
	client, err := transport.New(cfg)
	return &cluster{config: cfg, client: client, image: image}, err
}

// createNamespaces creates the namespaces.
func (c *cluster) createNamespaces(ctx context.Context) error {
	for _, name := range []*string{&c.listed, &c.running} {
		document := `{"apiVersion":"v1","kind":"Namespace","metadata":{"generateName":"kx-bench-"}}`
		made, err := c.namespaces().CreateRaw(ctx, []byte(document))
		if err != nil {
			return err
		}
		*name = made.Metadata.Name
		// Without this account the server refuses pods.
		kind, err := resources.Discover(ctx, c.client, "serviceaccounts")
		if err != nil {
			return err
		}
		accounts := resources.ForKind(c.client, kind, resources.InNamespace(*name))
		err = resources.WaitFor(ctx, accounts, "default", resources.Added)
		if err != nil {
			return err
		}
	}
	return nil
}

// removeNamespaces deletes the namespaces with their pods, and waits until they are gone.
func (c *cluster) removeNamespaces(ctx context.Context) error {
	// The server deletes the pods of a namespace one after the other.
	errs := []error{atOnce(ctx, c.count, func(ctx context.Context, i int) error {
		_, err := c.pods(c.listed).Delete(ctx, listedName(i))
		if errors.Is(err, transport.ErrNotFound) { // its creation has failed
			return nil
		}
		return err
	})}
	for _, name := range []string{c.running, c.listed} {
		if name == "" {
			continue
		}
		_, err := c.namespaces().Delete(ctx, name)
		if err == nil {
			err = resources.WaitFor(ctx, c.namespaces(), name, resources.Deleted)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("remove it with: kx delete namespace %s: %w", name, err))
		}
	}
	return errors.Join(errs...)
}

func (c *cluster) namespaces() *resources.API[resources.Namespace] {
	return resources.New[resources.Namespace](c.client)
}

func (c *cluster) pods(namespace string) *resources.API[resources.Pod] {
	return resources.New[resources.Pod](c.client, resources.InNamespace(namespace))
}

// addListed creates pods that no scheduler takes, until there are total.
func (c *cluster) addListed(ctx context.Context, total int) error {
	pods := c.pods(c.listed)
	err := atOnce(ctx, total-c.count, func(ctx context.Context, i int) error {
		_, err := pods.CreateRaw(ctx, listedPod(c.count+i))
		return err
	})
	c.count = max(c.count, total)
	return err
}

// atOnce calls do with 0 to n-1, a few at once, and returns the first error.
func atOnce(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	const workers = 16
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	numbers := make(chan int)
	var group sync.WaitGroup
	for range min(workers, n) {
		group.Go(func() {
			for i := range numbers {
				if err := do(ctx, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	for i := 0; i < n && ctx.Err() == nil; i++ {
		select {
		case numbers <- i:
		case <-ctx.Done():
		}
	}
	close(numbers)
	group.Wait()
	return context.Cause(ctx)
}

// startPods creates n pods, and returns their names once their containers run.
func (c *cluster) startPods(ctx context.Context, n int) (names []string, err error) {
	const startLimit = 2 * time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit,
		fmt.Errorf("%d pods did not run within %s", n, startLimit))
	defer cancel()
	for range n {
		c.made++
		names = append(names, fmt.Sprintf("pod-%d", c.made))
	}
	return names, atOnce(ctx, n, func(ctx context.Context, i int) error {
		pods := c.pods(c.running)
		_, err := pods.CreateRaw(ctx, runningPod(names[i], c.image, "sleep", "3600"))
		if err != nil {
			return err
		}
		return resources.WaitFor(ctx, pods, names[i], phaseIs("Running"))
	})
}

// deletePods deletes pods, and does not wait until they are gone.
func (c *cluster) deletePods(ctx context.Context, names []string) error {
	return atOnce(ctx, len(names), func(ctx context.Context, i int) error {
		_, err := c.pods(c.running).Delete(ctx, names[i])
		return err
	})
}

// phaseIs is a condition for resources.WaitFor.
func phaseIs(phase string) func(*resources.Pod) (bool, error) {
	return func(pod *resources.Pod) (bool, error) {
		if pod.Status.Phase == "Failed" {
			return false, fmt.Errorf("pod %s has failed: %s", pod.Metadata.Name, pod.Status.Message)
		}
		return pod.Status.Phase == phase, nil
	}
}
