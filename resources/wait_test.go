package resources_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// limited returns a context that ends after storeLimit, or with the test.
func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), storeLimit)
	t.Cleanup(cancel)
	return ctx
}

// labelled returns a condition of an object whose label v has this value, and calls seen with each
// state.
func labelled(value string, seen func(o *object)) func(*object) (bool, error) {
	return func(o *object) (bool, error) {
		if seen != nil {
			seen(o)
		}
		return o.Metadata.Labels["v"] == value, nil
	}
}

func TestWaitForReturnsOnceTheConditionIsMet(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	create(t, server, "default", "a", "b")
	t.Run("at once", func(t *testing.T) {
		server.ForgetRequests()
		require.NoError(t, resources.WaitFor(limited(t), api, "a", labelled("", nil)))
		require.Len(t, server.Requests(), 1)
		require.Equal(t, "metadata.name=a", server.Requests()[0].Query.Get("fieldSelector"))
	})
	t.Run("after changes", func(t *testing.T) {
		next := 0
		err := resources.WaitFor(limited(t), api, "a", labelled("3", func(o *object) {
			require.Equal(t, "a", o.Metadata.Name)
			next++
			relabel(t, server, "b", fmt.Sprint(next))
			relabel(t, server, "a", fmt.Sprint(next))
		}))
		require.NoError(t, err)
		require.Equal(t, 4, next)
	})
	t.Run("a condition of a kind's outline", func(t *testing.T) {
		require.NoError(t, resources.WaitFor(limited(t), api, "a", resources.JSONPath("{.metadata.name}", "a")))
		require.NoError(t, resources.WaitFor(limited(t), api, "a", resources.JSONPath("{.kind}", "ConfigMap")))
		require.NoError(t, resources.WaitFor(limited(t), api, "a", resources.JSONPathExists("{.metadata}")))
	})
	t.Run("in the namespace of an option", func(t *testing.T) {
		everywhere := configMaps(t, server, resources.AllNamespaces())
		err := resources.WaitFor(limited(t), everywhere, "a", labelled("", nil))
		var wrong *resources.OptionError
		require.ErrorAs(t, err, &wrong)
		require.Equal(t, "InNamespace", wrong.Option)
		require.NoError(t, resources.WaitFor(limited(t), everywhere, "b", resources.Added, resources.InNamespace("default")))
	})
}

func TestWaitForEndsWithTheErrorOfTheCondition(t *testing.T) {
	server := start(t)
	create(t, server, "default", "a")
	broken := errors.New("it is broken")
	err := resources.WaitFor(limited(t), configMaps(t, server), "a", func(*object) (bool, error) { return false, broken })
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "wait for configmaps a: it is broken")
	for path, want := range map[string]string{
		"{.a[":        `wait for configmaps a: jsonpath "{.a[", column 4: "[]" is not supported: use [index], [start:end], [*], ['key'] or [?(@.field=="value")]`,
		"{.metadata}": `wait for configmaps a: jsonpath "{.metadata}" leads to an object or an array`,
		`{.metadata.managedFields[?(@.apiVersion=="v1")].manager}`: "",
	} {
		err = resources.WaitFor(limited(t), configMaps(t, server), "a", resources.JSONPath(path, "kxtest"))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, want)
	}
}

func TestAPathWithoutAValueIsAwaited(t *testing.T) {
	exists := resources.JSONPathExists("{.data.a}")
	progress, err := exists(&resources.Object{})
	require.NoError(t, err)
	require.Equal(t, resources.Progress{Message: "{.data.a} has no value"}, progress)
	progress, err = exists(&resources.Object{Unknown: []byte(`{"data":{"a":null}}`)})
	require.NoError(t, err)
	require.True(t, progress.Done)
	_, err = resources.JSONPathExists("{")(&resources.Object{})
	require.ErrorContains(t, err, `jsonpath "{", column `)
}

func TestWaitForAnObjectThatIsNotThere(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	err := resources.WaitFor(limited(t), api, "a", resources.Ready)
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.ErrorContains(t, err, `configmaps "a" not found`)
	require.NoError(t, resources.WaitFor(limited(t), api, "a", resources.Deleted))
	require.EqualError(t, resources.WaitFor(limited(t), api, "a", resources.Modified), `wait for configmaps a: "MODIFIED" is neither Added nor Deleted`)
}

// watchBegun waits until the server has received a watch.
func watchBegun(t *testing.T, server *kxtest.Server) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, request := range server.Requests() {
			if request.Query.Has("watch") {
				return true
			}
		}
		return false
	}, storeLimit, time.Millisecond)
}

func TestWaitForAnEvent(t *testing.T) {
	for name, test := range map[string]struct {
		event  resources.WatchEventType
		exists bool
		change func(t *testing.T, server *kxtest.Server)
	}{
		"created": {event: resources.Added, change: func(t *testing.T, server *kxtest.Server) {
			create(t, server, "default", "b", "a")
		}},
		"deleted": {event: resources.Deleted, exists: true, change: func(t *testing.T, server *kxtest.Server) {
			relabel(t, server, "a", "2")
			remove(t, server, "a")
		}},
		"deleted and created anew while the history is lost": {event: resources.Deleted, exists: true, change: func(t *testing.T, server *kxtest.Server) {
			cutOff := server.Fault(kxtest.Fault{User: "store", Then: kxtest.Reset(), Times: -1})
			server.Restart()
			remove(t, server, "a")
			create(t, server, "default", "a")
			server.Compact()
			cutOff.Remove()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			if test.exists {
				create(t, server, "default", "a")
			}
			user := storeUser(t, server)
			ended := make(chan error, 1)
			go func() { ended <- resources.WaitFor(limited(t), user, "a", test.event) }()
			watchBegun(t, server)
			require.Empty(t, ended)
			test.change(t, server)
			require.NoError(t, <-ended)
		})
	}
}

func TestADeletedObjectEndsAWait(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	for name, change := range map[string]func(){
		"by an event": func() { remove(t, server, "a") },
		"by a list without it": func() {
			server.Stop()
			server.Restart()
			remove(t, server, "a")
			server.Compact()
		},
	} {
		t.Run(name, func(t *testing.T) {
			create(t, server, "default", "a")
			once := true
			err := resources.WaitFor(limited(t), api, "a", labelled("never", func(*object) {
				if once {
					once = false
					change()
				}
			}))
			var failed *resources.WaitError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "Deleted", failed.Reason)
			require.EqualError(t, err, "wait for configmaps a: the object was deleted")
		})
	}
}

func TestAWaitOutlivesRestartsOfTheServer(t *testing.T) {
	server := start(t)
	api := configMaps(t, server)
	create(t, server, "default", "a")
	count := 0
	err := resources.WaitFor(limited(t), api, "a", labelled("5", func(*object) {
		count++
		if count < 6 {
			server.Restart()
			relabel(t, server, "a", fmt.Sprint(count))
			server.Compact()
		}
	}))
	require.NoError(t, err)
	require.Equal(t, 6, count)
}

func TestTheEndOfTheContextEndsAWaitWithItsLastMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list := `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"web","uid":"1"},"status":{"conditions":[{"type":"Ready","status":"False","reason":"ContainersNotReady"}]}}]}`
		s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, list), answers(200, "")}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := resources.WaitFor(ctx, s.pods(t), "web", resources.Ready)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.EqualError(t, err, "wait for pods web: context deadline exceeded: condition Ready is False: ContainersNotReady")
	})
	require.EqualError(t, resources.WaitFor(canceled(), configMaps(t, start(t)), "a", resources.Ready), "wait for configmaps a: context canceled")
}

func TestAWaitNeedsTheRightsToListAndToWatch(t *testing.T) {
	for _, verbs := range []string{"get,watch", "get,list"} {
		server := start(t)
		create(t, server, "default", "a")
		api := resources.ForKind(connect(t, server.User("reader", kxtest.Allow(verbs, "configmaps"))), configMapKind)
		require.ErrorIs(t, resources.WaitFor(limited(t), api, "a", labelled("never", nil)), transport.ErrForbidden, verbs)
	}
}

func TestANameIsEscapedInTheSelector(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
		require.Equal(t, `metadata.name=a\,b\=c\\d`, r.URL.Query().Get("fieldSelector"))
		return answers(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]}`)(r)
	}}}
	require.NoError(t, resources.WaitFor(limited(t), s.pods(t), `a,b=c\d`, resources.Deleted))
}

func TestWaitForWorksOnTypedObjects(t *testing.T) {
	server := start(t, kxtest.WithDemo())
	pods := resources.New[resources.Pod](connect(t, server.Config()))
	require.NoError(t, resources.WaitFor(limited(t), pods, "distroless", resources.Ready))
	require.NoError(t, resources.WaitFor(limited(t), pods, "distroless", func(pod *resources.Pod) (bool, error) {
		return pod.Status.Phase == "Running", nil
	}))
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"once"},"spec":{"restartPolicy":"Never","containers":[{"name":"app","image":"kx.local/busybox:1","command":["sh","-c","exit 7"]}]}}`)
	require.NoError(t, err)
	err = resources.WaitFor(limited(t), pods, "once", resources.Complete)
	var failed *resources.WaitError
	require.ErrorAs(t, err, &failed)
	require.EqualError(t, err, "wait for pods once: the pod has failed: container app: exit code 7: Error")
}

func TestADeploymentsRolloutIsAwaited(t *testing.T) {
	server := start(t)
	client := connect(t, server.Config())
	_, err := server.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"a"}]}}}}`)
	require.NoError(t, err)
	deployments := resources.New[resources.Deployment](client)
	states := []string{
		`{"observedGeneration":1,"replicas":2,"updatedReplicas":1}`,
		`{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":1,"availableReplicas":1}`,
		`{"observedGeneration":1,"replicas":2,"updatedReplicas":2,"readyReplicas":2,"availableReplicas":2}`,
	}
	var messages []string
	err = resources.WaitFor(limited(t), deployments, "web", func(o *resources.Object) (resources.Progress, error) {
		progress, err := resources.RolloutDone(o)
		if len(states) > 0 {
			messages = append(messages, progress.Message)
			writeStatus(t, client, "web", states[0])
			states = states[1:]
		}
		return progress, err
	})
	require.NoError(t, err)
	require.Equal(t, []string{"its controller has not seen the change yet", "1 of 2 replicas are updated", "1 of 2 updated replicas are available"}, messages)
}

// writeStatus does a controller's work, which kxtest does not have.
func writeStatus(t *testing.T, client *transport.Client, name, status string) {
	t.Helper()
	sub := resources.Sub[resources.Deployment](resources.New[resources.Deployment](client), "status")
	_, err := sub.Patch(t.Context(), name, patch.Merge(`{"status":`+status+`}`))
	require.NoError(t, err)
}
