//go:build linux

package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// logScript writes lines of 250 bytes: enough for a rotation, and logBytes once it finds the file
// /go.
var logScript = fmt.Sprintf(`yes "$(head -c 249 /dev/zero | tr '\0' x)" | head -c 12500000 >/lines
cat /lines
until [ -e /go ]; do sleep 0.1; done
for i in $(seq %d); do cat /lines; done`, logBytes/12_500_000)

// makeLog creates a pod with a log of logBytes, and returns its name.
//
// Every 10 s the kubelet rotates the logs of more than 10 MiB of containers that run, and it serves
// only the last file of a log. The log of a container that has ended stays whole. So the container
// waits for a rotation, and then writes as fast as it can.
func (c *cluster) makeLog(ctx context.Context) (string, error) {
	const tries = 3
	var size int64
	for range tries {
		c.made++
		name, pods := fmt.Sprintf("log-%d", c.made), c.pods(c.running)
		err := c.writeLog(ctx, pods, name)
		if err == nil {
			size, err = logSize(ctx, pods, name, 0)
		}
		if err != nil {
			return "", err
		}
		if size >= logBytes {
			return name, nil
		}
	}
	return "", fmt.Errorf("the node has rotated a log of %d bytes, and keeps %d: set the "+
		"kubelet's containerLogMaxSize to 1Gi, or leave the row out with -only", logBytes, size)
}

// writeLog creates the pod of a log, and returns when its container has ended.
func (c *cluster) writeLog(ctx context.Context, pods *resources.API[resources.Pod],
	name string) error {
	_, err := pods.CreateRaw(ctx, runningPod(name, c.image, "sh", "-c", logScript))
	if err == nil {
		err = resources.WaitFor(ctx, pods, name, phaseIs("Running"))
	}
	if err == nil {
		err = awaitRotation(ctx, pods, name)
	}
	if err == nil {
		touch := subresource.ExecOptions{Command: []string{"touch", "/go"}}
		_, err = subresource.Exec(pods).Run(ctx, name, touch)
	}
	if err == nil {
		err = resources.WaitFor(ctx, pods, name, phaseIs("Succeeded"))
	}
	return err
}

// awaitRotation waits until a log that has begun is empty. A node that does not rotate it has a
// larger limit, and needs no wait.
func awaitRotation(ctx context.Context, pods *resources.API[resources.Pod], name string) error {
	const pause, most = 100 * time.Millisecond, 30 * time.Second
	deadline := time.Now().Add(most)
	for begun := false; time.Now().Before(deadline); {
		size, err := logSize(ctx, pods, name, 1)
		if err != nil || begun && size == 0 {
			return err
		}
		begun = size > 0
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// logSize returns the size of a log, or limit if that is not 0 and less.
func logSize(ctx context.Context, pods *resources.API[resources.Pod], name string,
	limit int64) (int64, error) {
	log, err := subresource.Log(pods).Open(ctx, name, subresource.LogOptions{LimitBytes: limit})
	if err != nil {
		return 0, err
	}
	defer log.Close()
	return io.Copy(io.Discard, log)
}
