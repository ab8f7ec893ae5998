package resources_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// conditionCase is a state of an object, and what a condition finds in it: done, a message, or a
// WaitError with a reason and a message.
type conditionCase struct {
	name, object    string
	done            bool
	message, reason string
}

func checkConditions(t *testing.T, condition func(*resources.Object) (resources.Progress, error), cases []conditionCase) {
	for _, test := range cases {
		t.Run(test.name, func(t *testing.T) {
			object := new(resources.Object)
			require.NoError(t, json.Unmarshal([]byte(test.object), object))
			progress, err := condition(object)
			if test.reason != "" {
				var failed *resources.WaitError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, resources.WaitError{Reason: test.reason, Message: test.message}, *failed)
				require.False(t, progress.Done)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.done, progress.Done)
			if !test.done {
				require.Equal(t, test.message, progress.Message)
			}
		})
	}
}

func pod(status string) string {
	return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","generation":2},"status":` + status + `}`
}

func TestReady(t *testing.T) {
	checkConditions(t, resources.Ready, []conditionCase{
		{name: "a ready pod", object: pod(`{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}`), done: true},
		{name: "of this generation", object: pod(`{"conditions":[{"type":"Ready","status":"True","observedGeneration":2}]}`), done: true},
		{name: "a new pod", object: pod(`{}`), message: "it has no condition Ready"},
		{name: "an object without a status", object: `{"metadata":{}}`, message: "it has no condition Ready"},
		{
			name: "a pod that is not ready", object: pod(`{"conditions":[{"type":"PodScheduled","status":"True"},{"type":"Ready","status":"False","reason":"ContainersNotReady","message":"containers with unready status: [app]"}]}`),
			message: "condition Ready is False: ContainersNotReady: containers with unready status: [app]",
		},
		{name: "of an older generation", object: pod(`{"conditions":[{"type":"Ready","status":"True","observedGeneration":1}]}`), message: "condition Ready is of generation 1 of 2"},
		{name: "of an older status", object: pod(`{"observedGeneration":1,"conditions":[{"type":"Ready","status":"True"}]}`), message: "condition Ready is of generation 1 of 2"},
		{name: "under deletion", object: `{"apiVersion":"v1","kind":"Pod","metadata":{"deletionTimestamp":"2026-11-29T08:00:00Z"},"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, message: "it is being deleted"},
		{name: "a failed pod", object: pod(`{"phase":"Failed","reason":"Evicted","message":"The node was low on memory.\nSo it went."}`), reason: "PodFailed", message: "the pod has failed: Evicted: The node was low on memory. So it went."},
		{name: "a failed pod without a reason", object: pod(`{"phase":"Failed","initContainerStatuses":[{"name":"first","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}],"containerStatuses":[{"name":"waits","state":{}},{"name":"app","state":{"terminated":{"exitCode":7,"reason":"Error"}}},{"name":"ok","state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}`), reason: "PodFailed", message: "the pod has failed: container app: exit code 7: Error"},
		{name: "a pod that has ended", object: pod(`{"phase":"Succeeded"}`), reason: "PodSucceeded", message: "the pod has ended with success"},
		{name: "a phase of another kind", object: `{"apiVersion":"example.com/v1","kind":"Pod","metadata":{},"status":{"phase":"Failed","conditions":[{"type":"Ready","status":"True"}]}}`, done: true},
	})
}

func TestAvailable(t *testing.T) {
	checkConditions(t, resources.Available, []conditionCase{
		{name: "available", object: `{"metadata":{"generation":1},"status":{"observedGeneration":1,"conditions":[{"type":"Available","status":"True"}]}}`, done: true},
		{name: "not yet", object: `{"metadata":{},"status":{"conditions":[{"type":"Available","status":"False","reason":"MinimumReplicasUnavailable"}]}}`, message: "condition Available is False: MinimumReplicasUnavailable"},
	})
}

func TestConditionIs(t *testing.T) {
	const object = `{"metadata":{"generation":2},"status":{"conditions":[{"type":"Ready","status":"False","reason":"Busy"},{"type":"Ready","status":"True"},{"type":"Old","status":"True","observedGeneration":1}]}}`
	checkConditions(t, resources.ConditionIs("ready", "FALSE"), []conditionCase{
		{name: "the case does not matter, and the first of a type counts", object: object, done: true},
		{name: "of another status", object: `{"metadata":{},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}`, message: "condition ready is Unknown"},
		{name: "a pod that has ended", object: pod(`{"phase":"Failed","conditions":[{"type":"Ready","status":"False"}]}`), done: true},
	})
	checkConditions(t, resources.ConditionIs("Ready", "True"), []conditionCase{{name: "the second of a type does not count", object: object, message: "condition Ready is False: Busy"}})
	checkConditions(t, resources.ConditionIs("Old", "True"), []conditionCase{{name: "of an older generation", object: object, message: "condition Old is of generation 1 of 2"}})
	checkConditions(t, resources.ConditionIs("None", "True"), []conditionCase{{name: "no such condition", object: object, message: "it has no condition None"}})
}

func TestAStatusThatCannotBeReadEndsTheWait(t *testing.T) {
	object := &resources.Object{Unknown: []byte(`{"status":{"conditions":"none"}}`)}
	for name, condition := range map[string]func(*resources.Object) (resources.Progress, error){
		"Ready": resources.Ready, "Available": resources.Available, "Complete": resources.Complete, "Failed": resources.Failed,
		"RolloutDone": resources.RolloutDone,
	} {
		_, err := condition(object)
		require.ErrorContains(t, err, "its status cannot be read: ", name)
	}
}
