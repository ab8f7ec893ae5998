package conformance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// waiting are the behaviours of a wait for one object.
func waiting() []behaviour {
	return []behaviour{
		{"a wait for a new pod ends when the pod is ready", func(t *testing.T, w *world) {
			name := w.waitedPod(t, "sleep 3600")
			require.NoError(t, resources.WaitFor(within(t, waitLimit), w.pods, name, resources.Ready))
			require.True(t, w.get(t, name).Status.ContainerStatuses[0].Ready)
		}},
		{"a wait for a pod's end tells success from failure", func(t *testing.T, w *world) {
			good, bad := w.waitedPod(t, "exit 0"), w.waitedPod(t, "exit 7")
			ctx := within(t, waitLimit)
			require.NoError(t, resources.WaitFor(ctx, w.pods, good, resources.Complete))
			require.NoError(t, resources.WaitFor(ctx, w.pods, bad, resources.Failed))
			requireWaitError(t, resources.WaitFor(ctx, w.pods, good, resources.Ready), "PodSucceeded", "wait for pods "+good+": the pod has ended with success")
			requireWaitError(t, resources.WaitFor(ctx, w.pods, bad, resources.Ready), "PodFailed", "wait for pods "+bad+": the pod has failed: container app: exit code 7: Error")
		}},
		{"a wait for deletion ends when the object is gone", func(t *testing.T, w *world) {
			name := w.waitedPod(t, "sleep 3600")
			ctx := within(t, waitLimit)
			require.NoError(t, resources.WaitFor(ctx, w.pods, name, resources.Ready))
			_, err := w.pods.Delete(ctx, name)
			require.NoError(t, err)
			require.NoError(t, resources.WaitFor(ctx, w.pods, name, resources.Deleted))
			_, err = w.pods.Get(ctx, name)
			require.ErrorIs(t, err, transport.ErrNotFound)
			require.NoError(t, resources.WaitFor(ctx, w.pods, name, resources.Deleted))
			require.ErrorIs(t, resources.WaitFor(ctx, w.pods, name, resources.Ready), transport.ErrNotFound)
		}},
		{"a deletion ends a wait for something else", func(t *testing.T, w *world) {
			name := w.pod(t)
			err := resources.WaitFor(within(t, waitLimit), w.pods, name, func(*resources.Pod) (bool, error) {
				_, err := w.pods.Delete(t.Context(), name, resources.GracePeriod(0))
				if err != nil {
					require.ErrorIs(t, err, transport.ErrNotFound)
				}
				return false, nil
			})
			requireWaitError(t, err, "Deleted", "wait for pods "+name+": the object was deleted")
		}},
		{"a wait for existence ends when the object is created", func(t *testing.T, w *world) {
			name := w.name()
			ended := make(chan error, 1)
			api := resources.New[resources.ConfigMap](w.client)
			go func() { ended <- resources.WaitFor(within(t, waitLimit), api, name, resources.Added) }()
			w.newConfigMap(t, name, name)
			require.NoError(t, <-ended)
		}},
		{"a wait for a value at a path ends when the value is there", waitsForValue},
		{"a wait whose watches are cut and expire goes on", func(t *testing.T, w *world) {
			name := w.name()
			w.newConfigMap(t, name, name)
			api, _ := w.cutConfigMaps(t, true)
			count := 0
			err := resources.WaitFor(within(t, waitLimit), api, name, func(m *resources.ConfigMap) (bool, error) {
				count++
				if m.Data["n"] != fmt.Sprint(count-1) {
					return false, fmt.Errorf("state %s comes as number %d", m.Data["n"], count)
				}
				w.setConfigMap(t, name, fmt.Sprint(count))
				return count == 20, nil
			})
			require.NoError(t, err)
		}},
		{"a wait for a rollout ends when the new pods are available", rollsOut},
		{"a rollout past its progress deadline ends the wait", func(t *testing.T, w *world) {
			deployment := w.waitedWorkload(t, "Deployment", `"replicas":1,"progressDeadlineSeconds":1,`, `"schedulerName":"none",`)
			if !*e2e {
				w.writeStatus(t, "Deployment", deployment, `{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"conditions":[`+
					`{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"ReplicaSet \"a\" has timed out progressing."}]}`)
			}
			err := resources.WaitFor(within(t, waitLimit), resources.New[resources.Deployment](w.client), deployment, resources.RolloutDone)
			requireWaitError(t, err, "ProgressDeadlineExceeded", "")
			require.ErrorContains(t, err, "wait for deployments.apps "+deployment+": the rollout exceeded its progress deadline: ReplicaSet ")
		}},
		{"a strategy that replaces no pod ends the wait for a rollout", func(t *testing.T, w *world) {
			set := w.waitedWorkload(t, "DaemonSet", `"updateStrategy":{"type":"OnDelete"},`, `"nodeSelector":{"none":"here"},`)
			err := resources.WaitFor(within(t, waitLimit), resources.New[resources.DaemonSet](w.client), set, resources.RolloutDone)
			requireWaitError(t, err, "OnDelete", "wait for daemonsets.apps "+set+": its update strategy is OnDelete: delete its pods to replace them")
		}},
		{"a wait for a job tells success from failure", waitsForJobs},
	}
}

func requireWaitError(t *testing.T, err error, reason, message string) {
	t.Helper()
	var failed *resources.WaitError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, reason, failed.Reason)
	if message != "" {
		require.EqualError(t, err, message)
	}
}

// waitedPod creates a pod that runs a shell command once. It does not wait.
func (w *world) waitedPod(t *testing.T, command string) string {
	t.Helper()
	name := w.name()
	w.create(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{`+
		`"automountServiceAccountToken":false,"terminationGracePeriodSeconds":0,"restartPolicy":"Never","containers":[`+
		`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sh","-c",%q]}]}}`, name, command))
	return name
}

// waitedWorkload creates a workload with further members of its spec and of its pods' spec. The
// pods of a Job end at once, others run. It does not wait.
func (w *world) waitedWorkload(t *testing.T, kind, members, ofPods string) string {
	t.Helper()
	k, ok := resources.Lookup(kind)
	require.True(t, ok)
	name := w.name()
	selector, restart, command := fmt.Sprintf(`"selector":{"matchLabels":{"app":%q}},`, name), "Always", "sleep 3600"
	if kind == "Job" {
		selector, restart, command = "", "Never", "exit 0"
	}
	api := resources.ForKind(w.client, k)
	_, err := api.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":%q,"kind":%q,"metadata":{"name":%q},"spec":{%s%s`+
		`"template":{"metadata":{"labels":{"app":%[3]q}},"spec":{%[6]s"restartPolicy":%[7]q,"automountServiceAccountToken":false,`+
		`"terminationGracePeriodSeconds":0,"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never",`+
		`"command":["sh","-c",%[8]q]}]}}}}`,
		k.APIVersion(), kind, name, members, selector, ofPods, restart, command))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := api.Delete(atEnd(t), name, resources.PropagationPolicy(resources.Background))
		require.NoError(t, err)
	})
	return name
}

// writeStatus does the work of a controller, of which kxtest has none.
func (w *world) writeStatus(t *testing.T, kind, name, status string) {
	t.Helper()
	k, _ := resources.Lookup(kind)
	sub := resources.Sub[resources.Object](resources.ForKind(w.client, k), "status")
	_, err := sub.Patch(t.Context(), name, patch.Merge(`{"status":`+status+`}`))
	require.NoError(t, err)
}

func waitsForValue(t *testing.T, w *world) {
	name := w.name()
	w.newConfigMap(t, name, name)
	api := resources.New[resources.ConfigMap](w.client)
	ended := make(chan error, 1)
	ctx := within(t, waitLimit)
	go func() { ended <- resources.WaitFor(ctx, api, name, resources.JSONPath("{.data.n}", "2")) }()
	w.setConfigMap(t, name, "1")
	w.setConfigMap(t, name, "2")
	require.NoError(t, <-ended)
	require.NoError(t, resources.WaitFor(ctx, api, name, resources.JSONPath(`{.metadata.managedFields[?(@.operation=="Update")].apiVersion}`, "v1")))
	require.NoError(t, resources.WaitFor(ctx, api, name, resources.JSONPath("{.kind}", "ConfigMap")))
	err := resources.WaitFor(ctx, api, name, resources.JSONPath("{.data}", "2"))
	require.EqualError(t, err, "wait for configmaps "+name+`: jsonpath "{.data}" leads to an object or an array`)
}

// rollsOut waits for the first rollout of each kind, and for the one after a change.
func rollsOut(t *testing.T, w *world) {
	const deployed = `{"observedGeneration":%[1]d,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1}`
	for kind, test := range map[string]struct{ members, status string }{
		"Deployment": {`"replicas":1,`, deployed},
		"StatefulSet": {
			`"replicas":1,"serviceName":"none",`,
			`{"observedGeneration":%[1]d,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"currentRevision":"r%[1]d","updateRevision":"r%[1]d"}`,
		},
		"DaemonSet": {
			``,
			`{"observedGeneration":%[1]d,"desiredNumberScheduled":1,"currentNumberScheduled":1,"numberMisscheduled":0,"numberReady":1,` +
				`"updatedNumberScheduled":1,"numberAvailable":1}`,
		},
	} {
		k, _ := resources.Lookup(kind)
		api := resources.ForKind(w.client, k)
		name := w.waitedWorkload(t, kind, test.members, "")
		ctx := within(t, waitLimit)
		for generation := range int64(2) {
			if generation > 0 {
				_, err := api.Patch(ctx, name, patch.Merge(`{"spec":{"template":{"metadata":{"annotations":{"changed":"yes"}}}}}`))
				require.NoError(t, err)
			}
			waited := false
			err := resources.WaitFor(ctx, api, name, func(o *resources.Object) (resources.Progress, error) {
				progress, err := resources.RolloutDone(o)
				if !*e2e && !waited {
					w.writeStatus(t, kind, name, fmt.Sprintf(test.status, generation+1))
				}
				waited = waited || !progress.Done
				return progress, err
			})
			require.NoError(t, err, kind)
			require.True(t, waited, "%s: a new generation takes a controller's work", kind)
		}
		now, err := api.Get(ctx, name)
		require.NoError(t, err)
		progress, err := resources.RolloutDone(now)
		require.NoError(t, err)
		require.True(t, progress.Done)
	}
}

func waitsForJobs(t *testing.T, w *world) {
	jobs := resources.New[resources.Job](w.client)
	good := w.waitedWorkload(t, "Job", `"backoffLimit":0,`, "")
	bad := w.waitedWorkload(t, "Job", `"activeDeadlineSeconds":1,"backoffLimit":0,`, `"schedulerName":"none",`)
	if !*e2e {
		w.writeStatus(t, "Job", good, `{"succeeded":1,"conditions":[{"type":"SuccessCriteriaMet","status":"True"},{"type":"Complete","status":"True"}]}`)
		w.writeStatus(t, "Job", bad, `{"conditions":[{"type":"FailureTarget","status":"True"},`+
			`{"type":"Failed","status":"True","reason":"DeadlineExceeded","message":"Job was active longer than specified deadline"}]}`)
	}
	ctx := within(t, waitLimit)
	require.NoError(t, resources.WaitFor(ctx, jobs, bad, resources.Failed))
	err := resources.WaitFor(ctx, jobs, bad, resources.Complete)
	requireWaitError(t, err, "JobFailed", "wait for jobs.batch "+bad+": it has failed: DeadlineExceeded: Job was active longer than specified deadline")
	require.NoError(t, resources.WaitFor(ctx, jobs, good, resources.Complete))
	requireWaitError(t, resources.WaitFor(ctx, jobs, good, resources.Failed), "JobComplete", "")
}
