package debug_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

func TestAwaitRunningWaitsForAContainerThatRestarts(t *testing.T) {
	own := func(policy string) *string { return &policy }
	pods := resources.As[resources.PodOutline](podsAs(t, kxtest.Start(t), "kx-admin"))
	for name, test := range map[string]struct {
		init, ephemeral bool
		pod             string
		own             *string
		code            int32
		restarts        bool
	}{
		"always":                                         {pod: "Always", restarts: true},
		"on failure, and it has failed":                  {pod: "OnFailure", code: 1, restarts: true},
		"on failure, and it has succeeded":               {pod: "OnFailure"},
		"never":                                          {pod: "Never", code: 1},
		"never by its own policy":                        {pod: "Always", own: own("Never"), code: 1},
		"always by its own policy":                       {pod: "Never", own: own("Always"), restarts: true},
		"an init container that has succeeded":           {init: true, pod: "Always"},
		"an init container that has failed":              {init: true, pod: "Always", code: 1, restarts: true},
		"an init container of a pod that never restarts": {init: true, pod: "Never", code: 1},
		"a sidecar": {init: true, pod: "Never", own: own("Always"),
			restarts: true},
		"an ephemeral container": {ephemeral: true, pod: "Always", code: 1},
	} {
		t.Run(name, func(t *testing.T) {
			spec := []resources.ContainerOutline{{Name: "c", RestartPolicy: test.own}}
			ended := &resources.ContainerStateTerminated{ExitCode: test.code, Reason: "Error"}
			status := []resources.ContainerStatusOutline{{Name: "c",
				State: resources.ContainerState{Terminated: ended}}}
			pod := &resources.PodOutline{Metadata: resources.ObjectMeta{Name: "p"},
				Spec: resources.PodOutlineSpec{RestartPolicy: test.pod}}
			switch {
			case test.init:
				pod.Spec.InitContainers, pod.Status.InitContainerStatuses = spec, status
			case test.ephemeral:
				pod.Spec.EphemeralContainers, pod.Status.EphemeralContainerStatuses = spec, status
			default:
				pod.Spec.Containers, pod.Status.ContainerStatuses = spec, status
			}
			ctx, cancel := context.WithCancel(within(t))
			cancel() // so that a wait ends at once
			_, err := debug.AwaitRunning(ctx, pods, pod, "c", -1, nil)
			if test.restarts {
				require.ErrorIs(t, err, context.Canceled)
				return
			}
			var start *debug.StartError
			require.ErrorAs(t, err, &start)
			require.Equal(t, "Error", start.Reason)
		})
	}
}
