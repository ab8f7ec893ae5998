package apiserver_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

const tableType = "application/json;as=Table;g=meta.k8s.io;v=v1"

func TestEachKindHasItsColumnsAndCells(t *testing.T) {
	srv := kxtest.Start(t, kxtest.WithDemo())
	for _, object := range []string{
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"},"data":{"a":"1","b":"2"}}`,
		`{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"type":"Opaque","data":{"a":"MQ=="}}`,
		`{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"a"}}`,
		`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"d"},"spec":{"replicas":2,"selector":{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"t","operator":"In","values":["b","a"]},{"key":"x","operator":"DoesNotExist"}]},
			"template":{"metadata":{"labels":{"app":"web","t":"a"}},"spec":{"containers":[{"name":"c","image":"x"},{"name":"d","image":"y"}]}}},"status":{"replicas":2,"readyReplicas":1,"updatedReplicas":2,"availableReplicas":1}}`,
		`{"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"st"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}`,
		`{"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"ds"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"nodeSelector":{"y":"2","x":"1"},"containers":[{"name":"c","image":"x"}]}}},
			"status":{"desiredNumberScheduled":5,"currentNumberScheduled":4,"numberReady":3,"updatedNumberScheduled":2,"numberAvailable":1,"numberMisscheduled":0}}`,
		`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"completions":3,"manualSelector":true,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"x"}]}}},
			"status":{"succeeded":3,"startTime":"2026-01-01T00:00:00Z","completionTime":"2026-01-01T00:05:30Z","conditions":[{"type":"SuccessCriteriaMet","status":"True"},{"type":"Complete","status":"True"}]}}`,
		`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"k"},"spec":{"parallelism":2,"manualSelector":true,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"x"}]}}},
			"status":{"conditions":[{"type":"Suspended","status":"True"}]}}`,
		`{"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"r"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"x"}]}}}}`,
	} {
		_, err := srv.Create(object)
		require.NoError(t, err)
	}
	c := wiretest.NewClient(t, srv.Config())
	for _, name := range []string{"distroless", "shell"} {
		c.Eventually(wiretest.Pods+"/"+name, wiretest.IsRunning)
	}
	c = c.With("Accept", tableType)
	age := any("AGE")
	for path, want := range map[string][]any{
		"/api/v1/namespaces/default/configmaps/c":      {"c", 2.0, age},
		"/api/v1/namespaces/default/secrets/s":         {"s", "Opaque", 1.0, age},
		"/api/v1/namespaces/default/serviceaccounts/a": {"a", age},
		"/apis/apps/v1/namespaces/default/deployments/d": {"d", "1/2", 2.0, 1.0, age, "c,d", "x,y",
			"app=web,t in (a,b),!x"},
		"/apis/apps/v1/namespaces/default/statefulsets/st": {"st", "0/1", age, "c", "x"},
		"/apis/apps/v1/namespaces/default/replicasets/r":   {"r", 1.0, 0.0, 0.0, age, "c", "x", "a=b"},
		"/apis/apps/v1/namespaces/default/daemonsets/ds": {"ds", 5.0, 4.0, 3.0, 2.0, 1.0, "x=1,y=2", age, "c", "x",
			"a=b"},
		"/apis/batch/v1/namespaces/default/jobs/j": {"j", "Complete", "3/3", "5m30s", age, "c", "x", "a=b"},
		"/apis/batch/v1/namespaces/default/jobs/k": {"k", "Suspended", "0/1 of 2", "", age, "c", "x", "a=b"},
		"/api/v1/namespaces/kube-system":           {"kube-system", "Active", age},
		"/api/v1/nodes/kx-node": {"kx-node", "Ready", "<none>", age, "v1.35.4", "127.0.0.1",
			"<none>", "Debian GNU/Linux 12 (bookworm)", "6.1.0", "containerd://1.6.20"},
		wiretest.Pods + "/shell": {"shell", "2/2", "Running", "0", age, "IP", "kx-node",
			"<none>", "<none>"},
	} {
		table := c.Get(path + "?includeObject=None").Is(200)
		cells := table.At("rows", 0, "cells").([]any)
		require.Len(t, table.At("columnDefinitions"), len(cells), path)
		for i := range cells {
			title := wiretest.Follow(table.At("columnDefinitions", i), "name")
			switch title {
			case "Age":
				require.Regexp(t, `^\d+s$`, cells[i])
				cells[i] = age
			case "IP":
				require.Regexp(t, `^10\.88\.`, cells[i])
				cells[i] = "IP"
			}
		}
		require.Equal(t, want, cells, path)
		require.Nil(t, table.At("rows", 0, "object"))
	}
	events := c.Get("/api/v1/namespaces/default/events?includeObject=None").Is(200)
	require.Len(t, events.At("rows", 0, "cells"), 10)
	require.Contains(t, string(events.Body),
		`"Normal","Started","pod/shell","spec.containers{main}","kubelet, kx-node","Container started"`)
}

func TestTheRowsOfATableIncludeTheRequestedPartOfTheObject(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	c = c.With("Accept", tableType+",application/json")
	require.Equal(t, "PartialObjectMetadata", c.Get(wiretest.Pods).At("rows", 0, "object", "kind"))
	require.Equal(t, "Pod", c.Get(wiretest.Pods+"?includeObject=Object").At("rows", 0, "object", "kind"))
	require.Equal(t, "Unable to convert to Table as requested: includeObject: Invalid value: \"x\": must be 'Metadata', 'Object', 'None', or empty",
		c.Get(wiretest.Pods+"?includeObject=x").Is(400).At("message"))
	require.Equal(t, "Status", c.Get(wiretest.Pods+"/nope").Is(404).At("kind"), "errors come as Status even so")
}

func TestResponsesHaveTheRequestedForm(t *testing.T) {
	_, c := wiretest.StartWithPods(t, "a")
	const metadata, list = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
		"application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
	for _, row := range []struct {
		accept, path, want string
		code               int
	}{
		{"", wiretest.Pods, "PodList", 200},
		{"*/*", wiretest.Pods + "/a", "Pod", 200},
		{"text/html, application/json;q=0.5", wiretest.Pods + "/a", "Pod", 200},
		{metadata, wiretest.Pods + "/a", "PartialObjectMetadata", 200},
		{list, wiretest.Pods, "PartialObjectMetadataList", 200},
		{"application/json;as=Table;g=meta.k8s.io;v=v2,application/json", wiretest.Pods, "PodList", 200},
		{metadata, wiretest.Pods, "you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)",
			406},
		{list, wiretest.Pods + "/a", "you requested PartialObjectMetadataList, but the requested object is not a list (*core.Pod)", 406},
		{"application/json;as=Table;g=meta.k8s.io;v=v2", wiretest.Pods,
			"only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf", 406},
		{"text/html", wiretest.Pods + "/a",
			"406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/vnd.kubernetes.protobuf", 406},
	} {
		got := c.With("Accept", row.accept).Get(row.path).Is(row.code)
		if row.code == 200 {
			require.Equal(t, row.want, got.At("kind"), row.accept)
		} else {
			require.Equal(t, row.want, got.At("message"), row.accept)
		}
	}
}
