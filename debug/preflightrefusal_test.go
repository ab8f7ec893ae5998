package debug_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

func TestRunSendsNothingForAnInvalidImageName(t *testing.T) {
	server, pods := start(t)
	o := options("sh")
	o.Image = "Not A Name"
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.EqualError(t, err, `no container was added to pod distroless: InvalidImageName: image "Not A Name": `+
		`"Not A Name" is no repository name; correct the image's name`)
	require.Nil(t, res)
	require.Empty(t, server.Requests())
}

func TestRunRefusesATargetThatHasEndedForGood(t *testing.T) {
	server, pods := start(t)
	created, err := pods.CreateRaw(within(t), []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"half"},"spec":{`+
		`"restartPolicy":"Never","containers":[{"name":"app","image":"`+kxtest.BusyboxImage+`","command":["sleep","3600"]},`+
		`{"name":"job","image":"`+kxtest.BusyboxImage+`","command":["sh","-c","exit 3"]}]}}`))
	require.NoError(t, err)
	outlines := resources.As[resources.PodOutline](pods)
	for event, err := range outlines.Watch(within(t), resources.ListOptions{FieldSelector: "metadata.name=half",
		ResourceVersion: created.Metadata.ResourceVersion}) {
		require.NoError(t, err)
		if event.Object.Status.Container("job").State.Terminated != nil {
			break
		}
	}
	server.ForgetRequests()
	o := options("sh")
	o.Target = "job"
	res, err := debug.Run(within(t), pods, "half", o)
	require.EqualError(t, err, "no container was added to pod half: TargetEnded: container job has ended with code 3 "+
		"(Error), and the node does not start it again; choose another target or none (--target)")
	require.Nil(t, res)
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}

func TestRunWithNoWaitReturnsOnceTheServerHasTheContainer(t *testing.T) {
	server, pods := start(t, kxtest.WithRegistryImage(slowImage, time.Hour))
	o := debug.Options{Image: slowImage, Name: "later", NoWait: true}
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "later", res.Container)
	require.False(t, res.Running)
	require.Len(t, containers(t, server), 1)
	for _, r := range server.Requests() {
		require.Empty(t, r.Query.Get("watch"), "it waits for nothing")
	}

	o.Stdout = new(strings.Builder)
	_, err = debug.Run(within(t), pods, "distroless", o)
	require.EqualError(t, err, "debug: NoWait excludes Stdin, Stdout and Stderr: attaching waits")
}
