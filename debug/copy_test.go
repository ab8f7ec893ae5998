package debug_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func TestACopyHasOneMoreContainerAndStays(t *testing.T) {
	_, pods := start(t)
	stdout := new(bytes.Buffer)
	o := debug.CopyOptions{To: "copy"}
	o.Image, o.Name, o.Stdout = kxtest.BusyboxImage, "tools", stdout
	// The kubelet starts the program again, and the log is then that of the new one: so the program
	// ends only once kx is attached.
	o.Stdin = strings.NewReader("end\n")
	o.Command = []string{"sh", "-c", "ps | grep -c '[/]app'; read line; exit 3"}
	res, err := debug.RunCopy(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Equal(t, "copy", res.Pod)
	require.Equal(t, 3, res.ExitCode)
	require.Equal(t, "1\n", stdout.String(), "the containers share their processes")
	require.False(t, res.Removed)
	copied, err := pods.Get(within(t), "copy")
	require.NoError(t, err)
	require.Len(t, copied.Spec.Containers, 2)
	_, err = pods.Get(within(t), "distroless")
	require.NoError(t, err)
}

func TestACopyReplacesThePod(t *testing.T) {
	_, pods := start(t)
	o := debug.CopyOptions{To: "copy", Replace: true, SetImages: map[string]string{"*": kxtest.BusyboxImage}}
	res, err := debug.RunCopy(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Empty(t, res.Container, "there is nothing to wait for")
	require.Nil(t, res.Plan.Container)
	_, err = pods.Get(within(t), "distroless")
	require.ErrorIs(t, err, transport.ErrNotFound)
	copied, err := pods.Get(within(t), "copy")
	require.NoError(t, err)
	require.Equal(t, kxtest.BusyboxImage, copied.Spec.Containers[0].Image)
}

func TestACopyOfAContainerKeepsItsImageOrHasAnother(t *testing.T) {
	for want, keep := range map[string]bool{kxtest.DistrolessImage: true, kxtest.BusyboxImage: false} {
		_, pods := start(t)
		o := debug.CopyOptions{To: "copy", KeepImage: keep}
		o.Image, o.Name, o.NoWait = kxtest.BusyboxImage, "app", true
		res, err := debug.RunCopy(within(t), pods, "distroless", o)
		require.NoError(t, err)
		require.Len(t, res.Object.Spec.Containers, 1)
		require.Equal(t, want, res.Object.Spec.Containers[0].Image)
	}
}

func TestACopyMayMountAPartOfAVolume(t *testing.T) {
	_, pods := start(t)
	_, err := pods.CreateRaw(within(t), []byte(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"parts"},"spec":{`+
		`"schedulerName":"none","volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"app","image":"a",`+
		`"volumeMounts":[{"name":"v","mountPath":"/v","subPath":"x"}]}]}}`))
	require.NoError(t, err)
	o := debug.CopyOptions{To: "copy"}
	o.Image, o.MountsFrom, o.NoWait = kxtest.BusyboxImage, "app", true
	o.Notice = func(text string) { require.NotContains(t, text, "subPath") }
	res, err := debug.RunCopy(within(t), pods, "parts", o)
	require.NoError(t, err)
	require.Contains(t, string(res.Plan.Container), `"subPath":"x"`)
}

func TestRunCopyRefusesWhatCannotBe(t *testing.T) {
	_, pods := start(t)
	for want, change := range map[string]func(*debug.CopyOptions){
		"debug: no name for the copy: set To": func(o *debug.CopyOptions) { o.To = "" },
		"debug: Target and Reuse are options of Run: the containers of a copy share their processes by " +
			"ShareProcesses": func(o *debug.CopyOptions) { o.Target = "app" },
		`debug: image "A" for container app: repository name "A" must be lowercase`: func(o *debug.CopyOptions) {
			o.SetImages = map[string]string{"app": "A"}
		},
		`debug: pod distroless has no container "nope" to set the image of`: func(o *debug.CopyOptions) {
			o.SetImages = map[string]string{"nope": "a"}
		},
		"debug: no image for a new container: set Image, or the Name of a container of the pod": func(o *debug.CopyOptions) {
			o.Image = ""
		},
		"debug: there is no container to attach to: set Name or Image": func(o *debug.CopyOptions) {
			o.Image, o.Stdout, o.SetImages = "", new(strings.Builder), map[string]string{"app": "a"}
		},
		`no container was added to pod copy: InvalidImageName: image "A": repository name "A" must be lowercase; ` +
			"correct the image's name": func(o *debug.CopyOptions) { o.Image = "A" },
	} {
		o := debug.CopyOptions{To: "copy"}
		o.Image = kxtest.BusyboxImage
		change(&o)
		_, err := debug.RunCopy(within(t), pods, "distroless", o)
		require.EqualError(t, err, want)
	}
	o := debug.CopyOptions{To: "shell"}
	o.Image = kxtest.BusyboxImage
	_, err := debug.RunCopy(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, transport.ErrAlreadyExists)
	require.ErrorContains(t, err, "choose another name for the copy")
	all, err := pods.List(within(t), resources.ListOptions{})
	require.NoError(t, err)
	require.Len(t, all.Items, 2)
}

func TestACopyWithoutItsPodOrAnImageCreatesNothing(t *testing.T) {
	server, pods := start(t)
	_, err := debug.PreviewCopy(within(t), pods, "no-such", debug.CopyOptions{To: "copy"})
	require.ErrorIs(t, err, transport.ErrNotFound)
	_, err = debug.RunCopy(within(t), pods, "no-such", debug.CopyOptions{To: "copy"})
	require.ErrorIs(t, err, transport.ErrNotFound)
	server.Fault(kxtest.Fault{Path: "/api/v1/nodes/kx-node", Times: -1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "may not read nodes", 0)})
	o := debug.CopyOptions{To: "copy"}
	o.Image = debug.AutoImage
	_, err = debug.RunCopy(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, debug.ErrNoImage)
	for _, r := range server.Requests() {
		require.Equal(t, http.MethodGet, r.Method)
	}
}

func TestPreviewCopyCreatesNothing(t *testing.T) {
	server, pods := start(t)
	o := debug.CopyOptions{To: "copy"}
	o.Image = debug.AutoImage
	res, err := debug.PreviewCopy(within(t), pods, "distroless", o)
	require.NoError(t, err)
	require.Len(t, res.Object.Spec.Containers, 2)
	require.Equal(t, kxtest.BusyboxImage, res.Object.Spec.Containers[1].Image)
	for _, r := range server.Requests() {
		require.Equal(t, "GET", r.Method)
	}
}
