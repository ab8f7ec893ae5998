package wiretest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// UnscheduledPod returns a pod that no scheduler takes.
func UnscheduledPod(name, labels string) string {
	return fmt.Sprintf(
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{%s}},`+
			`"spec":{"schedulerName":"none","containers":[{"name":"c","image":"x"}]}}`,
		name, labels)
}

// StartWithPods starts a server with pods that no scheduler takes.
func StartWithPods(t *testing.T, names ...string) (*kxtest.Server, *Client) {
	srv := kxtest.Start(t)
	for i, name := range names {
		_, err := srv.Create(UnscheduledPod(name, fmt.Sprintf(`"n":"%d","even":"%t"`, i, i%2 == 0)))
		require.NoError(t, err)
	}
	return srv, NewClient(t, srv.Config())
}

// Names returns the names of the items in a list.
func Names(a *Answer) []string {
	found := []string{}
	items, _ := a.At("items").([]any)
	for _, item := range items {
		found = append(found, Follow(item, "metadata", "name").(string))
	}
	return found
}

// StartPod creates a pod "p" with one container, waits until it runs, and returns its path.
func StartPod(t *testing.T, srv *kxtest.Server, container string) string {
	t.Helper()
	_, err := srv.Create(
		`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"restartPolicy":"Never",` +
			`"containers":[{"name":"c","image":"kx.local/busybox:1","imagePullPolicy":"Never",` +
			container + `}]}}`)
	require.NoError(t, err)
	NewClient(t, srv.Config()).Eventually(Pods+"/p", IsRunning)
	return Pods + "/p"
}

// Command returns the command of a container that runs a shell script.
func Command(script string) string {
	return `"command":["sh","-c","` + script + `"]`
}

// Debug adds an ephemeral container to the pod web, and returns its state and status after
// ContainerCreating and ErrImagePull.
func Debug(t *testing.T, srv *kxtest.Server, name, fields string) (state, status any) {
	t.Helper()
	c := NewClient(t, srv.Config())
	c.With("Content-Type", StrategicType).Do("PATCH", Pods+"/web/ephemeralcontainers",
		`{"spec":{"ephemeralContainers":[{"name":"`+name+`",`+fields+`}]}}`).Is(200)
	c.Eventually(Pods+"/web", func(a *Answer) bool {
		statuses, _ := a.At("status", "ephemeralContainerStatuses").([]any)
		for _, status = range statuses {
			state = Follow(status, "state")
			reason := Follow(state, "waiting", "reason")
			if Follow(status, "name") == name && reason != "ContainerCreating" &&
				reason != "ErrImagePull" {
				return true
			}
		}
		return false
	})
	return state, status
}

// StartWeb starts a server with the pod web, and waits until the pod runs.
func StartWeb(t *testing.T, options ...kxtest.Option) *kxtest.Server {
	srv := kxtest.Start(t, options...)
	_, err := srv.Create(WebPod)
	require.NoError(t, err)
	NewClient(t, srv.Config()).Eventually(Pods+"/web", IsRunning)
	return srv
}
