package resources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func workloadOf(kind, generation, spec, status string) string {
	return `{"apiVersion":"apps/v1","kind":"` + kind + `","metadata":{"name":"web","generation":` + generation + `},"spec":{` + spec + `},"status":{` + status + `}}`
}

func TestRolloutDoneOfADeployment(t *testing.T) {
	deployment := func(status string) string {
		return workloadOf("Deployment", "2", `"replicas":3,"strategy":{"type":"RollingUpdate"}`, status)
	}
	const observed = `"observedGeneration":2,`
	checkConditions(t, resources.RolloutDone, []conditionCase{
		{name: "done", object: deployment(observed + `"replicas":3,"updatedReplicas":3,"readyReplicas":3,"availableReplicas":3`), done: true},
		{name: "no pods wanted", object: workloadOf("Deployment", "1", `"replicas":0`, `"observedGeneration":1`), done: true},
		{name: "a newer generation is done", object: deployment(`"observedGeneration":3,"replicas":3,"updatedReplicas":3,"availableReplicas":3`), done: true},
		{name: "new", object: deployment(``), message: "its controller has not seen the change yet"},
		{name: "changed", object: deployment(`"observedGeneration":1,"replicas":3,"updatedReplicas":3,"availableReplicas":3`), message: "its controller has not seen the change yet"},
		{name: "some replicas are old", object: deployment(observed + `"replicas":4,"updatedReplicas":1,"availableReplicas":3`), message: "1 of 3 replicas are updated"},
		{name: "old replicas remain", object: deployment(observed + `"replicas":4,"updatedReplicas":3,"availableReplicas":4`), message: "1 old replicas of 4 are still there"},
		{name: "not available", object: deployment(observed + `"replicas":3,"updatedReplicas":3,"availableReplicas":2`), message: "2 of 3 updated replicas are available"},
		{name: "paused", object: workloadOf("Deployment", "2", `"replicas":3,"paused":true`, observed+`"replicas":3,"updatedReplicas":1,"availableReplicas":3`), message: "the rollout is paused"},
		{
			name:   "progress deadline exceeded",
			object: deployment(observed + `"replicas":3,"updatedReplicas":1,"conditions":[{"type":"Available","status":"True"},{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded","message":"ReplicaSet \"web-1\" has timed out progressing."}]`),
			reason: "ProgressDeadlineExceeded", message: `the rollout exceeded its progress deadline: ReplicaSet "web-1" has timed out progressing.`,
		},
		{name: "an earlier deadline exceeded", object: deployment(`"observedGeneration":1,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]`), message: "its controller has not seen the change yet"},
	})
}

func TestRolloutDoneOfAStatefulSet(t *testing.T) {
	set := func(rolling, status string) string {
		return workloadOf("StatefulSet", "2", `"replicas":3,"updateStrategy":{"type":"RollingUpdate"`+rolling+`}`, status)
	}
	const (
		observed  = `"observedGeneration":2,"replicas":3,`
		partition = `,"rollingUpdate":{"partition":2}`
		whole     = `,"rollingUpdate":{"partition":0}`
	)
	checkConditions(t, resources.RolloutDone, []conditionCase{
		{name: "done", object: set(whole, observed+`"readyReplicas":3,"updatedReplicas":3,"currentRevision":"b","updateRevision":"b"`), done: true},
		{name: "done up to the partition", object: set(partition, observed+`"readyReplicas":3,"updatedReplicas":1,"currentRevision":"a","updateRevision":"b"`), done: true},
		{name: "a partition above the replicas", object: set(`,"rollingUpdate":{"partition":5}`, observed+`"readyReplicas":3,"currentRevision":"a","updateRevision":"b"`), done: true},
		{name: "done without a partition", object: set(``, observed+`"readyReplicas":3,"currentRevision":"b","updateRevision":"b"`), done: true},
		{name: "new", object: set(whole, ``), message: "its controller has not seen the change yet"},
		{name: "changed", object: set(whole, `"observedGeneration":1,"readyReplicas":3,"updatedReplicas":3`), message: "its controller has not seen the change yet"},
		{name: "scaled up", object: set(whole, `"observedGeneration":2,"replicas":2,"readyReplicas":2,"updatedReplicas":2`), message: "2 of 3 replicas are ready"},
		{name: "without a number of replicas", object: workloadOf("StatefulSet", "2", ``, observed+`"readyReplicas":2`), message: "2 of 3 replicas are ready"},
		{name: "not ready", object: set(whole, observed+`"readyReplicas":2,"updatedReplicas":3`), message: "2 of 3 replicas are ready"},
		{name: "some replicas are old", object: set(whole, observed+`"readyReplicas":3,"updatedReplicas":1,"currentRevision":"a","updateRevision":"b"`), message: "1 of 3 replicas are updated"},
		{name: "replicas above the partition are old", object: set(partition, observed+`"readyReplicas":3,"updatedReplicas":0,"currentRevision":"a","updateRevision":"b"`), message: "0 of 1 replicas are updated"},
		{name: "another revision", object: set(``, observed+`"readyReplicas":3,"updatedReplicas":2,"currentRevision":"a","updateRevision":"b"`), message: "2 of 3 replicas are updated"},
		{name: "OnDelete", object: workloadOf("StatefulSet", "1", `"updateStrategy":{"type":"OnDelete"}`, ``), reason: "OnDelete", message: "its update strategy is OnDelete: delete its pods to replace them"},
	})
}

func TestRolloutDoneOfADaemonSet(t *testing.T) {
	set := func(status string) string {
		return workloadOf("DaemonSet", "2", `"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"maxUnavailable":1}}`, status)
	}
	const observed = `"observedGeneration":2,"desiredNumberScheduled":3,`
	checkConditions(t, resources.RolloutDone, []conditionCase{
		{name: "done", object: set(observed + `"updatedNumberScheduled":3,"numberAvailable":3`), done: true},
		{name: "no node", object: set(`"observedGeneration":2,"desiredNumberScheduled":0`), done: true},
		{name: "changed", object: set(`"observedGeneration":1,"desiredNumberScheduled":3,"updatedNumberScheduled":3,"numberAvailable":3`), message: "its controller has not seen the change yet"},
		{name: "some pods are old", object: set(observed + `"updatedNumberScheduled":1,"numberAvailable":3`), message: "1 of 3 pods are updated"},
		{name: "not available", object: set(observed + `"updatedNumberScheduled":3,"numberAvailable":2`), message: "2 of 3 updated pods are available"},
		{name: "OnDelete", object: workloadOf("DaemonSet", "1", `"updateStrategy":{"type":"OnDelete"}`, ``), reason: "OnDelete", message: "its update strategy is OnDelete: delete its pods to replace them"},
	})
}

func TestOtherKindsHaveNoRollout(t *testing.T) {
	_, err := resources.RolloutDone(&resources.Object{APIVersion: "v1", Kind: "Pod"})
	require.EqualError(t, err, "v1 Pod has no rollout: use a Deployment, StatefulSet or DaemonSet")
}
