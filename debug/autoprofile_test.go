package debug_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

const patchPath = "/api/v1/namespaces/*/pods/*/ephemeralcontainers"

// The conformance suite has the refusals of Pod Security.
func TestAutoTriesTheNextProfileAfterTheRefusalOfAPolicyOnly(t *testing.T) {
	for name, test := range map[string]struct {
		code            int
		reason, message string
		goesOn          bool
	}{
		"a webhook": {403, "Forbidden",
			`admission webhook "validate.kyverno.svc-fail" denied the request: policy Pod/default/x for resource ` +
				`violation:` + "\n\ndisallow: fail", true},
		"a webhook that answers 400": {400, "",
			`admission webhook "validation.gatekeeper.sh" denied the request: [psp] no capabilities`, true},
		"a policy of the cluster": {422, "Invalid",
			`pods "distroless" is forbidden: ValidatingAdmissionPolicy 'caps' with binding 'caps' denied request: no ` +
				`SYS_PTRACE`, true},
		"Pod Security": {403, "Forbidden",
			`pods "distroless" is forbidden: violates PodSecurity "baseline:latest": non-default capabilities`, true},
		"a security context constraint": {403, "Forbidden",
			`pods "distroless" is forbidden: unable to validate against any security context constraint: [provider ` +
				`"restricted": Forbidden]`, true},
		"a missing right": {403, "Forbidden",
			`pods "distroless" is forbidden: User "me" cannot patch resource "pods/ephemeralcontainers" in API group ` +
				`"" in the namespace "default"`, false},
		"a quota": {403, "Forbidden", `pods "distroless" is forbidden: exceeded quota: compute`,
			false},
		"a pod that does not exist": {404, "NotFound", `pods "distroless" not found`, false},
		"a fault of the container": {422, "Invalid",
			`Pod "distroless" is invalid: spec.ephemeralContainers[0].image: Required value`, false},
		"an unreachable webhook": {500, "InternalError",
			`Internal error occurred: failed calling webhook "a": denied the request by a proxy`, false},
	} {
		t.Run(name, func(t *testing.T) {
			server, pods := start(t)
			server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: patchPath,
				Query: map[string]string{"dryRun": "All"}, Then: kxtest.AnswerStatus(test.code, test.reason,
					test.message, 0)})
			o := options("sleep", "60")
			o.Profile, o.DryRun = debug.Auto, true
			var notices []string
			o.Notice = func(text string) { notices = append(notices, text) }
			res, err := debug.Run(within(t), pods, "distroless", o)
			if !test.goesOn {
				var status *transport.StatusError
				require.ErrorAs(t, err, &status)
				require.Equal(t, test.code, status.Code)
				require.Equal(t, 1, patches(server), "no other profile is tried")
				require.Empty(t, notices)
				return
			}
			require.NoError(t, err)
			require.Equal(t, debug.Baseline, res.Plan.Profile)
			require.Len(t, notices, 1)
			require.Regexp(t, `^Using profile baseline: the server refuses general: [^\n]*$`, notices[0])
		})
	}
}

func patches(server *kxtest.Server) (n int) {
	for _, r := range server.Requests() {
		if r.Method == http.MethodPatch {
			n++
		}
	}
	return n
}

func TestAutoReturnsAFailureOfTheConnection(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: patchPath, Times: -1,
		Then: kxtest.Answer(http.StatusBadGateway, nil, "denied the request")})
	o := options("sleep", "60")
	o.Profile = debug.Auto
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.ErrorContains(t, err, "502")
	require.NotContains(t, err.Error(), "restricted")
	require.False(t, errors.Is(err, transport.ErrForbidden))
}

func TestAutoSendsDryRunsInAPreviewToo(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Method: http.MethodPatch, Path: patchPath, Times: 2, Then: kxtest.AnswerStatus(403,
		"Forbidden", `violates PodSecurity "restricted:latest"`, 0)})
	o := options("sleep", "60")
	o.Profile, o.RunAs = debug.Auto, &debug.RunAs{User: 1}
	plan, notices := preview(t, pods, "distroless", o)
	require.Equal(t, debug.Restricted, plan.Profile)
	require.Equal(t, []string{`Using profile restricted: the server refuses baseline: violates PodSecurity ` +
		`"restricted:latest"`}, notices)
	for _, r := range server.Requests() {
		if r.Method == http.MethodPatch {
			require.Equal(t, "All", r.Query.Get("dryRun"))
		}
	}
	require.Empty(t, containers(t, server))
}

func TestATakenNameIsNotARefusalForAuto(t *testing.T) {
	_, pods := start(t)
	o := options("sleep", "60")
	o.Name, o.Profile = "debugger", debug.Netadmin
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	o.Profile = debug.Auto
	_, err = debug.Run(within(t), pods, "distroless", o)
	require.ErrorIs(t, err, transport.ErrAlreadyExists)
	require.EqualError(t, err, `pod distroless has an ephemeral container debugger already: containers cannot be `+
		`replaced, so choose another name`)
}

func TestAForbiddenExecIsAWarning(t *testing.T) {
	server, _ := start(t)
	pods := podsAs(t, server, "kx-viewer")
	plan, notices := preview(t, pods, "shell", debug.Options{Image: "x", Profile: debug.Restricted, Target: "main"})
	require.NotContains(t, securityOf(t, plan), "runAsUser")
	require.Len(t, notices, 1)
	require.Regexp(t, `^Warning: the user of container main is unknown \(.*forbidden.*\): the image must name a user `+
		`other than root, or set RunAs`, notices[0])
}
