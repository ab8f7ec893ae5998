package conformance_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podSecurity are behaviours of the admission plugin PodSecurity in labelled namespaces.
func podSecurity() []behaviour {
	const pod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"schedulerName":"none",` +
		`"automountServiceAccountToken":false,%s}}`
	refuses := func(sentence, level, spec, faults string) behaviour {
		return behaviour{sentence, func(t *testing.T, w *world) {
			_, err := w.secured(t, "enforce="+level).pods.CreateRaw(t.Context(), fmt.Appendf(nil, pod, spec))
			refused(
				t, err, transport.ErrForbidden,
				`pods "web" is forbidden: violates PodSecurity "`+level+`:latest": `+faults,
			)
			require.Equal(t, "web pods", statusOf(t, err).Status.Details.Name+" "+statusOf(t, err).Status.Details.Kind)
		}}
	}
	const everything = `"hostNetwork":true,"hostPID":true,"volumes":[{"name":"host","hostPath":{"path":"/"}},
		{"name":"far","nfs":{"server":"a","path":"/"}}],
		"securityContext":{"runAsUser":0,"seLinuxOptions":{"type":"foo_t","user":"u"}},
		"initContainers":[{"name":"init","image":"kx.local/busybox:1","securityContext":{"runAsNonRoot":false,
		"seccompProfile":{"type":"Unconfined"}}}],
		"containers":[{"name":"app","image":"kx.local/busybox:1","ports":[{"containerPort":80,"hostPort":80}],
		"livenessProbe":{"httpGet":{"port":80,"host":"example.com"}},
			"securityContext":{"privileged":true,"capabilities":{"add":["NET_ADMIN","KILL"]},"runAsUser":0,
			"appArmorProfile":{"type":"Unconfined"}}},
			{"name":"side","image":"kx.local/busybox:1","securityContext":{"capabilities":{"add":["NET_ADMIN",
			"NET_BIND_SERVICE"],"drop":["ALL"]}}}]`
	return []behaviour{
		refuses(
			"a pod that breaks the rules of the standard baseline is refused with each of them", "baseline",
			everything,
			`forbidden AppArmor profile (container "app" must not set AppArmor profile type to "Unconfined"), `+
				`non-default capabilities (containers "app", "side" must not include "NET_ADMIN" in `+
				`securityContext.capabilities.add), `+
				`host namespaces (hostNetwork=true, hostPID=true), `+
				`hostPath volumes (volume "host"), `+
				`hostPort (container "app" uses hostPort 80), `+
				`probe or lifecycle host (container "app" uses probe or lifecycle host "example.com"), `+
				`privileged (container "app" must not set securityContext.privileged=true), `+
				`seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "foo_t"; `+
				`user may not be set), `+
				`seccompProfile (container "init" must not set securityContext.seccompProfile.type to "Unconfined")`,
		),
		refuses(
			"a pod that breaks the rules of the standard restricted is refused with each of them",
			"restricted", everything,
			`forbidden AppArmor profile (container "app" must not set AppArmor profile type to "Unconfined"), `+
				`host namespaces (hostNetwork=true, hostPID=true), `+
				`hostPort (container "app" uses hostPort 80), `+
				`probe or lifecycle host (container "app" uses probe or lifecycle host "example.com"), `+
				`privileged (container "app" must not set securityContext.privileged=true), `+
				`seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "foo_t"; `+
				`user may not be set), `+
				`allowPrivilegeEscalation != false (containers "init", "app", "side" must set `+
				`securityContext.allowPrivilegeEscalation=false), `+
				`unrestricted capabilities (containers "init", "app" must set `+
				`securityContext.capabilities.drop=["ALL"]; containers "app", "side" must not include "KILL", `+
				`"NET_ADMIN" in securityContext.capabilities.add), `+
				`restricted volume types (volumes "host", "far" use restricted volume types "hostPath", "nfs"), `+
				`runAsNonRoot != true (container "init" must not set securityContext.runAsNonRoot=false), `+
				`runAsUser=0 (pod and container "app" must not set runAsUser=0), `+
				`seccompProfile (container "init" must not set securityContext.seccompProfile.type to "Unconfined")`,
		),
		refuses(
			"a pod that asks for nothing is refused by the standard restricted", "restricted",
			`"containers":[{"name":"app","image":"kx.local/busybox:1"}]`,
			`allowPrivilegeEscalation != false (container "app" must set `+
				`securityContext.allowPrivilegeEscalation=false), `+
				`unrestricted capabilities (container "app" must set securityContext.capabilities.drop=["ALL"]), `+
				`runAsNonRoot != true (pod or container "app" must set securityContext.runAsNonRoot=true), `+
				`seccompProfile (pod or container "app" must set securityContext.seccompProfile.type to `+
				`"RuntimeDefault" or "Localhost")`,
		),
		{"a namespace that only warns admits the pod and warns of the violations", func(t *testing.T, w *world) {
			s := w.secured(t, "warn=restricted", "warn-version=v1.30")
			_, err := s.pods.CreateRaw(
				t.Context(),
				fmt.Appendf(
					nil,
					pod,
					`"containers":[{"name":"app","image":"kx.local/busybox:1",`+
						`"securityContext":{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},`+
						`"runAsNonRoot":true}}]`,
				),
			)
			require.NoError(t, err)
			s.requireWarnings(
				t,
				`would violate PodSecurity "restricted:v1.30": seccompProfile (pod or container "app" must set `+
					`securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`,
			)
		}},
		{
			"a pod older than its namespace's Pod Security level can be changed, but gets no ephemeral container",
			func(t *testing.T, w *world) {
				s := w.secured(t)
				_, err := s.pods.CreateRaw(
					t.Context(),
					fmt.Appendf(nil, pod, `"hostPID":true,"containers":[{"name":"app","image":"kx.local/busybox:1"}]`),
				)
				require.NoError(t, err)
				namespaces := resources.New[resources.Namespace](w.client)
				_, err = namespaces.Patch(
					t.Context(),
					s.config.Namespace,
					patch.Merge(`{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}`),
				)
				require.NoError(t, err)
				_, err = s.pods.Patch(t.Context(), "web", patch.Merge(`{"metadata":{"labels":{"a":"b"}}}`))
				require.NoError(t, err)
				eventually(t, "the plugin has seen the label", func() bool {
					_, err = s.ec.Patch(
						t.Context(),
						"web",
						patch.Strategic(list(container("debugger"))),
						resources.DryRun(),
					)
					return err != nil
				})
				refused(
					t, err, transport.ErrForbidden,
					`pods "web" is forbidden: violates PodSecurity "baseline:latest": host namespaces (hostPID=true)`,
				)
			},
		},
	}
}

// secured returns this world in a new namespace with Pod Security labels such as enforce=baseline.
func (w *world) secured(t *testing.T, labels ...string) *world {
	t.Helper()
	set := map[string]string{}
	for _, label := range labels {
		mode, level, _ := strings.Cut(label, "=")
		set["pod-security.kubernetes.io/"+mode] = level
	}
	namespaces := resources.New[resources.Namespace](w.client)
	made, err := namespaces.Create(
		t.Context(),
		&resources.Namespace{Metadata: resources.ObjectMeta{GenerateName: "kx-conformance-", Labels: set}},
	)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := namespaces.Delete(atEnd(t), made.Metadata.Name)
		require.NoError(t, err)
	})
	cfg := *w.config
	cfg.Namespace = made.Metadata.Name
	tgt := &target{config: &cfg, kubeconfig: w.kubeconfig, kxProgram: w.kxProgram, kubectl: w.kubectl}
	if *e2e {
		tgt.await(t, "serviceaccounts", "default")
	}
	return newWorld(t, tgt)
}
