package debug_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// waitingFor is the status of a pod whose debug container waits.
func waitingFor(reason, message string) string {
	return fmt.Sprintf(`{"status":{"ephemeralContainerStatuses":[{"name":"debugger","state":{"waiting":{"reason":%q,"message":%q}}}]}}`,
		reason, message)
}

// The test sets the state after the container is added. Neither the wait nor the grace of failed
// pulls has a limit.
func TestAWaitThatCannotSucceedEndsAtOnce(t *testing.T) {
	const unlimited = 1 << 62
	const goesOn = ""
	for sentence, test := range map[string]struct {
		status  string // a patch of the pod
		deletes bool
		reason  string
		message string
	}{
		"no image, and the policy Never":   {status: waitingFor("ErrImageNeverPull", "a"), reason: "ErrImageNeverPull", message: "a"},
		"an image whose name is invalid":   {status: waitingFor("InvalidImageName", "a"), reason: "InvalidImageName", message: "a"},
		"a config map that is missing":     {status: waitingFor("CreateContainerConfigError", `configmap "a" not found`), reason: "CreateContainerConfigError", message: `configmap "a" not found`},
		"a program that cannot be started": {status: waitingFor("RunContainerError", "a"), reason: "RunContainerError", message: "a"},
		"a program that CRI-O cannot start": {status: waitingFor("CreateContainerError", "container create failed: open executable: Operation not permitted"),
			reason: "CreateContainerError", message: "container create failed: open executable: Operation not permitted"},
		"an evicted pod": {status: `{"status":{"phase":"Failed","reason":"Evicted","message":"The node was low on memory."}}`, reason: "PodFinished",
			message: "the pod has the phase Failed (Evicted: The node was low on memory.), so no container starts in it"},
		"a pod that has ended":                       {status: `{"status":{"phase":"Succeeded"}}`, reason: "PodFinished", message: "the pod has the phase Succeeded, so no container starts in it"},
		"a pod that is gone":                         {deletes: true, reason: "PodDeleted"},
		"a container that is created":                {status: waitingFor("ContainerCreating", ""), reason: goesOn},
		"a pull that fails":                          {status: waitingFor("ImagePullBackOff", "a"), reason: goesOn},
		"a container that the kubelet creates again": {status: waitingFor("CreateContainerError", "no space left"), reason: goesOn},
	} {
		t.Run(sentence, func(t *testing.T) {
			server, pods := start(t)
			_, err := server.Create(pendingPod(unschedulable))
			require.NoError(t, err)
			ctx, cancel := context.WithCancel(within(t))
			defer cancel()
			o := options("sleep", "60")
			o.Name, o.Timeout, o.PullGrace = "debugger", -1, unlimited
			o.Added = func(*debug.Result) {
				if test.deletes {
					_, err := pods.Delete(ctx, "p", resources.GracePeriod(0))
					assert.NoError(t, err)
					return
				}
				_, err := subresource.Status(pods).Patch(ctx, "p", patch.Strategic(test.status))
				assert.NoError(t, err)
			}
			o.Progress = func(w debug.Waiting) {
				if test.reason == goesOn && w.Reason != "Unschedulable" {
					cancel() // the wait has seen the state, and goes on
				}
			}
			_, err = debug.Run(ctx, pods, "p", o)
			if test.reason == goesOn {
				require.ErrorIs(t, err, context.Canceled)
				return
			}
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.reason, failed.Reason)
			if !test.deletes { // the wait may see the pod's last state, or only that it is gone
				require.Equal(t, test.message, failed.Message)
			}
			require.Equal(t, "debugger", failed.Container)
		})
	}
}

// TestRunRefusesWhatCanNeverStart sets the state before the container is added.
func TestRunRefusesWhatCanNeverStart(t *testing.T) {
	const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"%s},"spec":{"schedulerName":"none","restartPolicy":%q%s,` +
		`"containers":[{"name":"app","image":"x"}]},"status":{"phase":%q,"containerStatuses":[{"name":"app","state":%s}]%s}}`
	running, ended := `{"running":{}}`, `{"terminated":{"exitCode":3,"reason":"Error"}}`
	backOff := `{"waiting":{"reason":"CrashLoopBackOff","message":"back-off 10s restarting failed container"}}`
	for sentence, test := range map[string]struct {
		metadata, policy, spec, phase, state, status string
		image                                        string
		reason, message                              string // "" if the container is added
		notice                                       string
	}{
		"a target that has ended for good": {policy: "Never", state: ended, reason: "TargetEnded",
			message: "container app has ended with code 3 (Error), and the node does not start it again"},
		"a target that is restarted": {policy: "Always", state: ended},
		"a target in CrashLoopBackOff": {policy: "Always", state: backOff,
			notice: "Warning: container app is in CrashLoopBackOff: the debug container starts when it starts next"},
		"an image name that is none": {policy: "Always", state: running, image: "Not A Name", reason: "InvalidImageName",
			message: `image "Not A Name": "Not A Name" is no repository name`},
		"a pod that has failed": {policy: "Never", phase: "Failed", state: ended, status: `,"reason":"OutOfpods","message":"too many"`,
			reason: "PodFinished", message: "the pod has the phase Failed (OutOfpods: too many), so no container starts in it"},
		"a pod that is being deleted": {metadata: `,"finalizers":["example.com/kept"]`,
			policy: "Always", state: running, reason: "PodDeleted", message: "the pod is being deleted, so no container starts in it"},
		"a node that is gone": {policy: "Always", spec: `,"nodeName":"gone"`, state: running, reason: "NodeNotReady",
			message: "node gone does not exist any more"},
	} {
		t.Run(sentence, func(t *testing.T) {
			server, pods := start(t)
			phase := test.phase
			if phase == "" {
				phase = "Running"
			}
			_, err := server.Create(fmt.Sprintf(pod, test.metadata, test.policy, test.spec, phase, test.state, test.status))
			require.NoError(t, err)
			if test.metadata != "" {
				_, err := pods.Delete(within(t), "p")
				require.NoError(t, err)
			}
			server.ForgetRequests()
			var notices []string
			o := options("sleep", "60")
			o.Target, o.NoWait, o.Notice = "app", true, func(text string) { notices = append(notices, text) }
			if test.image != "" {
				o.Image = test.image
			}
			res, err := debug.Run(within(t), pods, "p", o)
			if test.reason == "" {
				require.NoError(t, err)
				require.NotEmpty(t, res.Container)
				if test.notice != "" {
					require.Contains(t, notices, test.notice)
				}
				return
			}
			var failed *debug.StartError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, debug.StartError{Pod: "p", Reason: test.reason, Message: test.message}, *failed)
			require.Nil(t, res)
			for _, r := range server.Requests() {
				require.NotEqual(t, "PATCH", r.Method)
			}
		})
	}
}
