package debug

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestNodeProblemReturnsTheConditionReady(t *testing.T) {
	for name, row := range map[string]struct {
		code    int
		answer  string
		problem string
		known   bool
	}{
		"ready": {200, `{"kind":"Node","apiVersion":"v1","metadata":{"name":"n"},"status":{"conditions":[{"type":"DiskPressure","status":"False"},{"type":"Ready",` +
			`"status":"True"}]}}`, "", true},
		"not ready": {200, `{"kind":"Node","apiVersion":"v1","metadata":{"name":"n"},"status":{"conditions":[{"type":"Ready","status":"False","reason":"A",` +
			`"message":"b"}]}}`, `node n is not ready: A: b`, true},
		"lost": {200, `{"kind":"Node","apiVersion":"v1","metadata":{"name":"n"},"status":{"conditions":[{"type":"Ready","status":"Unknown","reason":"A",` +
			`"message":"b"}]}}`, `node n is not ready: A: b`, true},
		"no condition": {200, `{"kind":"Node","apiVersion":"v1","metadata":{"name":"n"}}`, "", false},
		"another node": {200, `{"kind":"Node","apiVersion":"v1","metadata":{"name":"m"},"status":{"conditions":[{"type":"Ready","status":"False"}]}}`, "", false},
		"not found":    {404, `{}`, "node n does not exist any more", true},
		"forbidden":    {403, `{}`, "", false},
		"not JSON":     {200, `nothing`, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				require.Equal(t, "/api/v1/nodes/n", r.URL.Path)
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(row.code)
				fmt.Fprint(w, row.answer)
			}))
			t.Cleanup(server.Close)
			client, err := transport.New(&kubeconfig.Config{Server: server.URL})
			require.NoError(t, err)
			t.Cleanup(client.Close)
			problem, known := nodeProblem(t.Context(), resources.New[resources.PodOutline](client), "n")
			require.Equal(t, row.problem, problem)
			require.Equal(t, row.known, known)
		})
	}
}

func TestAPodThatCannotBeReadIsNotPlaced(t *testing.T) {
	const answer = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web","namespace":"default"},"spec":{"nodeName":"n","imagePullSecrets":"x"}}`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		require.Equal(t, "/api/v1/namespaces/default/pods/web", r.URL.Path, "no node is read")
		fmt.Fprint(w, answer)
	}))
	t.Cleanup(server.Close)
	client, err := transport.New(&kubeconfig.Config{Server: server.URL, Namespace: "default"})
	require.NoError(t, err)
	t.Cleanup(client.Close)
	_, err = Images(t.Context(), resources.New[resources.Pod](client), "web")
	require.ErrorContains(t, err, "imagePullSecrets")
	pods := resources.New[resources.PodOutline](client)
	pod, err := pods.Get(t.Context(), "web")
	require.NoError(t, err)
	require.ErrorContains(t, new(Options).preflight(t.Context(), pods, pod), "imagePullSecrets")
}
