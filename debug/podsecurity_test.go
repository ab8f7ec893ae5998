package debug_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
)

func TestARefusalByPodSecuritySaysWhatANewPodNeeds(t *testing.T) {
	server, pods := start(t)
	const choose = ", which only the Pod Security Standard privileged admits: choose a namespace that enforces privileged " +
		"or none, or the profile "
	uses := func(profile, less string) string {
		return "the profile " + profile + " uses the node's namespaces or files" + choose + less + " neither"
	}
	adds := func(profile, less string) string {
		return "the profile " + profile + " adds rights" + choose + less + " none"
	}
	limits := func(profile string) string {
		return "the profile " + profile + " sets no limits: choose a namespace that does not enforce restricted, or the " +
			"profile restricted"
	}
	const both, restricted = "baseline or restricted, which have", "restricted, which has"
	const admitted = ""
	rows := map[debug.Profile]struct{ nodeBaseline, nodeRestricted, claimBaseline, claimRestricted string }{
		debug.General:    {uses("general", both), uses("general", restricted), admitted, limits("general")},
		debug.Legacy:     {uses("legacy", both), uses("legacy", restricted), admitted, limits("legacy")},
		debug.Sysadmin:   {uses("sysadmin", both), uses("sysadmin", restricted), adds("sysadmin", both), adds("sysadmin", restricted)},
		debug.Netadmin:   {uses("netadmin", both), uses("netadmin", restricted), adds("netadmin", both), adds("netadmin", restricted)},
		debug.Baseline:   {admitted, limits("baseline"), admitted, limits("baseline")},
		debug.Restricted: {admitted, admitted, admitted, admitted},
		debug.Auto:       {admitted, admitted, admitted, admitted},
	}
	for _, level := range []string{"baseline", "restricted"} {
		for _, object := range []string{
			`"kind":"Namespace","metadata":{"name":"%[1]s","labels":{"pod-security.kubernetes.io/enforce":"%[1]s"}}`,
			`"kind":"PersistentVolumeClaim","metadata":{"namespace":"%[1]s","name":"data"},"spec":{"accessModes":` +
				`["ReadWriteMany"],"resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":"Bound"}`,
		} {
			_, err := server.Create(fmt.Sprintf(`{"apiVersion":"v1",`+object+`}`, level))
			require.NoError(t, err)
		}
		secured := resources.New[resources.Pod](pods.Client(), resources.InNamespace(level))
		for profile, row := range rows {
			o := debug.Options{Image: kxtest.BusyboxImage, Profile: profile, DryRun: true}
			_, onNode := debug.RunOnNode(within(t), secured, "kx-node", debug.NodeOptions{Options: o})
			_, onClaim := debug.RunOnClaim(within(t), secured, "data", debug.ClaimOptions{Options: o})
			wantNode, wantClaim := row.nodeBaseline, row.claimBaseline
			if level == "restricted" {
				wantNode, wantClaim = row.nodeRestricted, row.claimRestricted
			}
			for what, test := range map[string]struct {
				err  error
				want string
			}{"node": {onNode, wantNode}, "claim": {onClaim, wantClaim}} {
				t.Run(fmt.Sprintf("%s on a %s under %s", profile, what, level), func(t *testing.T) {
					if test.want == admitted {
						require.NoError(t, test.err)
						return
					}
					var refused *debug.PodSecurityError
					require.ErrorAs(t, test.err, &refused)
					require.Equal(t, test.want, refused.Needs)
					require.ErrorContains(t, test.err, `violates PodSecurity "`+level+`:latest": `)
				})
			}
		}
	}
}

func TestARefusalByAnotherRuleSaysNothingOfPodSecurity(t *testing.T) {
	server, pods := start(t)
	server.Fault(kxtest.Fault{Method: http.MethodPost, Path: "/api/v1/namespaces/*/pods", Times: -1,
		Then: kxtest.AnswerStatus(http.StatusForbidden, "Forbidden", "exceeded quota: pods", 0)})
	o, _, _ := onNode("true")
	o.Profile = debug.Sysadmin
	_, err := debug.RunOnNode(within(t), pods, "kx-node", o)
	require.ErrorContains(t, err, "exceeded quota")
	var refusal *debug.PodSecurityError
	require.False(t, errors.As(err, &refusal), "%v", err)
}
