package parity_test

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
	watchtools "k8s.io/client-go/tools/watch"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/kx-k8s/kx/kxtest"
)

// runningPod creates a pod with client-go, and waits with its own watcher until the pod runs.
func runningPod(t *testing.T, clients kubernetes.Interface, pod *corev1.Pod) *corev1.Pod {
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	pods := clients.CoreV1().Pods("default")
	created, err := pods.Create(ctx, pod, metav1.CreateOptions{})
	require.NoError(t, err)
	selector := fields.OneTermEqualSelector("metadata.name", pod.Name).String()
	events, err := pods.Watch(ctx, metav1.ListOptions{FieldSelector: selector, ResourceVersion: created.ResourceVersion})
	require.NoError(t, err)
	last, err := watchtools.UntilWithoutRetry(ctx, events, func(event watch.Event) (bool, error) {
		return event.Object.(*corev1.Pod).Status.Phase == corev1.PodRunning, nil
	})
	require.NoError(t, err)
	return last.Object.(*corev1.Pod)
}

func TestClientGoReadsLogsExecutesAndDebugs(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, srv *kxtest.Server) {
		ctx, pods := t.Context(), clients.CoreV1().Pods("default")
		pod := runningPod(t, clients, sleepingPod("web"))
		require.NotEmpty(t, pod.Status.PodIP)

		follow, err := pods.GetLogs("web", &corev1.PodLogOptions{Follow: true}).Stream(ctx)
		require.NoError(t, err)
		line := make([]byte, len("started\n"))
		_, err = io.ReadFull(follow, line)
		require.NoError(t, err)
		require.Equal(t, "started\n", string(line))
		require.NoError(t, follow.Close())

		pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debugger", Image: kxtest.BusyboxImage},
			TargetContainerName:      "app",
		}}
		updated, err := pods.UpdateEphemeralContainers(ctx, "web", pod, metav1.UpdateOptions{})
		require.NoError(t, err)
		require.Equal(t, corev1.PullIfNotPresent, updated.Spec.EphemeralContainers[0].ImagePullPolicy)

		stdout, stderr, err := execute(t, clients, srv, "cat; echo to stderr >&2; exit 7")
		require.Equal(t, "input", stdout)
		require.Equal(t, "to stderr\n", stderr)
		var exit utilexec.CodeExitError
		require.ErrorAs(t, err, &exit)
		require.Equal(t, 7, exit.Code)

		seconds := int64(0)
		require.NoError(t, pods.Delete(ctx, "web", metav1.DeleteOptions{GracePeriodSeconds: &seconds}))
	})
}

// execute runs a script in the pod web with client-go's WebSocket executor.
func execute(t *testing.T, clients kubernetes.Interface, srv *kxtest.Server, script string) (stdout, stderr string, err error) {
	config, err := clientcmd.RESTConfigFromKubeConfig(srv.Kubeconfig())
	require.NoError(t, err)
	request := clients.CoreV1().RESTClient().Get().Resource("pods").Namespace("default").Name("web").SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: "app", Command: []string{"sh", "-c", script}, Stdin: true, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(config, "GET", request.URL().String())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	var out, warnings bytes.Buffer
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdin: strings.NewReader("input"), Stdout: &out, Stderr: &warnings})
	return out.String(), warnings.String(), err
}
