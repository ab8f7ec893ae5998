package debug_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// preview returns the plan for a pod, and the notices.
func preview(
	t *testing.T, pods *resources.API[resources.Pod], pod string, o debug.Options,
) (plan *debug.Plan, notices []string) {
	t.Helper()
	o.Notice = func(text string) { notices = append(notices, text) }
	res, err := debug.Preview(within(t), pods, pod, o)
	require.NoError(t, err)
	return res.Plan, notices
}

// securityOf returns the securityContext of a plan's container as JSON, or null.
func securityOf(t *testing.T, plan *debug.Plan) string {
	t.Helper()
	var container struct {
		SecurityContext any `json:"securityContext"`
	}
	require.NoError(t, json.Unmarshal(plan.Container, &container))
	text, err := json.Marshal(container.SecurityContext, json.Deterministic(true))
	require.NoError(t, err)
	return string(text)
}

// The conformance suite compares each profile with kubectl's (KEP-1441).
func TestEachProfileSetsItsRightsAndNoOthers(t *testing.T) {
	const restricted = `{"capabilities":{"drop":["ALL"]},"runAsNonRoot":true,"allowPrivilegeEscalation":false,` +
		`"seccompProfile":{"type":"RuntimeDefault"}}`
	want := map[debug.Profile]string{
		"":               `{"capabilities":{"add":["SYS_PTRACE"]}}`,
		debug.General:    `{"capabilities":{"add":["SYS_PTRACE"]}}`,
		debug.Baseline:   `null`,
		debug.Legacy:     `null`,
		debug.Restricted: restricted,
		debug.Netadmin:   `{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`,
		debug.Sysadmin:   `{"privileged":true,"runAsUser":0}`,
		debug.Auto:       `{"capabilities":{"add":["SYS_PTRACE"]}}`,
	}
	require.Len(t, want, len(debug.Profiles())+1)
	_, pods := start(t)
	for profile, security := range want {
		o := options("sleep", "60")
		o.Profile = profile
		plan, _ := preview(t, pods, "distroless", o)
		require.JSONEq(t, security, securityOf(t, plan), "profile %q", profile)
	}
}

func TestThePlanHasTheProfileInUse(t *testing.T) {
	_, pods := start(t)
	for name, test := range map[string]struct {
		o    debug.Options
		want debug.Profile
	}{
		"no profile":                   {debug.Options{}, debug.General},
		"no profile, inherited rights": {debug.Options{SecurityContextFrom: "app"}, ""},
		"a profile and inherited rights": {debug.Options{SecurityContextFrom: "app", Profile: debug.Netadmin},
			debug.Netadmin},
		"the profile that auto has chosen": {debug.Options{Profile: debug.Auto}, debug.General},
	} {
		test.o.Image = "x"
		plan, _ := preview(t, pods, "distroless", test.o)
		require.Equal(t, test.want, plan.Profile, name)
	}
}

func TestAnUnknownProfileFailsBeforeAnyRequest(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "60")
	o.Profile = "admin"
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.EqualError(t, err, `debug: profile "admin" is none of [general baseline restricted netadmin sysadmin `+
		`legacy auto]`)
	require.Empty(t, server.Requests())
}

func TestAnInvalidUserFailsBeforeAnyRequest(t *testing.T) {
	server, pods := start(t)
	for _, runAs := range []debug.RunAs{{User: -1}, {User: 1 << 31}, {Group: new(int64(-1))},
		{Group: new(int64(1 << 31))}} {
		o := options("sleep", "60")
		o.RunAs = &runAs
		_, err := debug.Run(within(t), pods, "distroless", o)
		require.ErrorContains(t, err, "is not the ID of a user or group: IDs go from 0 to 2147483647")
	}
	require.Empty(t, server.Requests())
}

func TestARootImageUnderRestrictedHasItsOwnAdvice(t *testing.T) {
	_, pods := start(t)
	o := options("sleep", "60")
	o.Profile = debug.Restricted
	_, err := debug.Run(within(t), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "CreateContainerConfigError", failed.Reason)
	require.ErrorContains(t, err, "container has runAsNonRoot and image will run as root")
	require.ErrorContains(t, err, "; the image runs as root, which the pod or the profile restricted forbids: "+
		"choose an image that names another user, set a user (RunAs, --run-as), or choose another profile")
}
