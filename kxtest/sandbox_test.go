package kxtest_test

import (
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func TestTheSandboxHasADeploymentWhosePodsAnswerHTTP(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithSandbox())
	client, err := transport.New(srv.Config())
	require.NoError(t, err)
	defer client.Close()
	deployments := resources.New[resources.Deployment](client)
	require.NoError(t, resources.WaitFor(t.Context(), deployments, "web", resources.RolloutDone))

	pods := resources.New[resources.Pod](client)
	web, err := pods.List(t.Context(), resources.ListOptions{LabelSelector: "app=web"})
	require.NoError(t, err)
	require.Len(t, web.Items, 2)
	for _, pod := range web.Items {
		name := pod.Metadata.Name
		require.Equal(t, "ReplicaSet", pod.Metadata.OwnerReferences[0].Kind)
		require.NoError(t, resources.WaitFor(t.Context(), pods, name, resources.Ready))
		var answer []byte
		require.Eventually(t, func() bool {
			conn, err := subresource.PortForward(pods).Dial(t.Context(), name, 8080)
			if err != nil {
				return false
			}
			defer conn.Close()
			_, _ = fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n") // then there is no answer
			answer, err = io.ReadAll(conn)
			return err == nil
		}, time.Minute, 5*time.Millisecond, "a program listens soon after its container has started")
		require.Equal(t, "HTTP/1.0 200 OK\r\n\r\n"+name+"\n", string(answer))
	}
}
