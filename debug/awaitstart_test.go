package debug

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestAContainerThatIsShownAsTerminatedMayNeverHaveStarted(t *testing.T) {
	for reason, starts := range map[string]bool{"StartError": false, "Error": true} {
		t.Run(reason, func(t *testing.T) {
			pod := &resources.PodOutline{Metadata: resources.ObjectMeta{Name: "web"}}
			pod.Status.ContainerStatuses = []resources.ContainerStatusOutline{{Name: "app", State: resources.ContainerState{
				Terminated: &resources.ContainerStateTerminated{ExitCode: 128, Reason: reason, Message: "no such file"}}}}
			res := &Result{Pod: "web", Container: "app", Object: pod}
			err := awaitStart(t.Context(), nil, res, new(Options), nil)
			require.Equal(t, 128, res.ExitCode)
			require.Equal(t, reason, res.Reason)
			if starts {
				require.NoError(t, err)
				return
			}
			require.Equal(t, &StartError{Pod: "web", Container: "app", Reason: "StartError", Message: "no such file"}, err)
		})
	}
}
