package kxtest_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
)

// idle is a pod that no scheduler takes.
func idle(name, labels string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{%s}},"spec":{"schedulerName":"none","containers":[{"name":"c","image":"x"}]}}`, name, labels)
}

func seeded(t *testing.T, names ...string) (*kxtest.Server, *client) {
	srv := kxtest.Start(t)
	for i, name := range names {
		_, err := srv.Create(idle(name, fmt.Sprintf(`"n":"%d","even":"%t"`, i, i%2 == 0)))
		require.NoError(t, err)
	}
	return srv, newClient(t, srv.Config())
}

func names(a *answer) []string {
	found := []string{}
	items, _ := a.at("items").([]any)
	for _, item := range items {
		found = append(found, follow(item, "metadata", "name").(string))
	}
	return found
}

// pod starts a pod p with one container and returns the path of it, when it runs.
func startPod(t *testing.T, srv *kxtest.Server, container string) string {
	t.Helper()
	_, err := srv.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"kx.local/busybox:1","imagePullPolicy":"Never",` + container + `}]}}`)
	require.NoError(t, err)
	newClient(t, srv.Config()).eventually(pods+"/p", running)
	return pods + "/p"
}

// command is a container's command that a shell reads.
func command(script string) string {
	return `"command":["sh","-c","` + script + `"]`
}

// debug adds an ephemeral container to the pod web, and returns its status once it is past ContainerCreating.
func debug(t *testing.T, srv *kxtest.Server, name, fields string) (state, status any) {
	t.Helper()
	c := newClient(t, srv.Config())
	c.with("Content-Type", strategicType).do("PATCH", pods+"/web/ephemeralcontainers",
		`{"spec":{"ephemeralContainers":[{"name":"`+name+`",`+fields+`}]}}`).is(200)
	c.eventually(pods+"/web", func(a *answer) bool {
		statuses, _ := a.at("status", "ephemeralContainerStatuses").([]any)
		for _, status = range statuses {
			state = follow(status, "state")
			reason := follow(state, "waiting", "reason")
			if follow(status, "name") == name && reason != "ContainerCreating" && reason != "ErrImagePull" {
				return true
			}
		}
		return false
	})
	return state, status
}

func withWeb(t *testing.T, options ...kxtest.Option) *kxtest.Server {
	srv := kxtest.Start(t, options...)
	_, err := srv.Create(webPod)
	require.NoError(t, err)
	newClient(t, srv.Config()).eventually(pods+"/web", running)
	return srv
}
