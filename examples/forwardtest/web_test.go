package forwardtest

import (
	"context"
	"flag"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

var e2e = flag.Bool("e2e", false, "run on the cluster that $KUBECONFIG names")

// waitLimit is far above what a busy cluster needs: only a fault reaches it.
const waitLimit = 3 * time.Minute

func TestTheHealthPageOfThePodAnswers(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	pods := resources.New[resources.Pod](connect(t))
	pod := createWeb(t, pods)
	require.NoError(t, resources.WaitFor(ctx, pods, pod, resources.Ready))

	// Each connection of the client is a WebSocket to the pod. The URL's host is only a header.
	forward := &http.Transport{DialContext: subresource.PortForward(pods).DialContext(pod, 8080)}
	defer forward.CloseIdleConnections()
	client := &http.Client{Transport: forward}
	// The container runs before its server listens.
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://web/healthz", nil)
		require.NoError(c, err)
		answer, err := client.Do(request)
		require.NoError(c, err)
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		require.NoError(c, err)
		require.Equal(c, http.StatusOK, answer.StatusCode)
		require.Equal(c, "healthy", string(body))
	}, waitLimit, 100*time.Millisecond)
}

// connect returns a client of kxtest, or with -e2e of a cluster.
func connect(t *testing.T) *transport.Client {
	t.Helper()
	var cfg *kubeconfig.Config
	if *e2e {
		var err error
		cfg, err = kubeconfig.Load(kubeconfig.Options{})
		require.NoError(t, err)
	} else {
		cfg = kxtest.Start(t).Config()
	}
	client, err := transport.New(cfg)
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

// createWeb creates a pod whose server answers each request on port 8080, and deletes it with the
// test. A test of your program creates the program's pod instead.
func createWeb(t *testing.T, pods *resources.API[resources.Pod]) string {
	t.Helper()
	created, err := pods.Create(t.Context(), &resources.Pod{
		Metadata: resources.ObjectMeta{GenerateName: "web-"},
		Spec: resources.PodSpec{
			AutomountServiceAccountToken:  new(false),
			TerminationGracePeriodSeconds: new(int64(0)),
			Containers: []resources.Container{{
				Name: "web", Image: kxtest.BusyboxImage, ImagePullPolicy: "Never",
				Command: []string{"nc", "-ll", "-p", "8080", "-e", "sh", "-c", answerScript},
			}},
		},
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := pods.Delete(context.WithoutCancel(t.Context()), created.Metadata.Name)
		require.NoError(t, err)
	})
	return created.Metadata.Name
}

// answerScript reads a request up to its empty line, and answers it.
const answerScript = `while read -r line && [ ${#line} -gt 1 ]; do :; done
printf 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 7\r\n\r\nhealthy'`
