package resources_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podIn returns a pod in one of the states by which SelectPods sorts.
func podIn(name, state string) string {
	status := map[string]string{
		"ready":     `"phase":"Running","conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"True"}]`,
		"running":   `"phase":"Running","conditions":[{"type":"Ready","status":"False"}]`,
		"pending":   `"phase":"Pending"`,
		"deleted":   `"phase":"Running","conditions":[{"type":"Ready","status":"True"}]`,
		"succeeded": `"phase":"Succeeded"`,
		"failed":    `"phase":"Failed","conditions":[{"type":"Ready","status":"True"}]`,
	}[state]
	mark := ""
	if state == "deleted" {
		mark = `,"deletionTimestamp":"2026-01-01T00:00:00Z"`
	}
	return fmt.Sprintf(`{"metadata":{"name":%q,"namespace":"default"%s},"status":{%s}}`, name, mark, status)
}

// workloads returns a client of a server with one object and pods. The object has the kind and the
// name that are asked for. It records the requests in asked.
func workloads(t *testing.T, object string, asked *[]string, pods ...string) *transport.Client {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		*asked = append(*asked, r.URL.Path+"?"+r.URL.Query().Get("labelSelector"))
		if strings.HasSuffix(r.URL.Path, "/pods") {
			_, _ = io.WriteString(w, `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[`+strings.Join(pods, ",")+`]}`)
			return
		}
		path := strings.Split(r.URL.Path, "/")
		kind, ok := resources.Lookup(path[len(path)-2])
		if !ok {
			kind = resources.Kind{Version: "v1", Kind: "ReplicationController"}
		}
		fmt.Fprintf(w, `{"kind":%q,"apiVersion":%q,"metadata":{"name":%q},%s`, kind.Kind, kind.APIVersion(), path[len(path)-1], object[1:])
	})
}

func TestPodsOfAWorkloadMatchItsSelector(t *testing.T) {
	for _, c := range []struct{ kind, selector, path, want string }{
		{"deploy", `{"matchLabels":{"app":"web"}}`, "apis/apps/v1/namespaces/default/deployments", "app=web"},
		{"sts", `{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]}]}`, "apis/apps/v1/namespaces/default/statefulsets", "app=web,tier in (a,b)"},
		{"ds", `{"matchExpressions":[{"key":"tier","operator":"NotIn","values":["a"]}]}`, "apis/apps/v1/namespaces/default/daemonsets", "tier notin (a)"},
		{"rs", `{"matchExpressions":[{"key":"tier","operator":"Exists"}]}`, "apis/apps/v1/namespaces/default/replicasets", "tier"},
		{"job", `{"matchExpressions":[{"key":"tier","operator":"DoesNotExist"}]}`, "apis/batch/v1/namespaces/default/jobs", "!tier"},
	} {
		t.Run(c.kind, func(t *testing.T) {
			var asked []string
			client := workloads(t, `{"spec":{"selector":`+c.selector+`}}`, &asked, podIn("a", "ready"))
			kind, err := resources.Discover(t.Context(), client, c.kind)
			require.NoError(t, err)
			pods, err := resources.PodsOf(t.Context(), client, kind, "web", resources.InNamespace("default"))
			require.NoError(t, err)
			require.Len(t, pods, 1)
			require.Equal(t, []string{"/" + c.path + "/web?", "/api/v1/namespaces/default/pods?" + c.want}, asked, "and nothing was discovered")
		})
	}
	for kind, resource := range map[string]string{"ReplicationController": "replicationcontrollers", "Service": "services"} {
		t.Run(kind, func(t *testing.T) {
			var asked []string
			client := workloads(t, `{"spec":{"selector":{"b":"2","a":"1"}}}`, &asked, podIn("a", "ready"))
			_, err := resources.PodsOf(t.Context(), client, resources.Kind{Version: "v1", Kind: kind, Resource: resource, Namespaced: true}, "old")
			require.NoError(t, err)
			require.Equal(t, "/api/v1/namespaces/default/pods?a=1,b=2", asked[1], "it has labels alone")
		})
	}
}

func TestPodsAreSortedByUsefulness(t *testing.T) {
	var asked []string
	client := workloads(t, "", &asked, podIn("a", "succeeded"), podIn("b", "deleted"), podIn("c", "pending"), podIn("d", "running"), podIn("f", "ready"),
		podIn("e", "ready"), podIn("g", "running"), podIn("h", "failed"))
	pods, err := resources.SelectPods(t.Context(), client, "app=web")
	require.NoError(t, err)
	var names []string
	for _, pod := range pods {
		names = append(names, pod.Metadata.Name)
	}
	require.Equal(t, "e f d g c b a h", strings.Join(names, " "))
	require.True(t, pods[0].Status.Ready())
	require.False(t, pods[2].Status.Ready())
	require.False(t, pods[4].Status.Ready(), "it has no such condition")
	require.False(t, pods[0].Status.Ended())
	require.True(t, pods[6].Status.Ended())
	require.True(t, pods[7].Status.Ended())
}

func TestPodsOfAPodReturnsThePod(t *testing.T) {
	server := start(t)
	client := connect(t, server.Config())
	kind, _ := resources.Lookup("pod")
	require.ErrorIs(t, second(resources.PodsOf(t.Context(), client, kind, "web-0")), transport.ErrNotFound)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]}}`)
	require.NoError(t, err)
	pods, err := resources.PodsOf(t.Context(), client, kind, "web-0")
	require.NoError(t, err)
	require.Len(t, pods, 1)
	require.Equal(t, "app", pods[0].Spec.Containers[0].Name)
}

func TestAWorkloadWithoutPodsNamesItsSelector(t *testing.T) {
	kinds := map[bool]string{true: "ds", false: "deploy"}
	for name, c := range map[string]struct{ object, want, selector string }{
		"no replicas":    {`{"spec":{"replicas":0,"selector":{"matchLabels":{"app":"web"}}}}`, `deployments.apps/web has no pods: it wants none: scale it up`, "app=web"},
		"three replicas": {`{"spec":{"replicas":3,"selector":{"matchLabels":{"app":"web"}}}}`, `deployments.apps/web has no pods, and wants 3: no pod matches "app=web"; see its status and events`, "app=web"},
		"parallelism":    {`{"spec":{"parallelism":2,"selector":{"matchLabels":{"app":"web"}}}}`, `deployments.apps/web has no pods, and wants 2: no pod matches "app=web"; see its status and events`, "app=web"},
		"nodes":          {`{"spec":{"selector":{"matchLabels":{"app":"web"}}},"status":{"desiredNumberScheduled":0}}`, `daemonsets.apps/web has no pods: no node matches it`, "app=web"},
		"unknown":        {`{"spec":{"selector":{"matchLabels":{"app":"web"}}}}`, `deployments.apps/web has no pods: no pod matches "app=web"; see its status and events`, "app=web"},
		"empty selector": {`{"spec":{"replicas":3,"selector":{}}}`, `deployments.apps/web has no pods: its selector is empty`, ""},
		"no selector":    {`{"spec":{}}`, `deployments.apps/web has no pods: its selector is empty`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var asked []string
			kind, _ := resources.Lookup(kinds[name == "nodes"])
			_, err := resources.PodsOf(t.Context(), workloads(t, c.object, &asked), kind, "web")
			var none *resources.NoPodsError
			require.ErrorAs(t, err, &none)
			require.EqualError(t, err, c.want)
			require.Equal(t, c.selector, none.Selector)
			if c.selector == "" {
				require.Len(t, asked, 1, "what selects nothing would select everything in a list")
			}
		})
	}
}

func TestPodsOfAKindWithoutPodsFails(t *testing.T) {
	var asked []string
	client := workloads(t, `{"spec":{"selector":{"matchExpressions":[{"key":"a","operator":"Gt","values":["1"]}]}}}`, &asked)
	_, err := resources.PodsOf(t.Context(), client, configMapKind, "settings")
	var without *resources.KindWithoutPodsError
	require.ErrorAs(t, err, &without)
	require.EqualError(t, err, "configmaps have no pods: only pods, deployments.apps, statefulsets.apps, daemonsets.apps, replicasets.apps, jobs.batch, replicationcontrollers, services have")
	require.Empty(t, asked)

	deployments, _ := resources.Lookup("deploy")
	_, err = resources.PodsOf(t.Context(), client, deployments, "web")
	require.ErrorContains(t, err, `deployments.apps/web: its selector cannot be read: label selector: the label "a" with operator "Gt"`)
	require.Len(t, asked, 1)

	for _, spec := range []string{`{"replicas":"three"}`, `{"selector":"app=web"}`, `[]`} {
		_, err = resources.PodsOf(t.Context(), workloads(t, `{"spec":`+spec+`}`, &asked), deployments, "web")
		require.ErrorContains(t, err, "deployments.apps/web: its selector cannot be read: ", spec)
	}
}
