package debug_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
)

// What kubectl sends is in the KEP and, profile by profile, beside kubectl in the conformance suite.
func TestAProfileAsksForItsRightsAndNoOthers(t *testing.T) {
	want := map[debug.Profile]string{
		"":               `{"capabilities":{"add":["SYS_PTRACE"]}}`,
		debug.General:    `{"capabilities":{"add":["SYS_PTRACE"]}}`,
		debug.Baseline:   `null`,
		debug.Legacy:     `null`,
		debug.Restricted: `{"capabilities":{"drop":["ALL"]},"runAsNonRoot":true,"allowPrivilegeEscalation":false,"seccompProfile":{"type":"RuntimeDefault"}}`,
		debug.Netadmin:   `{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`,
		debug.Sysadmin:   `{"privileged":true}`,
	}
	require.Len(t, want, len(debug.Profiles())+1)
	_, pods := start(t)
	for profile, security := range want {
		o := options("sleep", "60")
		o.Profile = profile
		res, err := debug.Preview(t.Context(), pods, "distroless", o)
		require.NoError(t, err)
		text, err := json.Marshal(res.Object.Spec.EphemeralContainers[0])
		require.NoError(t, err)
		var container struct {
			SecurityContext any `json:"securityContext"`
		}
		require.NoError(t, json.Unmarshal(text, &container))
		got, err := json.Marshal(container.SecurityContext)
		require.NoError(t, err)
		require.JSONEq(t, security, string(got), "profile %q", profile)
	}
}

func TestAnUnknownProfileIsRefusedBeforeAnythingIsSent(t *testing.T) {
	server, pods := start(t)
	o := options("sleep", "60")
	o.Profile = "admin"
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	require.EqualError(t, err, `debug: profile "admin" is none of [general baseline restricted netadmin sysadmin legacy auto]`)
	require.Empty(t, server.Requests())
}

func TestARootImageUnderRestrictedIsToldFromOtherFaults(t *testing.T) {
	_, pods := start(t)
	o := options("sleep", "60")
	o.Profile = debug.Restricted
	_, err := debug.Run(t.Context(), pods, "distroless", o)
	var failed *debug.StartError
	require.ErrorAs(t, err, &failed)
	require.Equal(t, "CreateContainerConfigError", failed.Reason)
	require.ErrorContains(t, err, "container has runAsNonRoot and image will run as root")
	require.ErrorContains(t, err, "; the pod or the profile restricted forbids root, as which the image runs: choose an image that names another user, or another profile")
}
