package resources_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestContainersYieldsEachKindOfContainer(t *testing.T) {
	var pod resources.PodOutline
	require.NoError(t, json.Unmarshal([]byte(`{
		"spec": {"initContainers": [{"name": "setup"}], "containers": [{"name": "app"}, {"name": "proxy"}], "ephemeralContainers": [{"name": "debugger"}]},
		"status": {"initContainerStatuses": [{"name": "setup", "containerID": "1"}], "ephemeralContainerStatuses": [{"name": "debugger", "containerID": "2"}]}}`), &pod))

	type container struct {
		name string
		kind resources.ContainerKind
	}
	var all []container
	for kind, c := range pod.Spec.AllContainers() {
		all = append(all, container{c.Name, kind})
	}
	require.Equal(t, []container{
		{"app", resources.KindContainer},
		{"proxy", resources.KindContainer},
		{"debugger", resources.KindEphemeralContainer},
		{"setup", resources.KindInitContainer},
	}, all)

	found, kind := pod.Spec.Container("setup")
	require.Same(t, &pod.Spec.InitContainers[0], found)
	require.Equal(t, resources.KindInitContainer, kind)
	found, kind = pod.Spec.Container("missing")
	require.Nil(t, found)
	require.Empty(t, kind)

	require.Equal(t, "2", pod.Status.Container("debugger").ContainerID)
	require.Empty(t, pod.Status.Container("app").ContainerID, "its status is not reported yet")
}

func TestAPodHasEndedWhenItsPhaseIsFinal(t *testing.T) {
	for phase, ended := range map[string]bool{
		"Pending": false, "Running": false, "Succeeded": true, "Failed": true, "Unknown": false, "": false,
	} {
		require.Equal(t, ended, (&resources.PodStatus{Phase: phase}).Ended(), phase)
		require.Equal(t, ended, (&resources.PodOutlineStatus{Phase: phase}).Ended(), phase)
	}
}
