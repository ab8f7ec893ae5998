package subresource

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestARestartDependsOnThePolicyAndTheExitCode(t *testing.T) {
	const exited0 = `{"name":"app","state":{"terminated":{"exitCode":0}}}`
	const exited3 = `{"name":"app","state":{"terminated":{"exitCode":3}}}`
	containers := func(policy, container, status string) string {
		return `"spec":{"restartPolicy":"` + policy + `","containers":[{"name":"app"` + container + `}]},"status":{"containerStatuses":[` + status + `]}`
	}
	initContainers := func(policy, container, status string) string {
		return `"spec":{"restartPolicy":"` + policy + `","initContainers":[{"name":"app"` + container + `}]},"status":{"initContainerStatuses":[` + status + `]}`
	}
	const rules = `,"restartPolicy":"Never","restartPolicyRules":[{"action":"Restart","exitCodes":{"operator":"In","values":[2,3]}}]`
	for sentence, test := range map[string]struct {
		pod  string
		want bool
	}{
		"the default is to restart":                     {containers("", "", exited0), true},
		"Always restarts":                               {containers("Always", "", exited0), true},
		"OnFailure restarts after a failure":            {containers("OnFailure", "", exited3), true},
		"OnFailure does not restart after a success":    {containers("OnFailure", "", exited0), false},
		"Never does not restart":                        {containers("Never", "", exited3), false},
		"a container that waits may start":              {containers("Never", "", `{"name":"app","state":{"waiting":{"reason":"ContainerCreating"}}}`), true},
		"a container without a status may start":        {containers("Never", "", ""), true},
		"the container's policy precedes the pod's":     {containers("Never", `,"restartPolicy":"Always"`, exited0), true},
		"a rule for the exit code restarts":             {containers("Always", rules, exited3), true},
		"a rule for other exit codes does not restart":  {containers("Always", rules, exited0), false},
		"a rule against exit codes restarts":            {containers("Never", `,"restartPolicyRules":[{"action":"Restart","exitCodes":{"operator":"NotIn","values":[0]}}]`, exited3), true},
		"an init container succeeds once":               {initContainers("Always", "", exited0), false},
		"an init container that fails is restarted":     {initContainers("Always", "", exited3), true},
		"an init container of a pod that never does":    {initContainers("Never", "", exited3), false},
		"a sidecar is restarted":                        {initContainers("Never", `,"restartPolicy":"Always"`, exited0), true},
		"an ephemeral container is never restarted":     {`"spec":{"ephemeralContainers":[{"name":"app"}]},"status":{"ephemeralContainerStatuses":[` + exited3 + `]}`, false},
		"a pod that has failed restarts nothing":        {containers("Always", "", exited3+`],"phase":"Failed","initContainerStatuses":[`), false},
		"a pod that is being deleted restarts nothing":  {`"metadata":{"deletionTimestamp":"2026-01-02T03:04:05Z"},` + containers("Always", "", exited3), false},
		"a container that the pod lacks never restarts": {`"spec":{"containers":[{"name":"other"}]}`, false},
	} {
		t.Run(sentence, func(t *testing.T) {
			var pod resources.PodOutline
			require.NoError(t, json.Unmarshal([]byte("{"+test.pod+"}"), &pod))
			require.Equal(t, test.want, mayRestart(&pod, "app"))
		})
	}
}

func TestTheRunsOfAContainerAreInItsStatus(t *testing.T) {
	const last = `"lastState":{"terminated":{"containerID":"a"}}`
	for status, want := range map[string]struct {
		current, previous logRun
		running           bool
	}{
		`{}`:                       {},
		`{"state":{"waiting":{}}}`: {},
		`{"state":{"running":{}},"containerID":"b"}`:                                        {current: logRun{"b", 0}, running: true},
		`{"state":{"terminated":{"containerID":"b"}},"containerID":"b"}`:                    {current: logRun{"b", 0}},
		`{"state":{"running":{}},"containerID":"b","restartCount":3,` + last + `}`:          {logRun{"b", 3}, logRun{"a", 2}, true},
		`{"state":{"terminated":{"containerID":"b"}},"restartCount":3,` + last + `}`:        {logRun{"b", 3}, logRun{"a", 2}, false},
		`{"state":{"waiting":{"reason":"CrashLoopBackOff"}},"restartCount":3,` + last + `}`: {previous: logRun{"a", 3}},
	} {
		var s resources.ContainerStatusOutline
		require.NoError(t, json.Unmarshal([]byte(status), &s))
		current, previous, running := logRuns(&s)
		require.Equal(t, want.current, current, status)
		require.Equal(t, want.previous, previous, status)
		require.Equal(t, want.running, running, status)
	}
}
