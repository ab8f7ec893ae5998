package debug_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// createClaim stores a claim called web-data. specMembers precede the other members of its spec.
func createClaim(t *testing.T, server *kxtest.Server, mode, specMembers, phase string) {
	t.Helper()
	_, err := server.Create(fmt.Sprintf(`{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"web-data"},`+
		`"spec":{%s"accessModes":[%s],"resources":{"requests":{"storage":"1Gi"}}},"status":{"phase":%q}}`, specMembers,
		mode, phase))
	require.NoError(t, err)
}

const (
	once, oncePod    = `"ReadWriteOnce"`, `"ReadWriteOncePod"`
	shared, readOnly = `"ReadWriteMany"`, `"ReadOnlyMany"`
)

// claimUser is a pod on kx-node that mounts the claim, with further members of the spec.
func claimUser(name, members string) string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"nodeName":"kx-node",%s`+
		`"volumes":[{"name":"other","emptyDir":{}},{"name":"files","persistentVolumeClaim":{"claimName":"web-data"}}],`+
		`"containers":[{"name":"side","image":%q,"command":["sleep","3600"]},{"name":"app","image":%[3]q,`+
		`"command":["sleep","3600"],"volumeMounts":[{"name":"files","mountPath":"/data"}],`+
		`"securityContext":{"runAsGroup":7}}]}}`, name, members, kxtest.BusyboxImage)
}

// onClaim returns options for a pod with a claim.
func onClaim(command ...string) (o debug.ClaimOptions, stdout *bytes.Buffer, notices *[]string) {
	o.Image, o.Command = kxtest.BusyboxImage, command
	stdout, notices = new(bytes.Buffer), new([]string)
	o.Stdout, o.Notice = stdout, func(text string) { *notices = append(*notices, text) }
	return o, stdout, notices
}

func TestAPodWithAClaimRunsAndIsRemovedAtTheEnd(t *testing.T) {
	server, pods := start(t)
	createClaim(t, server, shared, "", "Bound")
	server.ForgetRequests()
	o, stdout, notices := onClaim("sh", "-c", "echo here; exit 3")
	res, err := debug.RunOnClaim(within(t), pods, "web-data", o)
	require.NoError(t, err)
	require.Equal(t, 3, res.ExitCode)
	require.Equal(t, "here\n", stdout.String())
	require.Regexp(t, `^pvc-debugger-web-data-[a-z0-9]{5}$`, res.Pod)
	require.Equal(t, "debugger", res.Container)
	require.Empty(t, *notices)
	requireRemoved(t, pods, res)
	require.JSONEq(t, fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"labels":{`+
		`"app.kubernetes.io/managed-by":"kx-debug"}},"spec":{"restartPolicy":"Never","volumes":[{"name":"pvc",`+
		`"persistentVolumeClaim":{"claimName":"web-data"}}],"containers":[{"name":"debugger","image":%q,"command":["sh","-c",`+
		`"echo here; exit 3"],"terminationMessagePolicy":"File","volumeMounts":[{"name":"pvc","mountPath":"/pvc"}]}]}}`,
		res.Pod, kxtest.BusyboxImage), string(res.Plan.Pod))
	var sent []string
	for _, r := range server.Requests()[:3] {
		sent = append(sent, r.Method+" "+r.Path[strings.Index(r.Path, "/default/"):])
	}
	require.Equal(t, []string{"GET /default/persistentvolumeclaims/web-data", "GET /default/pods", "POST /default/pods"}, sent)

	o.Keep = true
	res, err = debug.RunOnClaim(within(t), pods, "web-data", o)
	require.NoError(t, err)
	require.False(t, res.Removed)
	users, err := debug.PodsOfClaim(within(t), pods, "web-data", resources.ListOptions{LabelSelector: debug.DebugPods})
	require.NoError(t, err)
	require.Len(t, users, 1)
	require.Equal(t, res.Pod, users[0].Metadata.Name)
}

// claimPodSpec is what the tests look at in the pod of a claim.
type claimPodSpec struct {
	NodeName        string         `json:"nodeName"`
	Tolerations     []any          `json:"tolerations"`
	SecurityContext map[string]any `json:"securityContext"`
	Volumes         []struct {
		Claim struct {
			ReadOnly bool `json:"readOnly"`
		} `json:"persistentVolumeClaim"`
	} `json:"volumes"`
	Containers []struct {
		VolumeMounts    []any          `json:"volumeMounts"`
		VolumeDevices   []any          `json:"volumeDevices"`
		SecurityContext map[string]any `json:"securityContext"`
	} `json:"containers"`
}

func specOf(t *testing.T, res *debug.Result) *claimPodSpec {
	t.Helper()
	var pod struct {
		Spec claimPodSpec `json:"spec"`
	}
	require.NoError(t, json.Unmarshal(res.Plan.Pod, &pod))
	return &pod.Spec
}

func TestTheAccessModesOfAClaimDecideWhereItsPodRuns(t *testing.T) {
	const used = "Using node kx-node, where pod web mounts claim web-data"
	for sentence, test := range map[string]struct {
		modes, spec, image string
		users              []string
		node               string
		notices            []string
		readOnly, isBlock  bool
	}{
		"ReadWriteOnce: the node of the pod that mounts it": {modes: once, users: []string{claimUser("web", "")},
			node: "kx-node", notices: []string{used}},
		"ReadWriteOnce without a pod: any node": {modes: once},
		"ReadWriteOnce with a pod on no node: any node": {modes: once, users: []string{
			strings.Replace(claimUser("web", ""), `"nodeName":"kx-node"`, `"schedulerName":"none"`, 1)}},
		"ReadWriteOncePod without a pod: any node": {modes: oncePod},
		"ReadWriteMany: any node":                  {modes: shared, users: []string{claimUser("web", "")}},
		"ReadWriteMany and an image of the node: the node of a pod that mounts it": {modes: shared, image: debug.AutoImage,
			users: []string{claimUser("web", "")}, node: "kx-node", notices: []string{used,
				"Using image " + kxtest.BusyboxImage + " from node kx-node (shell and common tools)"}},
		"ReadWriteOnce or ReadOnlyMany: as ReadWriteOnce": {modes: once + "," + readOnly,
			users: []string{claimUser("web", "")}, node: "kx-node", notices: []string{used}},
		"ReadOnlyMany: any node, read-only": {modes: readOnly, readOnly: true, users: []string{claimUser("web", "")}},
		"a block device":                    {modes: shared, spec: `"volumeMode":"Block",`, isBlock: true},
		"the claim of a generic ephemeral volume": {modes: once, node: "kx-node", notices: []string{used},
			users: []string{`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web"},"spec":{"nodeName":"kx-node",` +
				`"volumes":[{"name":"data","ephemeral":{"volumeClaimTemplate":{"spec":{"accessModes":["ReadWriteOnce"],` +
				`"resources":{"requests":{"storage":"1Gi"}}}}}}],"containers":[{"name":"app","image":"x"}]}}`}},
	} {
		t.Run(sentence, func(t *testing.T) {
			server, pods := start(t)
			createClaim(t, server, test.modes, test.spec, "Bound")
			for _, user := range test.users {
				_, err := server.Create(user)
				require.NoError(t, err)
			}
			o, _, notices := onClaim("sh")
			if test.image != "" {
				o.Image = test.image
			}
			res, err := debug.PreviewOnClaim(within(t), pods, "web-data", o)
			require.NoError(t, err)
			spec := specOf(t, res)
			require.Equal(t, test.node, spec.NodeName)
			require.Equal(t, test.node != "", len(spec.Tolerations) == 1)
			require.Equal(t, test.readOnly, spec.Volumes[0].Claim.ReadOnly)
			device := []any{map[string]any{"name": "pvc", "devicePath": "/pvc"}}
			if !test.isBlock {
				device = nil
			}
			require.Equal(t, device, spec.Containers[0].VolumeDevices)
			require.Equal(t, test.isBlock, spec.Containers[0].VolumeMounts == nil)
			require.Equal(t, test.notices, *notices)
		})
	}
}

func TestAClaimThatNoNewPodCanMountIsRefused(t *testing.T) {
	for sentence, test := range map[string]struct {
		modes, phase string
		users        []string
		deleted      bool
		reason, want string
	}{
		"ReadWriteOncePod with a pod that mounts it": {modes: oncePod, phase: "Bound", users: []string{claimUser("web", "")},
			reason: "ClaimInUse", want: "claim web-data cannot be mounted: ClaimInUse: pod web mounts it, and its access " +
				"mode ReadWriteOncePod admits one pod: debug that pod (--mounts-from)"},
		"a claim that has lost its volume": {modes: once, phase: "Lost", reason: "ClaimLost",
			want: "claim web-data cannot be mounted: ClaimLost: the claim has lost its volume"},
		"a claim that is being deleted": {modes: once, phase: "Bound", users: []string{claimUser("web", "")}, deleted: true,
			reason: "ClaimDeleted", want: "claim web-data cannot be mounted: ClaimDeleted: the claim is being deleted, so " +
				"no new pod gets its volume"},
	} {
		t.Run(sentence, func(t *testing.T) {
			server, pods := start(t)
			createClaim(t, server, test.modes, "", test.phase)
			for _, user := range test.users {
				_, err := server.Create(user)
				require.NoError(t, err)
			}
			if test.deleted {
				claims := resources.New[resources.PersistentVolumeClaim](pods.Client())
				claim, err := claims.Get(within(t), "web-data")
				require.NoError(t, err)
				claim.Metadata.Finalizers = append(claim.Metadata.Finalizers, "example.com/kept")
				_, err = claims.Update(within(t), claim)
				require.NoError(t, err)
				_, err = claims.Delete(within(t), "web-data")
				require.NoError(t, err)
			}
			server.ForgetRequests()
			o, _, _ := onClaim("sh")
			_, err := debug.RunOnClaim(within(t), pods, "web-data", o)
			var failed *debug.ClaimError
			require.ErrorAs(t, err, &failed)
			require.Equal(t, test.reason, failed.Reason)
			require.EqualError(t, err, test.want)
			for _, r := range server.Requests() {
				require.Equal(t, http.MethodGet, r.Method)
			}
		})
	}
}

func TestANoticeSaysWhatAnUnboundClaimWaitsFor(t *testing.T) {
	event := func(reason, message, at string) string {
		return fmt.Sprintf(`{"apiVersion":"v1","kind":"Event","metadata":{"name":%q},"involvedObject":{"kind":`+
			`"PersistentVolumeClaim","name":"web-data","namespace":"default","uid":"UID"},"reason":%q,"message":%q,`+
			`"type":"Normal","lastTimestamp":%q}`, strings.ToLower(reason), reason, message, at)
	}
	const old, recent = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
	for sentence, test := range map[string]struct {
		events []string
		want   string
	}{
		"a class that waits for this pod": {[]string{event("WaitForFirstConsumer", "waiting for first consumer", old)},
			"WaitForFirstConsumer: its volume is chosen for this pod"},
		"the last event": {[]string{event("FailedBinding", "no persistent volumes available", recent),
			event("ExternalProvisioning", "waiting", old)}, "FailedBinding: no persistent volumes available"},
		"no event": {nil, "no event says what it waits for"},
	} {
		t.Run(sentence, func(t *testing.T) {
			server, pods := start(t)
			createClaim(t, server, once, "", "Pending")
			claim, err := resources.New[resources.PersistentVolumeClaim](pods.Client()).Get(within(t), "web-data")
			require.NoError(t, err)
			for _, e := range test.events {
				_, err := server.Create(strings.ReplaceAll(e, "UID", claim.Metadata.UID))
				require.NoError(t, err)
			}
			o, _, notices := onClaim("sh")
			_, err = debug.PreviewOnClaim(within(t), pods, "web-data", o)
			require.NoError(t, err)
			require.Equal(t, []string{"Claim web-data is not bound yet: " + test.want}, *notices)
		})
	}
}

func TestAPodWithAClaimHasTheSecurityOfThePodThatMountsIt(t *testing.T) {
	const security = `"securityContext":{"runAsUser":5,"runAsNonRoot":true,"fsGroup":6,"supplementalGroups":[8],` +
		`"seLinuxOptions":{"level":"s0:c1"}},`
	volumeFields := map[string]any{"fsGroup": 6., "supplementalGroups": []any{8.},
		"seLinuxOptions": map[string]any{"level": "s0:c1"}}
	whole := map[string]any{"runAsUser": 5., "runAsNonRoot": true}
	for name, value := range volumeFields {
		whole[name] = value
	}
	for profile, test := range map[debug.Profile]struct{ pod, container map[string]any }{
		debug.General:  {volumeFields, nil},
		debug.Baseline: {volumeFields, nil},
		debug.Netadmin: {volumeFields, map[string]any{"capabilities": map[string]any{"add": []any{"NET_ADMIN",
			"NET_RAW"}}}},
		debug.Restricted: {whole, map[string]any{"allowPrivilegeEscalation": false, "capabilities": map[string]any{
			"drop": []any{"ALL"}}, "runAsNonRoot": true, "seccompProfile": map[string]any{"type": "RuntimeDefault"},
			"runAsGroup": 7.}},
	} {
		t.Run(string(profile), func(t *testing.T) {
			server, pods := start(t)
			createClaim(t, server, shared, "", "Bound")
			_, err := server.Create(claimUser("web", security))
			require.NoError(t, err)
			o, _, _ := onClaim("sh")
			o.Profile = profile
			res, err := debug.PreviewOnClaim(within(t), pods, "web-data", o)
			require.NoError(t, err)
			spec := specOf(t, res)
			require.Equal(t, test.pod, spec.SecurityContext)
			require.Equal(t, test.container, spec.Containers[0].SecurityContext)
		})
	}
}

func TestAPodWithAClaimNeedsAnImageWhereItsNodeIsUnknown(t *testing.T) {
	server, pods := start(t)
	createClaim(t, server, once, "", "Bound")
	o, _, _ := onClaim("sh")
	o.Image = debug.AutoImage
	_, err := debug.RunOnClaim(within(t), pods, "web-data", o)
	require.ErrorIs(t, err, debug.ErrNoImage)
	require.ErrorContains(t, err, ": no pod on a node mounts claim web-data, so the scheduler chooses the node")
}

func TestRunOnClaimFailsWithoutTheClaim(t *testing.T) {
	_, pods := start(t)
	o, _, _ := onClaim("sh")
	_, err := debug.RunOnClaim(within(t), pods, "web-data", o)
	require.ErrorIs(t, err, transport.ErrNotFound)
	_, err = debug.RunOnClaim(within(t), resources.New[resources.Pod](pods.Client(), resources.AllNamespaces()), "web-data",
		o)
	require.Error(t, err)
	o.Target = "app"
	_, err = debug.RunOnClaim(within(t), pods, "web-data", o)
	require.EqualError(t, err, "debug: a new pod has no other container: Target, SecurityContextFrom, MountsFrom, EnvFrom "+
		"and Reuse are options of Run")
}
