package cli

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// waitedObject is a state that the conditions of the table meet or do not meet.
const waitedObject = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","annotations":{"x=y":"1=2"}},"status":{"phase":"Running","ready":true,
	"conditions":[{"type":"Ready","status":"True"},{"type":"Idle","status":"False"}]}}`

func TestTheConditionsOfWait(t *testing.T) {
	for condition, want := range map[string]resources.Progress{
		"condition=Ready":                  {Done: true, Message: "condition Ready is True"},
		"condition=ready=TRUE":             {Done: true, Message: "condition ready is True"},
		"condition=Idle":                   {Message: "condition Idle is False"},
		"condition=Idle=false":             {Done: true, Message: "condition Idle is False"},
		"condition=Other":                  {Message: "it has no condition Other"},
		"jsonpath={.status.phase}=Running": {Done: true, Message: "{.status.phase} is Running"},
		`jsonpath={.status.phase}="Ended"`: {Message: "{.status.phase} is Running"},
		"jsonpath=.status.ready='true'":    {Done: true, Message: ".status.ready is true"},
		"jsonpath=status.phase":            {Done: true},
		"jsonpath={.status}":               {Done: true},
		"jsonpath={.status.nope}":          {Message: "{.status.nope} has no value"},
		`jsonpath={.status.conditions[?(@.type=="Idle")].status}=False`: {Done: true, Message: `{.status.conditions[?(@.type=="Idle")].status} is False`},
		`jsonpath={.metadata.annotations['x=y']}=1=2`:                   {Done: true, Message: `{.metadata.annotations['x=y']} is 1=2`},
	} {
		t.Run(condition, func(t *testing.T) {
			var f waitFor
			require.NoError(t, f.Set(condition))
			require.Equal(t, condition, f.String())
			object := new(resources.Object)
			require.NoError(t, json.Unmarshal([]byte(waitedObject), object))
			progress, err := f.check(object)
			require.NoError(t, err)
			require.Equal(t, want, progress)
		})
	}
}

func TestAConditionThatIsNoneIsRefused(t *testing.T) {
	for _, condition := range []string{"", "nope", "condition", "condition=", "condition==True", "condition=Ready=", "jsonpath", "jsonpath=",
		"created", "Condition=Ready", "jsonpath={.a}=", `jsonpath={.a}=''`, "jsonpath={", "jsonpath={.a"} {
		f := waitFor{text: "before"}
		require.Error(t, f.Set(condition), condition)
		require.Equal(t, "before", f.text, "a refused value changes nothing")
	}
}

func TestAConditionThatCannotBeMetEndsAWaitOfItsKind(t *testing.T) {
	const failedPod = `{"apiVersion":"v1","kind":"Pod","metadata":{},"status":{"phase":"Failed"}}`
	const failedJob = `{"apiVersion":"batch/v1","kind":"Job","metadata":{},"status":{"conditions":[{"type":"Failed","status":"True"}]}}`
	const completeJob = `{"apiVersion":"batch/v1","kind":"Job","metadata":{},"status":{"conditions":[{"type":"Complete","status":"True"}]}}`
	for _, test := range []struct{ name, condition, kind, object, reason string }{
		{"a failed pod", "condition=Ready", "pods", failedPod, "PodFailed"},
		{"a failed pod that is to be unready", "condition=Ready=False", "pods", failedPod, ""},
		{"a failed pod of another kind", "condition=Ready", "jobs.batch", failedPod, ""},
		{"a failed job", "condition=complete=true", "jobs.batch", failedJob, "JobFailed"},
		{"a complete job", "condition=Failed", "jobs.batch", completeJob, "JobComplete"},
		{"a complete job that is complete", "condition=Complete", "jobs.batch", completeJob, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var f waitFor
			require.NoError(t, f.Set(test.condition))
			kind, ok := resources.Lookup(test.kind)
			require.True(t, ok)
			object := new(resources.Object)
			require.NoError(t, json.Unmarshal([]byte(test.object), object))
			_, err := f.checkOf(kind)(object)
			if test.reason == "" {
				require.NoError(t, err)
				return
			}
			var failed *resources.WaitError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.reason, failed.Reason)
		})
	}
}

func FuzzConditionOfWait(f *testing.F) {
	for _, seed := range []string{"condition=Ready=True", "jsonpath={.a[?(@.b==\"c\")].d}=e", "jsonpath=[=", "delete", "=", "jsonpath=']'=\"'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var parsed waitFor
		if parsed.Set(text) != nil {
			return
		}
		require.Equal(t, text, parsed.text)
		require.NotEqual(t, parsed.event == "", parsed.check == nil, "either an event or a check")
		path, value, found := cutPath(text)
		if found {
			require.Equal(t, text, path+"="+value)
		}
	})
}
