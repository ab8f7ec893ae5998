package debug_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// onNode returns options for a pod on the node of the tests, with a stdout.
func onNode(command ...string) (o debug.NodeOptions, stdout *bytes.Buffer, notices *[]string) {
	o.Image, o.Command = kxtest.BusyboxImage, command
	stdout, notices = new(bytes.Buffer), new([]string)
	o.Stdout, o.Notice = stdout, func(text string) { *notices = append(*notices, text) }
	return o, stdout, notices
}

// requireRemoved requires that a pod is gone, or on its way.
func requireRemoved(t *testing.T, pods *resources.API[resources.Pod], res *debug.Result) {
	t.Helper()
	require.True(t, res.Removed)
	pod, err := pods.Get(within(t), res.Pod)
	if err != nil {
		require.ErrorIs(t, err, transport.ErrNotFound)
		return
	}
	require.NotNil(t, pod.Metadata.DeletionTimestamp)
}

func TestAPodOnANodeIsRemovedWhenItsProgramHasEnded(t *testing.T) {
	server, pods := start(t)
	o, stdout, _ := onNode("sh", "-c", "echo here; exit 3")
	res, err := debug.RunOnNode(within(t), pods, "kx-node", o)
	require.NoError(t, err)
	require.Equal(t, 3, res.ExitCode)
	require.Equal(t, "here\n", stdout.String())
	require.Regexp(t, `^node-debugger-kx-node-[a-z0-9]{5}$`, res.Pod)
	require.Equal(t, "debugger", res.Container)
	requireRemoved(t, pods, res)
	var changes []string
	for _, r := range server.Requests() {
		if r.Method != http.MethodGet {
			changes = append(changes, r.Method+" "+r.Path[strings.LastIndexByte(r.Path, '/')+1:])
		}
	}
	require.Equal(t, []string{"POST pods", "DELETE " + res.Pod}, changes)
}

func TestAPodOnANodeStaysWhereItMayBeNeeded(t *testing.T) {
	_, pods := start(t)
	kept, _, _ := onNode("true")
	kept.Keep = true
	unattached, _, _ := onNode("sleep", "3600")
	unattached.Stdout = nil
	for name, o := range map[string]debug.NodeOptions{"with Keep": kept, "without an attached program": unattached} {
		t.Run(name, func(t *testing.T) {
			res, err := debug.RunOnNode(within(t), pods, "kx-node", o)
			require.NoError(t, err)
			require.False(t, res.Removed)
			pod, err := pods.Get(within(t), res.Pod)
			require.NoError(t, err)
			require.Nil(t, pod.Metadata.DeletionTimestamp)
		})
	}
}

func TestAPodOnANodeThatCannotStartIsRemoved(t *testing.T) {
	_, pods := start(t)
	o, _, _ := onNode("true")
	o.Image, o.ImagePullPolicy = "registry.test/missing:1", "Never"
	res, err := debug.RunOnNode(within(t), pods, "kx-node", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "ErrImageNeverPull", failed.Reason)
	require.NotEmpty(t, failed.Events, "read before the pod is gone")
	requireRemoved(t, pods, res)

	o.Image, o.ImagePullPolicy, o.Timeout = "registry.test/missing:1", "", time.Nanosecond
	res, err = debug.RunOnNode(within(t), pods, "kx-node", o)
	require.ErrorContains(t, err, "the pod was removed: wait longer")
	requireRemoved(t, pods, res)
}

func TestAPodOnANodeIsRemovedWhenTheContextEnds(t *testing.T) {
	_, pods := start(t)
	ctx, cancel := context.WithCancelCause(within(t))
	errStop := errors.New("stop")
	o, _, _ := onNode("sh", "-c", "echo ready; sleep 3600")
	o.Stdout = writerFunc(func(p []byte) (int, error) { cancel(errStop); return len(p), nil })
	res, err := debug.RunOnNode(ctx, pods, "kx-node", o)
	require.Error(t, err)
	requireRemoved(t, pods, res)
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestRunOnNodeRefusesWhatANodeDoesNotHave(t *testing.T) {
	server, pods := start(t)
	for _, change := range []func(*debug.NodeOptions){
		func(o *debug.NodeOptions) { o.Target = "app" },
		func(o *debug.NodeOptions) { o.SecurityContextFrom = "app" },
		func(o *debug.NodeOptions) { o.MountsFrom = "app" },
		func(o *debug.NodeOptions) { o.EnvFrom = "app" },
		func(o *debug.NodeOptions) { o.Reuse = true },
	} {
		o, _, _ := onNode("true")
		change(&o)
		_, err := debug.RunOnNode(within(t), pods, "kx-node", o)
		require.EqualError(t, err, "debug: a new pod has no other container: Target, SecurityContextFrom, MountsFrom, EnvFrom "+
			"and Reuse are options of Run")
	}
	require.Empty(t, server.Requests())
	o, _, _ := onNode("true")
	_, err := debug.RunOnNode(within(t), pods, "no-such", o)
	require.ErrorIs(t, err, transport.ErrNotFound)
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}

func TestRunOnNodeCreatesNothingOnANodeThatIsNotReady(t *testing.T) {
	server, pods := start(t)
	_, err := subresource.Status(resources.New[resources.Node](pods.Client())).Patch(within(t), "kx-node",
		patch.Strategic(map[string]any{"status": map[string]any{"conditions": []any{
			map[string]any{"type": "Ready", "status": "False", "reason": "KubeletNotReady", "message": "no network"},
		}}}))
	require.NoError(t, err)
	server.ForgetRequests()
	o, _, _ := onNode("true")
	_, err = debug.RunOnNode(within(t), pods, "kx-node", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "NodeNotReady", failed.Reason)
	require.Contains(t, failed.Message, "no network")
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}

func TestRunOnNodeChoosesNoImageOfANodeThatItCannotRead(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Path: "/api/v1/nodes/kx-node", Times: -1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "may not read nodes", 0)})
	o, _, _ := onNode("true")
	o.Image = debug.AutoImage
	_, err := debug.RunOnNode(within(t), pods, "kx-node", o)
	require.ErrorIs(t, err, debug.ErrNoImage)
	require.ErrorIs(t, err, transport.ErrForbidden)
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}

func TestPodSecurityRefusesAPodOnANodeAndSaysWhatItNeeds(t *testing.T) {
	server, _ := start(t)
	client, err := transport.New(server.Config())
	require.NoError(t, err)
	namespace, err := resources.New[resources.Namespace](client).CreateRaw(within(t), []byte(`{"apiVersion":"v1",`+
		`"kind":"Namespace","metadata":{"name":"secured","labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}`))
	require.NoError(t, err)
	pods := resources.New[resources.Pod](client, resources.InNamespace(namespace.Metadata.Name))
	o, stdout, notices := onNode("echo", "hi")
	_, err = debug.RunOnNode(within(t), pods, "kx-node", o)
	var refused *debug.PodSecurityError
	require.ErrorAs(t, err, &refused)
	require.ErrorContains(t, err, `violates PodSecurity "baseline:latest": host namespaces`)
	require.ErrorContains(t, err, "choose a namespace that enforces privileged or none, or the profile baseline")

	o.Profile = debug.Auto
	res, err := debug.RunOnNode(within(t), pods, "kx-node", o)
	require.NoError(t, err)
	require.Equal(t, debug.Baseline, res.Plan.Profile)
	require.Equal(t, "hi\n", stdout.String())
	require.Contains(t, strings.Join(*notices, "\n"), "Using profile baseline: the server refuses general: ")
}

func TestPreviewOnNodeCreatesNothing(t *testing.T) {
	server, pods := start(t)
	o, _, _ := onNode("sh")
	o.Stdout, o.Name = nil, "tools"
	res, err := debug.PreviewOnNode(within(t), pods, "kx-node", o)
	require.NoError(t, err)
	require.Equal(t, "tools", res.Object.Spec.Containers[0].Name)
	require.Contains(t, res.Plan.Settings, debug.Setting{Path: "spec.hostPID", From: "profile general"})
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}
