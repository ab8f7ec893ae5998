package resources_test

import (
	"testing"

	"github.com/kx-k8s/kx/resources"
)

func job(members string) string {
	return `{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"work","generation":1},` + members + `}`
}

func TestComplete(t *testing.T) {
	checkConditions(t, resources.Complete, []conditionCase{
		{name: "a complete job", object: job(`"status":{"conditions":[{"type":"SuccessCriteriaMet","status":"True"},{"type":"Complete","status":"True"}]}`), done: true},
		{name: "a job that runs", object: job(`"spec":{"completions":3},"status":{"succeeded":1,"failed":2}`), message: "1 of 3 pods have succeeded, 2 have failed"},
		{name: "a job without a number of completions", object: job(`"status":{"succeeded":1}`), message: "1 pods have succeeded, 0 have failed"},
		{name: "a suspended job", object: job(`"spec":{"suspend":true,"completions":1}`), message: "it is suspended"},
		{name: "a failed job", object: job(`"status":{"conditions":[{"type":"Failed","status":"True","reason":"BackoffLimitExceeded","message":"Job has reached the specified backoff limit"}]}`), reason: "JobFailed", message: "it has failed: BackoffLimitExceeded: Job has reached the specified backoff limit"},
		{name: "a pod that has ended", object: pod(`{"phase":"Succeeded"}`), done: true},
		{name: "a pod that runs", object: pod(`{"phase":"Running"}`), message: "its phase is Running"},
		{name: "a failed pod", object: pod(`{"phase":"Failed"}`), reason: "PodFailed", message: "the pod has failed"},
	})
}

func TestFailed(t *testing.T) {
	checkConditions(t, resources.Failed, []conditionCase{
		{name: "a failed job", object: job(`"status":{"conditions":[{"type":"Failed","status":"True"}]}`), done: true},
		{name: "a job that runs", object: job(`"spec":{"completions":3},"status":{"succeeded":1,"failed":2}`), message: "1 of 3 pods have succeeded, 2 have failed"},
		{name: "a complete job", object: job(`"status":{"conditions":[{"type":"Complete","status":"True","message":"Reached expected number of succeeded pods"}]}`), reason: "JobComplete", message: "it is complete: Reached expected number of succeeded pods"},
		{name: "a failed pod", object: pod(`{"phase":"Failed"}`), done: true},
		{name: "a pod that has ended", object: pod(`{"phase":"Succeeded"}`), reason: "PodSucceeded", message: "the pod has ended with success"},
	})
}
