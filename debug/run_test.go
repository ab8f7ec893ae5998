package debug_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const slowImage = "registry.test/slow:1"

// limit is how long a test waits for one event, and how long one call may take.
const limit = time.Minute

// within returns a context that ends after limit.
func within(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

// start starts a server below a path, as Rancher has it, with the pods distroless and shell.
func start(t testing.TB, options ...kxtest.Option) (*kxtest.Server, *resources.API[resources.Pod]) {
	t.Helper()
	server := kxtest.Start(t, append([]kxtest.Option{kxtest.WithPathPrefix("/k8s/clusters/c-1"), kxtest.WithDemo()},
		options...)...)
	pods := podsAs(t, server, "kx-admin")
	awaitReady(t, pods)
	server.ForgetRequests()
	return server, pods
}

// awaitReady returns once both pods are ready: the node does not change them after that.
func awaitReady(t testing.TB, pods *resources.API[resources.Pod]) {
	t.Helper()
	ready := map[string]bool{}
	for event, err := range pods.Watch(within(t), resources.ListOptions{}) {
		require.NoError(t, err)
		for _, condition := range event.Object.Status.Conditions {
			if condition.Type == "Ready" && condition.Status == "True" {
				ready[event.Object.Metadata.Name] = true
			}
		}
		if len(ready) == 2 {
			return
		}
	}
}

// podsAs returns the server's pods for a user.
func podsAs(t testing.TB, server *kxtest.Server, user string) *resources.API[resources.Pod] {
	t.Helper()
	client, err := transport.New(server.ConfigOf(user))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return resources.New[resources.Pod](client)
}

// options are Options of an image that the node has.
func options(command ...string) debug.Options {
	return debug.Options{Image: kxtest.BusyboxImage, ImagePullPolicy: "Never", Command: command}
}

// containers returns the ephemeral containers of the pod distroless.
func containers(t *testing.T, server *kxtest.Server) []resources.EphemeralContainer {
	t.Helper()
	var pod resources.Pod
	require.NoError(t, json.Unmarshal(server.Pod("default", "distroless"), &pod))
	return pod.Spec.EphemeralContainers
}

func TestRunReturnsOnceTheContainerRuns(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "3600")
	o.Name, o.Target, o.Args = "debugger", "app", []string{"1"}
	o.Env = []resources.EnvVar{{Name: "B", Value: "2"}, {Name: "A"}}
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.NotNil(t, res.Object)
	want := debug.Result{Pod: "distroless", Container: "debugger", Object: res.Object, Plan: res.Plan, Running: true}
	require.Equal(t, want, *res)

	added := containers(t, server)[0]
	require.Equal(t, "app", added.TargetContainerName)
	require.Equal(t, o.Command, added.Command)
	require.Equal(t, o.Args, added.Args)
	require.Equal(t, o.Env, added.Env)
	require.Equal(t, []string{"SYS_PTRACE"}, added.SecurityContext.Capabilities.Add)
	for _, r := range server.Requests() {
		if r.Method == http.MethodPatch {
			require.Equal(t, "kx", r.Query.Get("fieldManager"))
		}
	}
}

func TestRunReturnsTheExitCode(t *testing.T) {
	for command, code := range map[string]int{"exit 0": 0, "exit 7": 7} {
		t.Run(command, func(t *testing.T) {
			_, pods := start(t)
			res, err := debug.Run(within(t), pods, "distroless", options("sh", "-c", command))
			require.NoError(t, err)
			if res.Running { // Run has seen it before its end
				o := options("sh", "-c", command)
				o.Name = res.Container
				awaitEnd(t, pods, res.Container)
				res, err = debug.Run(within(t), pods, "distroless", o)
				require.NoError(t, err)
			}
			require.False(t, res.Running)
			require.Equal(t, code, res.ExitCode)
			require.Equal(t, map[bool]string{true: "Completed", false: "Error"}[code == 0], res.Reason)
		})
	}
}

// awaitEnd returns when the container has ended.
func awaitEnd(t *testing.T, pods *resources.API[resources.Pod], container string) {
	t.Helper()
	for event, err := range pods.Watch(within(t), resources.ListOptions{FieldSelector: "metadata.name=distroless"}) {
		require.NoError(t, err)
		for _, status := range event.Object.Status.EphemeralContainerStatuses {
			if status.Name == container && status.State.Terminated != nil {
				return
			}
		}
	}
}

func TestAContainerThatCannotStartFailsAtOnce(t *testing.T) {
	for name, test := range map[string]struct{ image, command, reason, advice string }{
		"an image that the node does not have": {"registry.test/missing:1", "sh", "ErrImageNeverPull",
			"the pull policy is Never: choose an image"},
		"a command that the image does not have": {kxtest.BusyboxImage, "nosuch", "RunContainerError",
			"nosuch is not in container debugger's image"},
	} {
		t.Run(name, func(t *testing.T) {
			server, pods := start(t)
			o := options(test.command)
			o.Image, o.Name, o.Timeout = test.image, "debugger", -1
			res, err := debug.Run(within(t), pods, "distroless", o)
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.reason, failed.Reason)
			require.NotEmpty(t, failed.Message)
			require.ErrorContains(t, err, `container debugger of pod distroless does not run: `+test.reason)
			require.ErrorContains(t, err, test.advice)
			require.NotNil(t, res)
			require.Equal(t, "debugger", res.Container)
			require.False(t, res.Running)
			require.Len(t, containers(t, server), 1, "it stays in the pod")
		})
	}
}

func TestRunNamesTheContainerAfterATimeout(t *testing.T) {
	_, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	o := debug.Options{Image: slowImage, Timeout: 300 * time.Millisecond}
	res, err := debug.Run(within(t), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "Timeout", failed.Reason)
	require.Contains(t, failed.Message, "not within 300ms")
	require.ErrorContains(t, err, "the container stays in the pod")
	require.Equal(t, failed.Container, res.Container)
}

func TestProgressGetsEachChangeOnce(t *testing.T) {
	t.Parallel() // takes the timeout, which leaves a busy node time to fail
	_, pods := start(t)
	var reported []debug.Waiting
	o := debug.Options{
		Image: "registry.test/missing:1", Timeout: 3 * time.Second,
		Progress: func(w debug.Waiting) { reported = append(reported, w) },
	}
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorContains(t, err, "Timeout")
	require.NotEmpty(t, reported)
	require.Equal(t, "ContainerCreating", reported[0].Reason)
	for i := 1; i < len(reported); i++ {
		require.NotEqual(t, reported[i-1], reported[i])
	}
	require.Contains(t, err.Error(), "still "+reported[len(reported)-1].Reason)
}

func TestASecondRunAdoptsTheContainer(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "3600")
	o.Name = "debugger"
	first, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.False(t, first.Adopted)
	second, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.True(t, second.Adopted)
	require.True(t, second.Running)
	require.Len(t, containers(t, server), 1)

	for name, command := range map[string][]string{"another command": {"sleep", "1"}, "no command": nil} {
		t.Run(name, func(t *testing.T) {
			o.Command = command
			res, err := debug.Run(within(t), pods, "distroless", o)
			var exists *subresource.ContainerExistsError
			require.ErrorAs(t, err, &exists)
			require.False(t, exists.Matches)
			require.Nil(t, res)
		})
	}
}

func TestRunNamesTheContainerAfterAnUnknownOutcome(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Method: http.MethodPatch, Then: kxtest.LoseAnswer()})
	server.Fault(kxtest.Fault{
		Method: http.MethodGet, Path: "/api/v1/namespaces/*/pods/*", Skip: 1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "no longer yours", 0),
	})
	res, err := debug.Run(within(t), pods, "distroless", options("sleep", "3600"))
	require.ErrorIs(t, err, transport.ErrOutcomeUnknown)
	require.Equal(t, containers(t, server)[0].Name, res.Container)

	o := options("sleep", "3600")
	o.Name = res.Container
	res, err = debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.True(t, res.Adopted)
	require.Len(t, containers(t, server), 1)
}

func TestADeletedPodEndsTheWait(t *testing.T) {
	_, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	o := debug.Options{Image: slowImage, Timeout: -1, Progress: func(w debug.Waiting) {
		if w.Reason == "" {
			return
		}
		_, err := pods.Delete(context.Background(), "distroless", resources.GracePeriod(0))
		if err != nil {
			require.ErrorIs(t, err, transport.ErrNotFound)
		}
	}}
	res, err := debug.Run(within(t), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "PodDeleted", failed.Reason)
	require.NotEmpty(t, res.Container)
}

func TestRunFailsInAPodThatHasEnded(t *testing.T) {
	server, pods := start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"done"},
		"spec":{"restartPolicy":"Never","nodeName":"kx-node","containers":[
		{"name":"app","image":"` + kxtest.BusyboxImage + `","imagePullPolicy":"Never","command":["true"]}]}}`)
	require.NoError(t, err)
	for event, err := range pods.Watch(within(t), resources.ListOptions{FieldSelector: "metadata.name=done"}) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Succeeded" {
			break
		}
	}
	_, err = debug.Run(within(t), pods, "done", options())
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "PodFinished", failed.Reason)
	require.Contains(t, failed.Message, "Succeeded")
}

func TestRunPollsIfWatchingIsForbidden(t *testing.T) {
	server, _ := start(t, kxtest.WithRegistryImage(slowImage, 20*time.Millisecond))
	server.User("reader", kxtest.Allow("get", "pods").In("default"),
		kxtest.Allow("patch", "pods/ephemeralcontainers").In("default"))
	o := debug.Options{Image: slowImage, Command: []string{"sleep", "3600"}}
	res, err := debug.Run(within(t), podsAs(t, server, "reader"), "distroless", o)
	require.NoError(t, err)
	require.True(t, res.Running)
}

func TestAnExpiredWatchIsReplaced(t *testing.T) {
	server, pods := start(t)
	fault := server.Fault(kxtest.Fault{
		Query: map[string]string{"watch": "1"}, Then: kxtest.AnswerStatus(http.StatusGone, "Expired", "too old", 0),
	})
	res, err := debug.Run(within(t), pods, "distroless", options("sleep", "3600"))
	require.NoError(t, err)
	require.True(t, res.Running)
	require.Equal(t, 1, fault.Hits())
}

func TestADryRunStoresNothing(t *testing.T) {
	server, pods := start(t)
	o := options()
	o.DryRun, o.FieldManager = true, "tester"
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.False(t, res.Running)
	require.Equal(t, res.Container, res.Object.Spec.EphemeralContainers[0].Name)
	require.Empty(t, containers(t, server))
	requests := server.Requests()
	sent := requests[len(requests)-1]
	require.Equal(t, "dryRun=All&fieldManager=tester", sent.Query.Encode())
	require.Equal(t, string(sent.Body), string(res.Plan.Patch), "the plan holds the body that was sent")
}

func TestGeneratedNamesDiffer(t *testing.T) {
	server, pods := start(t)
	seen := map[string]bool{}
	for range 20 {
		o := options()
		o.DryRun = true
		res, err := debug.Run(within(t), pods, "distroless", o)
		require.NoError(t, err)
		suffix, ok := strings.CutPrefix(res.Container, "debugger-")
		require.True(t, ok)
		require.Len(t, suffix, 5)
		require.Empty(t, strings.Trim(suffix, "bcdfghjklmnpqrstvwxz2456789"))
		require.False(t, seen[res.Container])
		seen[res.Container] = true
	}
	require.Empty(t, containers(t, server))
}

func TestRunReturnsWhenItsContextEnds(t *testing.T) {
	server, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	ctx, cancel := context.WithCancel(within(t))
	defer cancel()
	o := debug.Options{Image: slowImage, Timeout: -1, Progress: func(debug.Waiting) { cancel() }}
	res, err := debug.Run(ctx, pods, "distroless", o)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, containers(t, server)[0].Name, res.Container)
	require.ErrorContains(t, err, "container "+res.Container+" stays in pod distroless, and whether it runs is unknown")
}

func TestInvalidOptionsFailBeforeAnyRequest(t *testing.T) {
	server, pods := start(t)
	for text, o := range map[string]debug.Options{
		"no image: set Image": {},
		`image pull policy "Later" is none of Always, IfNotPresent and Never`: {Image: "busybox",
			ImagePullPolicy: "Later"},
	} {
		res, err := debug.Run(within(t), pods, "distroless", o)
		require.ErrorContains(t, err, text)
		require.Nil(t, res)
	}
	require.Empty(t, server.Requests())
}

func TestRunFailsForAMissingPod(t *testing.T) {
	_, pods := start(t)
	res, err := debug.Run(within(t), pods, "missing", options())
	require.ErrorIs(t, err, transport.ErrNotFound)
	require.Nil(t, res)
	var failed *debug.StartError
	require.False(t, errors.As(err, &failed))
}

func TestPreviewChangesNothing(t *testing.T) {
	server, pods := start(t)
	res, err := debug.Preview(within(t), pods, "distroless", options("sleep", "1"))
	require.NoError(t, err)
	require.Equal(t, []resources.ContainerOutline{res.Object.Spec.EphemeralContainers[0]},
		res.Object.Spec.EphemeralContainers)
	require.Equal(t, res.Container, res.Object.Spec.EphemeralContainers[0].Name)
	require.Regexp(t, `^debugger-[a-z0-9]{5}$`, res.Container)
	require.Len(t, server.Requests(), 1)
	require.Equal(t, http.MethodGet, server.Requests()[0].Method)

	o := options("sleep", "1")
	o.Name = "app"
	_, err = debug.Preview(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, transport.ErrAlreadyExists)
	_, err = debug.Preview(within(t), pods, "no-such", options())
	require.ErrorIs(t, err, transport.ErrNotFound)
}
