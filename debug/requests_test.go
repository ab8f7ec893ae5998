package debug_test

import (
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
)

// The requests of Run until the container is in the pod. The paths lack the server's prefix and the
// namespace.
func TestRunSendsAsFewRequestsAsItCan(t *testing.T) {
	const (
		getPod  = "GET pods/distroless"
		getNode = "GET nodes/kx-node"
		add     = "PATCH pods/distroless/ephemeralcontainers"
		dryRun  = "PATCH pods/distroless/ephemeralcontainers?dryRun=All"
	)
	for name, test := range map[string]struct {
		change  func(*debug.Options)
		preview bool
		want    []string
	}{
		"plain":     {func(*debug.Options) {}, false, []string{getPod, getNode, add}},
		"AutoImage": {func(o *debug.Options) { o.Image = debug.AutoImage }, false, []string{getPod, getNode, add}},
		"Auto":      {func(o *debug.Options) { o.Profile = debug.Auto }, false, []string{getPod, getNode, dryRun, add}},
		"Reuse":     {func(o *debug.Options) { o.Reuse = true }, false, []string{getPod, getNode, add}},
		"attached": {func(o *debug.Options) {
			o.Command, o.Stdin, o.Stdout = []string{"cat"}, strings.NewReader(""), io.Discard
		}, false, []string{getPod, getNode, add}},
		"a dry run": {func(o *debug.Options) { o.DryRun = true }, false, []string{getPod, dryRun}},
		"a dry run with Auto": {func(o *debug.Options) { o.DryRun, o.Profile = true, debug.Auto }, false,
			[]string{getPod, dryRun, dryRun}},
		"Preview": {func(*debug.Options) {}, true, []string{getPod}},
		"Preview with AutoImage": {func(o *debug.Options) { o.Image = debug.AutoImage }, true, []string{getPod,
			getNode}},
		"Preview with Auto": {func(o *debug.Options) { o.Profile = debug.Auto }, true, []string{getPod,
			dryRun}},
		"a container to be adopted": {func(o *debug.Options) { o.Name = "first" }, false, []string{getPod, getPod}},
	} {
		t.Run(name, func(t *testing.T) {
			server, pods := start(t)
			o := options("sleep", "60")
			test.change(&o)
			if o.Name != "" {
				_, err := debug.Run(within(t), pods, "distroless", o)
				require.NoError(t, err)
				server.ForgetRequests()
			}
			var sent []string
			record := func() {
				for _, r := range server.Requests() {
					path := strings.TrimPrefix(r.Path, "/api/v1/")
					path = strings.TrimPrefix(path, "namespaces/default/")
					if r.Query.Get("dryRun") != "" {
						path += "?dryRun=" + r.Query.Get("dryRun")
					}
					// an attempt to attach may come before the record
					if !strings.HasSuffix(path, "/attach") {
						sent = append(sent, r.Method+" "+path)
					}
				}
			}
			o.Added = func(*debug.Result) { record() }
			run := debug.Run
			if test.preview {
				run = debug.Preview
			}
			res, err := run(within(t), pods, "distroless", o)
			require.NoError(t, err)
			if sent == nil {
				record()
			}
			require.Equal(t, test.want, sent)
			requests := server.Requests()
			for i := range requests {
				if requests[i].Method == "PATCH" && !res.Adopted && strings.HasSuffix(sent[len(sent)-1],
					"ephemeralcontainers") {
					require.JSONEq(t, string(res.Plan.Patch), string(requests[i].Body))
				}
			}
		})
	}
}

func TestTheDryRunPrintsThePatchThatTheRunSends(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "60")
	o.Name, o.Target, o.Profile = "debugger", "app", debug.Restricted
	o.RunAs = &debug.RunAs{User: 1000}
	preview, err := debug.Preview(within(t), pods, "distroless", o)
	require.NoError(t, err)
	o.DryRun = true
	dryRun, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	o.DryRun = false
	res, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	var bodies []string
	for _, r := range server.Requests() {
		if r.Method == "PATCH" {
			bodies = append(bodies, string(r.Body))
		}
	}
	plans := []string{string(preview.Plan.Patch), string(dryRun.Plan.Patch), string(res.Plan.Patch)}
	require.Equal(t, []string{bodies[0], bodies[0], bodies[0]}, plans)
	require.Equal(t, []string{bodies[0], bodies[0]}, bodies)
}

// A dry run has no streams to attach, so WillAttach says that the run has some.
func TestADryRunRefusesWhatTheRunRefuses(t *testing.T) {
	_, pods := start(t)
	o := options("sh")
	o.Custom = parse(t, `tty: true`)
	_, err := debug.Preview(within(t), pods, "distroless", o)
	require.NoError(t, err, "without attaching, custom may set tty")

	attached := o
	attached.Stdout = io.Discard
	_, want := debug.Run(within(t), pods, "distroless", attached)
	require.ErrorContains(t, want, "leave them out")

	o.WillAttach = true
	_, err = debug.Preview(within(t), pods, "distroless", o)
	require.EqualError(t, err, want.Error())
	o.DryRun = true
	_, err = debug.Run(within(t), pods, "distroless", o)
	require.EqualError(t, err, want.Error())
}
