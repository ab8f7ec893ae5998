package conformance_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// workloads are the behaviours of workloads that have no model in package resources.
func workloads() []behaviour {
	return []behaviour{
		{"the server serves daemon sets and jobs", func(t *testing.T, w *world) {
			for path, entry := range map[string]string{
				"apps": `{"name":"daemonsets","singularName":"daemonset","namespaced":true,"kind":"DaemonSet",` +
					`"verbs":["create","delete","deletecollection","get","list","patch","update","watch"],` +
					`"shortNames":["ds"],"categories":["all"],"storageVersionHash":"dd7pWHUlMKQ="},` +
					`{"name":"daemonsets/status","singularName":"","namespaced":true,"kind":"DaemonSet",` +
					`"verbs":["get","patch","update"]}`,
				"batch": `{"name":"jobs","singularName":"job","namespaced":true,"kind":"Job","verbs":["create",` +
					`"delete","deletecollection","get","list","patch","update","watch"],"categories":["all"],` +
					`"storageVersionHash":"mudhfqk/qZY="},{"name":"jobs/status","singularName":"",` +
					`"namespaced":true,"kind":"Job","verbs":["get","patch","update"]}`,
			} {
				answer, err := w.client.Fetch(t.Context(), &transport.Request{
					Method: "GET",
					Path:   []string{"apis", path, "v1"},
				})
				require.NoError(t, err)
				require.Contains(t, string(answer), entry)
			}
		}},
		{"a job selects its pods by its uid and has their labels", func(t *testing.T, w *world) {
			for labels, own := range map[string]string{`{"app":"web"}`: `{"app":"web"}`, `{}`: `{}`} {
				job, labelsOfPods, selector := w.dryJob(
					t,
					`"template":{"metadata":{"labels":`+labels+`},"spec":{"restartPolicy":"Never",`+
						`"containers":[{"name":"app","image":"a"}]}}`,
				)
				uid := job.Metadata.UID
				want := map[string]string{
					"controller-uid":                     uid,
					"batch.kubernetes.io/controller-uid": uid,
					"job-name":                           "work",
					"batch.kubernetes.io/job-name":       "work",
				}
				var given map[string]string
				require.NoError(t, json.Unmarshal([]byte(own), &given))
				maps.Copy(want, given)
				require.Equal(t, want, labelsOfPods)
				require.Equal(t, want, job.Metadata.Labels)
				require.Equal(t, "batch.kubernetes.io/controller-uid="+uid, selector)
			}
		}},
		{"a job with a manual selector keeps the selector", func(t *testing.T, w *world) {
			_, labels, selector := w.dryJob(
				t,
				`"manualSelector":true,"selector":{"matchLabels":{"app":"web"}},`+
					`"template":{"metadata":{"labels":{"app":"web"}},"spec":{"restartPolicy":"Never",`+
					`"containers":[{"name":"app","image":"a"}]}}`,
			)
			require.Equal(t, map[string]string{"app": "web"}, labels)
			require.Equal(t, "app=web", selector)
		}},
		{"a deleted job leaves its pods by default, and the server warns", func(t *testing.T, w *world) {
			load := w.workload(t, "Job", 0)
			kind, _ := resources.Lookup("job")
			deleted, err := resources.ForKind(w.client, kind).Delete(t.Context(), load.name, resources.DryRun())
			require.NoError(t, err)
			require.NotNil(t, deleted)
			require.Contains(t, deleted.Metadata.Finalizers, "orphan")
			w.requireWarnings(
				t,
				"child pods are preserved by default when jobs are deleted; "+
					"set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress "+
					"this warning",
			)
		}},
		{"a daemon set counts the changes of its template", func(t *testing.T, w *world) {
			load := w.workload(t, "DaemonSet", 1)
			kind, _ := resources.Lookup("ds")
			api := resources.ForKind(w.client, kind)
			for p, want := range map[string]string{
				`{"spec":{"minReadySeconds":1}}`:                               "1",
				`{"spec":{"template":{"metadata":{"annotations":{"a":"b"}}}}}`: "2",
			} {
				changed, err := api.Patch(t.Context(), load.name, patch.Merge(p), resources.DryRun())
				require.NoError(t, err)
				require.Equal(t, want, changed.Metadata.Annotations["deprecated.daemonset.template.generation"], p)
				require.Equal(t, int64(2), changed.Metadata.Generation, p)
			}
		}},
	}
}

// dryJob creates a job called work in a dry run.
func (w *world) dryJob(t *testing.T, spec string) (job *resources.Object, labels map[string]string, selector string) {
	t.Helper()
	kind, _ := resources.Lookup("job")
	document := []byte(`{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"work"},"spec":{` + spec + `}}`)
	job, err := resources.ForKind(w.client, kind).CreateRaw(t.Context(), document, resources.DryRun())
	require.NoError(t, err)
	var stored struct {
		Spec struct {
			Selector resources.LabelSelector   `json:"selector"`
			Template resources.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	require.NoError(t, job.Decode(&stored))
	selector, err = stored.Spec.Selector.Encode()
	require.NoError(t, err)
	return job, stored.Spec.Template.Metadata.Labels, selector
}

// workload is an object that manages pods.
type workload struct {
	name, selector string
	labels         map[string]string
	pods           []string // its ready pods, in the order of their names
}

// workload creates a workload for the test and waits until its pods are ready. kxtest has no
// controllers, so the test creates the pods there.
func (w *world) workload(t *testing.T, kind string, pods int) *workload {
	t.Helper()
	load := &workload{name: w.name()}
	const containers = `"terminationGracePeriodSeconds":0,"automountServiceAccountToken":false,` +
		`"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep",` +
		`"3600"]}]`
	template := fmt.Sprintf(
		`"template":{"metadata":{"labels":{"app":%q}},"spec":{"restartPolicy":"Always",%s}}`, load.name,
		containers,
	)
	spec := fmt.Sprintf(`"selector":{"matchLabels":{"app":%q}},`, load.name) + template
	apiVersion := "apps/v1"
	switch kind {
	case "Job":
		apiVersion = "batch/v1"
		spec = fmt.Sprintf(`"parallelism":%d,`, pods) + strings.Replace(template, "Always", "Never", 1)
	case "DaemonSet":
	default:
		spec = fmt.Sprintf(`"replicas":%d,`, pods) + spec
	}
	k, ok := resources.Lookup(kind)
	require.True(t, ok)
	api := resources.ForKind(w.client, k)
	made, err := api.CreateRaw(
		t.Context(),
		fmt.Appendf(
			nil, `{"apiVersion":%q,"kind":%q,"metadata":{"name":%q},"spec":{%s}}`, apiVersion, kind,
			load.name, spec,
		),
	)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := api.Delete(atEnd(t), load.name, resources.PropagationPolicy(resources.Background))
		require.NoError(t, err)
	})
	var stored struct {
		Spec struct {
			Selector resources.LabelSelector   `json:"selector"`
			Template resources.PodTemplateSpec `json:"template"`
		} `json:"spec"`
	}
	require.NoError(t, made.Decode(&stored))
	load.labels = stored.Spec.Template.Metadata.Labels
	load.selector, err = stored.Spec.Selector.Encode()
	require.NoError(t, err)
	if !*e2e {
		for i := range pods {
			w.create(
				t,
				fmt.Sprintf(
					`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s-%02d","labels":%s},"spec":{%s}}`,
					load.name, i,
					encode(t, load.labels),
					containers,
				),
			)
		}
	}
	eventually(t, "the pods are ready", func() bool {
		load.pods = nil
		found, err := resources.SelectPods(t.Context(), w.client, load.selector)
		require.NoError(t, err)
		for _, pod := range found {
			if pod.Status.Ready() {
				load.pods = append(load.pods, pod.Metadata.Name)
			}
		}
		return len(load.pods) == pods
	})
	return load
}

// beside creates a pod that the workload selects and that is never scheduled. Its name sorts before
// the others. It has another owner, because a cluster's controllers would adopt it otherwise.
func (w *world) beside(t *testing.T, load *workload) string {
	t.Helper()
	kind, err := resources.Discover(t.Context(), w.client, "configmaps")
	require.NoError(t, err)
	configs := resources.ForKind(w.client, kind)
	owner, err := configs.CreateRaw(
		t.Context(),
		fmt.Appendf(nil, `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q}}`, load.name),
	)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := configs.Delete(atEnd(t), load.name)
		require.NoError(t, err)
	})
	return w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a-%s","labels":%s,
		"ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":%[1]q,"uid":%[3]q,"controller":true}]},
		"spec":{"schedulerName":"none","containers":[{"name":"app",
		"image":"a"}]}}`, load.name, encode(t, load.labels), owner.Metadata.UID)).Metadata.Name
}
