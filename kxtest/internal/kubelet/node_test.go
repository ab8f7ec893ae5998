package kubelet_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/kxtest/internal/wiretest"
)

func TestTheStatusOfAContainerFollowsItsCommand(t *testing.T) {
	srv := wiretest.StartWeb(t)
	const image = `"image":"kx.local/busybox:1","imagePullPolicy":"Never"`
	for name, row := range map[string]struct {
		fields string
		code   any // nil while it runs
	}{
		"sleep":   {`"command":["sleep","1000"]`, nil},
		"nap":     {`"command":["sleep","0"]`, 0},
		"true":    {`"command":["true"]`, 0},
		"false":   {`"command":["/bin/false"]`, 1},
		"seven":   {`"command":["sh","-c","exit 7"]`, 7},
		"beyond":  {`"command":["sh","-c","exit 263"]`, 7},
		"within":  {`"command":["sh","-c","sleep 1000"]`, nil},
		"wrong":   {`"command":["sleep","long"]`, 1},
		"default": {`"stdin":false`, 0},
		"shell":   {`"stdin":true`, nil},
		"server":  {`"command":["httpd","-f"]`, nil},
	} {
		state, status := wiretest.Debug(t, srv, name, image+","+row.fields)
		if row.code != nil {
			wiretest.NewClient(t, srv.Config()).Eventually(wiretest.Pods+"/web", func(a *wiretest.Answer) bool {
				for _, status = range a.At("status", "ephemeralContainerStatuses").([]any) {
					state = wiretest.Follow(status, "state")
					if wiretest.Follow(status, "name") == name {
						return wiretest.Follow(state, "terminated") != nil
					}
				}
				return false
			})
		}
		if row.code == nil {
			require.NotEmpty(t, wiretest.Follow(state, "running", "startedAt"), name)
		} else {
			require.EqualValues(t, row.code, wiretest.Follow(state, "terminated", "exitCode"), name)
			require.Equal(t, wiretest.Follow(status, "containerID"),
				wiretest.Follow(state, "terminated", "containerID"))
		}
		require.Regexp(t, `^containerd://[0-9a-f]{64}$`, wiretest.Follow(status, "containerID"))
		require.Equal(t, false, wiretest.Follow(status, "ready"), "an ephemeral container never is")
	}
}

func TestTheStatusOfAContainerThatCannotStartHasTheReason(t *testing.T) {
	srv := wiretest.StartWeb(t)
	for name, row := range map[string]struct{ fields, reason, message string }{
		"never": {`"image":"kx.local/nope:1","imagePullPolicy":"Never"`, "ErrImageNeverPull",
			`Container image "kx.local/nope:1" is not present with pull policy of Never`},
		"pull": {`"image":"kx.local/nope:1"`, "ImagePullBackOff",
			`Back-off pulling image "kx.local/nope:1": ErrImagePull: failed to pull and unpack image "kx.local/nope:1": `},
		"always": {`"image":"kx.local/busybox:1","imagePullPolicy":"Always"`, "ImagePullBackOff",
			`Back-off pulling image "kx.local/busybox:1"`},
		"invalid": {`"image":"Foo::bar"`, "InvalidImageName",
			`Failed to apply default image tag "Foo::bar": couldn't parse image name "Foo::bar": invalid reference format: repository name (library/Foo) must be lowercase`},
		"slashes": {`"image":"UPPER//x"`, "InvalidImageName",
			`Failed to apply default image tag "UPPER//x": couldn't parse image name "UPPER//x": invalid ` +
				`reference format`},
		"config": {`"image":"kx.local/busybox:1","env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"nope","key":"k"}}}]`,
			"CreateContainerConfigError", `configmap "nope" not found`},
		"root": {`"image":"kx.local/busybox:1","securityContext":{"runAsNonRoot":true}`, "CreateContainerConfigError",
			"container has runAsNonRoot and image will run as root (pod: \"web_default("},
		"empty": {`"image":"kx.local/busybox:1","command":["nosuch"]`, "RunContainerError",
			`exec: "nosuch": executable file not found in $PATH`},
	} {
		state, _ := wiretest.Debug(t, srv, name, row.fields)
		require.Equal(t, row.reason, wiretest.Follow(state, "waiting", "reason"), name)
		require.Contains(t, wiretest.Follow(state, "waiting", "message"), row.message, name)
	}
	events := wiretest.NewClient(t, srv.Config()).Get("/api/v1/namespaces/default/events").Is(200)
	for _, message := range []string{`Error: ErrImageNeverPull`, `Back-off pulling image \"kx.local/nope:1\"`,
		`Error: configmap \"nope\" not found`} {
		require.Contains(t, string(events.Body), message)
	}
	require.Contains(t, string(events.Body), `"fieldPath":"spec.ephemeralContainers{never}"`)
}

func TestAPulledImageStaysOnTheNode(t *testing.T) {
	srv := wiretest.StartWeb(t, kxtest.WithImage("present:1"), kxtest.WithRegistryImage("registry.example/*",
		30*time.Millisecond),
		kxtest.WithRegistryImage("stuck", time.Hour))
	state, _ := wiretest.Debug(t, srv, "present", `"image":"present:1","command":["sleep","9"]`)
	require.NotNil(t, wiretest.Follow(state, "running"))
	begin := time.Now()
	state, _ = wiretest.Debug(t, srv, "pulled", `"image":"registry.example/tool:2","command":["sleep","9"]`)
	require.NotNil(t, wiretest.Follow(state, "running"))
	require.GreaterOrEqual(t, time.Since(begin), 30*time.Millisecond)
	state, _ = wiretest.Debug(t, srv, "again",
		`"image":"registry.example/tool:2","imagePullPolicy":"Never","command":["sleep","9"]`)
	require.NotNil(t, wiretest.Follow(state, "running"))

	c := wiretest.NewClient(t, srv.Config())
	require.Contains(t, string(c.Get("/api/v1/nodes/kx-node").Body), `"registry.example/tool:2"],"sizeBytes":1048576`)
	c.With("Content-Type", wiretest.StrategicType).Do("PATCH", wiretest.Pods+"/web/ephemeralcontainers",
		`{"spec":{"ephemeralContainers":[{"name":"stuck","image":"stuck"}]}}`).Is(200)
	c.Eventually("/api/v1/namespaces/default/events",
		func(a *wiretest.Answer) bool { return strings.Contains(string(a.Body), `Pulling image \"stuck\"`) })
	require.Contains(t, string(srv.Pod("default", "web")), `"ContainerCreating"`, "for an hour")
}

func TestAPodGoesThroughItsPhases(t *testing.T) {
	srv := kxtest.Start(t)
	c := wiretest.NewClient(t, srv.Config())
	pod := func(name, policy, spec string) string {
		return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `"},"spec":{"restartPolicy":"` + policy +
			`",` + spec + `}}`
	}
	container := func(command string) string {
		return `{"name":"c","image":"kx.local/busybox:1","command":["sh","-c","` + command + `"]}`
	}
	for name, row := range map[string]struct{ policy, spec, phase, shown string }{
		"done":    {"Never", `"containers":[` + container("exit 0") + `]`, "Succeeded", "Completed"},
		"failed":  {"Never", `"containers":[` + container("exit 3") + `]`, "Failed", "Error"},
		"loops":   {"Always", `"containers":[` + container("exit 3") + `]`, "Running", "CrashLoopBackOff"},
		"once":    {"OnFailure", `"containers":[` + container("exit 0") + `]`, "Succeeded", "Completed"},
		"init":    {"Never", `"initContainers":[{"name":"i","image":"kx.local/busybox:1","command":["true"]}],"containers":[` + container("sleep 99") + `]`, "Running", "Running"},
		"noinit":  {"Never", `"initContainers":[{"name":"i","image":"kx.local/busybox:1","command":["false"]}],"containers":[` + container("sleep 99") + `]`, "Failed", "Init:Error"},
		"waits":   {"Never", `"initContainers":[{"name":"i","image":"kx.local/busybox:1","command":["sleep","99"]}],"containers":[` + container("sleep 99") + `]`, "Pending", "Init:0/1"},
		"sidecar": {"Never", `"initContainers":[{"name":"i","image":"kx.local/busybox:1","command":["sleep","99"],"restartPolicy":"Always"}],"containers":[` + container("sleep 99") + `]`, "Running", "Running"},
		"idle": {"Never", `"schedulerName":"none","containers":[` + container("sleep 99") + `]`, "Pending",
			"Pending"},
	} {
		c.Do("POST", wiretest.Pods, pod(name, row.policy, row.spec)).Is(201)
		table := c.With("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1")
		table.Eventually(wiretest.Pods+"/"+name,
			func(a *wiretest.Answer) bool { return a.At("rows", 0, "cells", 2) == row.shown })
		require.Equal(t, row.phase, c.Get(wiretest.Pods+"/"+name).At("status", "phase"), name)
	}
	require.Equal(t, "2/2", c.With("Accept", "application/json;as=Table;g=meta.k8s.io;v=v1").Get(wiretest.Pods+
		"/sidecar").At("rows", 0, "cells", 1))
}
