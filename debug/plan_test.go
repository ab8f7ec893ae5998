package debug_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// rich is a pod with settings that a debug container can inherit. It is scheduled to no node.
const rich = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"rich","namespace":"default","annotations":{"kubectl.kubernetes.io/default-container":"side"}},"spec":{"schedulerName":"none",%s
	"volumes":[{"name":"data","emptyDir":{}},{"name":"host","hostPath":{"path":"/"}}],
	"initContainers":[{"name":"init","image":"x","env":[{"name":"I","value":"1"}]}],
	"containers":[
		{"name":"app","image":"x","resources":{"limits":{"cpu":"1"}},
			"securityContext":{"runAsUser":1000,"allowPrivilegeEscalation":false,"capabilities":{"add":["KILL"],
				"drop":["ALL"]},"seccompProfile":{"type":"Localhost","localhostProfile":"a.json"}},
			"envFrom":[{"configMapRef":{"name":"c"}}],
			"env":[{"name":"A","value":"1"},{"name":"CPU","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu"}}},
				{"name":"OF","valueFrom":{"resourceFieldRef":{"resource":"limits.cpu","containerName":"side"}}},
				{"name":"B","valueFrom":{"secretKeyRef":{"name":"s","key":"k"}}},{"name":"A","value":"2"}],
			"volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"data","mountPath":"/part","subPath":"a"},
				{"name":"data","mountPath":"/expr","subPathExpr":"$(A)"}]},
		{"name":"side","image":"x","securityContext":{"runAsUser":5,"runAsGroup":6}},
		{"name":"root","image":"x","securityContext":{"runAsUser":0,"privileged":true},"volumeMounts":[{"name":"host","mountPath":"/host","mountPropagation":"Bidirectional"}]}]}}`

// startRich starts a server with the pod rich, whose spec has more members, and returns its pods.
func startRich(t *testing.T, members string) *resources.API[resources.Pod] {
	t.Helper()
	server, pods := start(t)
	_, err := server.Create(fmt.Sprintf(rich, members))
	require.NoError(t, err)
	return pods
}

func parse(t *testing.T, text string) *debug.Custom {
	t.Helper()
	c, err := debug.ParseCustom([]byte(text))
	require.NoError(t, err)
	return c
}

func TestEachSecuritySettingHasItsSource(t *testing.T) {
	const nonRoot, rootNotice = `"securityContext":{"runAsNonRoot":true},`,
		"Warning: profile sysadmin runs the container as root, although the pod sets runAsUser or runAsNonRoot"
	for name, test := range map[string]struct {
		pod      string // more of its spec
		o        debug.Options
		security string
		sources  string // PATH: FROM, separated by semicolons
		notices  string
	}{
		"another container's, and no profile": {"", debug.Options{SecurityContextFrom: "app"},
			`{"allowPrivilegeEscalation":false,"capabilities":{"add":["KILL"],"drop":["ALL"]},"runAsUser":1000,` +
				`"seccompProfile":{"localhostProfile":"a.json","type":"Localhost"}}`,
			`allowPrivilegeEscalation: container app of the pod; capabilities.add: container app of the pod; ` +
				`capabilities.drop: container app of the pod; runAsUser: container app of the pod; ` +
				`seccompProfile.localhostProfile: container app of the pod; seccompProfile.type: container app of the ` +
				`` +
				`pod`, ""},
		"a profile on top of another container's": {"", debug.Options{SecurityContextFrom: "app",
			Profile: debug.Restricted},
			`{"allowPrivilegeEscalation":false,"capabilities":{"add":["KILL"],"drop":["ALL"]},"runAsNonRoot":true,` +
				`"runAsUser":1000,"seccompProfile":{"type":"RuntimeDefault"}}`,
			`allowPrivilegeEscalation: container app of the pod; capabilities.add: container app of the pod; ` +
				`capabilities.drop: container app of the pod; runAsNonRoot: profile restricted; ` +
				`runAsUser: container app of the pod; seccompProfile.type: profile restricted`, ""},
		"sysadmin overrides settings that remove its rights": {nonRoot, debug.Options{SecurityContextFrom: "app",
			Profile: debug.Sysadmin},
			`{"capabilities":{"add":["KILL"],"drop":["ALL"]},"privileged":true,"runAsNonRoot":false,"runAsUser":0,` +
				`"seccompProfile":{"localhostProfile":"a.json","type":"Localhost"}}`,
			`capabilities.add: container app of the pod; capabilities.drop: container app of the pod; privileged: ` +
				`profile sysadmin; runAsNonRoot: profile sysadmin; runAsUser: profile sysadmin; ` +
				`seccompProfile.localhostProfile: container app of the pod; seccompProfile.type: container app of the ` +
				`` +
				`pod`, rootNotice},
		"sysadmin in a pod with another user": {`"securityContext":{"runAsUser":9},`,
			debug.Options{Profile: debug.Sysadmin},
			`{"privileged":true,"runAsUser":0}`, `privileged: profile sysadmin; runAsUser: profile sysadmin`,
			rootNotice},
		"sysadmin in a pod of root": {`"securityContext":{"runAsUser":0},`, debug.Options{Profile: debug.Sysadmin},
			`{"privileged":true,"runAsUser":0}`, `privileged: profile sysadmin; runAsUser: profile sysadmin`, ""},
		"sysadmin with RunAs": {nonRoot, debug.Options{Profile: debug.Sysadmin,
			RunAs: &debug.RunAs{User: 7}},
			`{"privileged":true,"runAsNonRoot":false,"runAsUser":7}`,
			`privileged: profile sysadmin; runAsNonRoot: profile sysadmin; runAsUser: RunAs`, ""},
		"custom unites sets, and its zero values count": {"", debug.Options{Custom: parse(t,
			`securityContext: {capabilities: {add: [NET_RAW, SYS_PTRACE], drop: [KILL]}, runAsUser: 0, privileged: `+
				`false}`)},
			`{"capabilities":{"add":["SYS_PTRACE","NET_RAW"],"drop":["KILL"]},"privileged":false,"runAsUser":0}`,
			`capabilities.add: profile general and custom; capabilities.drop: custom; privileged: custom; runAsUser: ` +
				`custom`, ""},
		"custom removes fields": {"", debug.Options{Profile: debug.Restricted, RunAs: &debug.RunAs{User: 1,
			Group: new(int64(2))}, Custom: parse(t,
			`securityContext: {capabilities: null, seccompProfile: null, runAsNonRoot: null}`)},
			`{"allowPrivilegeEscalation":false,"runAsGroup":2,"runAsUser":1}`,
			`allowPrivilegeEscalation: profile restricted; runAsGroup: RunAs; runAsUser: RunAs`, ""},
		"custom removes the user, so that the image's takes effect": {"", debug.Options{Profile: debug.Restricted,
			Custom: parse(t, `securityContext: {runAsUser: null, capabilities: null, seccompProfile: null}`)},
			`{"allowPrivilegeEscalation":false,"runAsNonRoot":true}`,
			`allowPrivilegeEscalation: profile restricted; runAsNonRoot: profile restricted`, ""},
		"custom removes the group": {nonRoot, debug.Options{Profile: debug.Baseline, Custom: parse(t,
			`securityContext: {runAsGroup: null}`)}, `{"runAsUser":5}`, `runAsUser: container side of the pod`, ""},
		"custom removes the whole securityContext": {"", debug.Options{Custom: parse(t, `securityContext: null`)},
			`null`, ``, ""},
		"custom replaces the seccomp profile": {"", debug.Options{SecurityContextFrom: "app",
			Custom: parse(t, `securityContext: {seccompProfile: {type: Unconfined}, capabilities: null, `+
				`allowPrivilegeEscalation: null}`)},
			`{"runAsUser":1000,"seccompProfile":{"type":"Unconfined"}}`,
			`runAsUser: container app of the pod; seccompProfile.type: custom`, ""},
		"RunAs takes precedence over all": {"", debug.Options{Custom: parse(t,
			`securityContext: {runAsUser: 1, runAsGroup: 2, capabilities: null}`), RunAs: &debug.RunAs{User: 3}},
			`{"runAsGroup":2,"runAsUser":3}`, `runAsGroup: custom; runAsUser: RunAs`, ""},
		"the user and group of the target": {"", debug.Options{Profile: debug.Baseline, Target: "side",
			Custom: parse(t, `securityContext: {runAsNonRoot: true}`)},
			`{"runAsGroup":6,"runAsNonRoot":true,"runAsUser":5}`,
			`runAsGroup: container side of the pod; runAsNonRoot: custom; runAsUser: container side of the pod; ` +
				`targetContainerName: Target`, ""},
		"the user and group of the pod's default container": {nonRoot,
			debug.Options{Profile: debug.Baseline},
			`{"runAsGroup":6,"runAsUser":5}`, `runAsGroup: container side of the pod; runAsUser: container side of the ` +
				`` +
				`pod`, ""},
		"the pod's user stays unless the profile is restricted": {`"securityContext":{"runAsNonRoot":true,` +
			`"runAsUser":9},`, debug.Options{Profile: debug.Baseline}, `null`, ``, ""},
		"under restricted the target's user takes precedence over the pod's": {`"securityContext":{"runAsUser":9,` +
			`"runAsGroup":6},`,
			debug.Options{Profile: debug.Restricted},
			`{"allowPrivilegeEscalation":false,"capabilities":{"drop":["ALL"]},"runAsNonRoot":true,"runAsUser":5,` +
				`"seccompProfile":{"type":"RuntimeDefault"}}`,
			`allowPrivilegeEscalation: profile restricted; capabilities.drop: profile restricted; runAsNonRoot: ` +
				`profile restricted; runAsUser: container side of the pod; seccompProfile.type: profile restricted`,
			""},
		"a target that runs as root": {nonRoot, debug.Options{Profile: debug.Baseline, Target: "root"}, `null`,
			`targetContainerName: Target`,
			"Warning: container root runs as root, and runAsNonRoot keeps the new container from doing so: choose an image " +
				"with another user, or set RunAs (--run-as UID[:GID])"},
		"a target with an unknown group": {nonRoot, debug.Options{Profile: debug.Baseline, Target: "app"},
			`{"runAsUser":1000}`, `runAsUser: container app of the pod; targetContainerName: Target`,
			"Warning: the group of container app is unknown (the container does not run): its files open only if the image gives " +
				"" +
				"that user the same group, or set RunAs (--run-as UID[:GID])"},
		"a target with an unknown user": {nonRoot, debug.Options{Profile: debug.Baseline, Target: "init"}, `null`,
			`targetContainerName: Target`,
			"Warning: the user of container init is unknown (the container does not run): the image must name a user other than " +
				"root, or set RunAs (--run-as UID[:GID])"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pods := startRich(t, test.pod)
			test.o.Image = "x"
			plan, notices := preview(t, pods, "rich", test.o)
			require.Equal(t, test.security, securityOf(t, plan))
			var from []string
			for _, setting := range plan.Settings {
				from = append(from, strings.TrimPrefix(setting.Path, "securityContext.")+": "+setting.From)
			}
			require.Equal(t, test.sources, strings.Join(from, "; "))
			require.Equal(t, test.notices, strings.Join(notices, "\n"))
		})
	}
}

func TestTheInheritedEnvironmentComesFirstInItsOrder(t *testing.T) {
	pods := startRich(t, "")
	o := debug.Options{Image: "x", EnvFrom: "app", Env: []resources.EnvVar{{Name: "N", Value: "3"}, {Name: "A",
		Value: "4"}, {Name: "N", Value: "$(N)5"}},
		Custom: parse(t, "env: [{name: B, value: plain}, {name: Z, value: null}]\nenvFrom: [{secretRef: {name: t}}]")}
	plan, _ := preview(t, pods, "rich", o)
	var c struct {
		EnvFrom []any `json:"envFrom"`
		Env     []any `json:"env"`
	}
	require.NoError(t, json.Unmarshal(plan.Container, &c))
	text, err := json.Marshal(c.Env, json.Deterministic(true))
	require.NoError(t, err)
	require.Equal(t, `[{"name":"A","value":"1"},{"name":"CPU","valueFrom":{"resourceFieldRef":{"containerName":"app",`+
		`"divisor":"0","resource":"limits.cpu"}}},`+
		`{"name":"OF","valueFrom":{"resourceFieldRef":{"containerName":"side","divisor":"0","resource":"limits.cpu"}}},`+
		``+
		`{"name":"B","value":"plain"},{"name":"A","value":"4"},`+
		`{"name":"N","value":"3"},{"name":"N","value":"$(N)5"},{"name":"Z"}]`, string(text),
		"of two of one name the last counts, and is replaced")
	require.Equal(t, []any{map[string]any{"configMapRef": map[string]any{"name": "c"}},
		map[string]any{"secretRef": map[string]any{"name": "t"}}}, c.EnvFrom)

	plan, _ = preview(t, pods, "rich", debug.Options{Image: "x", EnvFrom: "init"})
	require.Contains(t, string(plan.Container), `"env":[{"name":"I","value":"1"}]`)
}

func TestInheritedMountsOmitUnsupportedFields(t *testing.T) {
	pods := startRich(t, "")
	for name, test := range map[string]struct {
		o               debug.Options
		mounts, notices string
	}{
		"mounts with a subPath are left out": {debug.Options{MountsFrom: "app"},
			`[{"mountPath":"/data","name":"data"}]`,
			"Warning: leaving out the mounts of container app at /part, /expr: an ephemeral container cannot mount a " +
				"part of a volume (subPath)"},
		"custom changes a mount": {debug.Options{MountsFrom: "app", Custom: parse(t,
			`volumeMounts: [{mountPath: /data, readOnly: true}, {mountPath: /more, name: data}]`)},
			`[{"mountPath":"/data","name":"data","readOnly":true},{"mountPath":"/more","name":"data"}]`,
			"Warning: leaving out the mounts of container app at /part, /expr: an ephemeral container cannot mount a " +
				"part of a volume (subPath)"},
		"Bidirectional is removed": {debug.Options{MountsFrom: "root"},
			`[{"mountPath":"/host","name":"host"}]`,
			"Warning: the mounts of container root at /host do not propagate to the node (Bidirectional): that needs a " +
				"" +
				"privileged container"},
		"Bidirectional stays in a privileged container": {debug.Options{MountsFrom: "root", Profile: debug.Sysadmin},
			`[{"mountPath":"/host","mountPropagation":"Bidirectional","name":"host"}]`, ""},
		"custom may set Bidirectional in a privileged container": {debug.Options{MountsFrom: "root", Custom: parse(t,
			`securityContext: {privileged: true}`)},
			`[{"mountPath":"/host","mountPropagation":"Bidirectional","name":"host"}]`, ""},
		"custom may remove Bidirectional": {debug.Options{MountsFrom: "root", Profile: debug.Sysadmin,
			RunAs: &debug.RunAs{}, Custom: parse(t, `securityContext: {privileged: null}`)},
			`[{"mountPath":"/host","name":"host"}]`,
			"Warning: the mounts of container root at /host do not propagate to the node (Bidirectional): that needs a " +
				"" +
				"privileged container"},
		"a container without mounts": {debug.Options{MountsFrom: "init"}, `[]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.o.Image = "x"
			plan, notices := preview(t, pods, "rich", test.o)
			var c struct {
				VolumeMounts any `json:"volumeMounts"`
			}
			require.NoError(t, json.Unmarshal(plan.Container, &c))
			mounts, err := json.Marshal(withoutToken(c.VolumeMounts), json.Deterministic(true))
			require.NoError(t, err)
			require.Equal(t, test.mounts, string(mounts))
			require.Equal(t, test.notices, strings.Join(notices, "\n"))
		})
	}
}

// withoutToken removes the mount that the server adds to each container.
func withoutToken(mounts any) (kept []any) {
	list, _ := mounts.([]any)
	for _, mount := range list {
		path := mount.(map[string]any)["mountPath"]
		if path != "/var/run/secrets/kubernetes.io/serviceaccount" {
			kept = append(kept, mount)
		}
	}
	return kept
}

func TestAContainerToInheritFromMustBeInThePod(t *testing.T) {
	pods := startRich(t, "")
	for name, o := range map[string]debug.Options{"securityContext": {SecurityContextFrom: "none"},
		"mounts": {MountsFrom: "none"}, "environment": {EnvFrom: "none"}} {
		o.Image = "x"
		_, err := debug.Preview(within(t), pods, "rich", o)
		require.EqualError(t, err, `debug: pod rich has no container "none": it has app, side, root, init (init)`, name)
	}
}

func TestSettingsAreInheritedFromAnEphemeralContainerToo(t *testing.T) {
	_, pods := start(t)
	o := options("sleep", "60")
	o.Name, o.Profile, o.Env = "first", debug.Netadmin, []resources.EnvVar{{Name: "A", Value: "1"}, {Name: "CPU",
		ValueFrom: &resources.EnvVarSource{ResourceFieldRef: &resources.ResourceFieldSelector{Resource: "limits.cpu"}}}}
	_, err := debug.Run(within(t), pods, "distroless", o)
	require.NoError(t, err)
	plan, _ := preview(t, pods, "distroless", debug.Options{Image: "x", EnvFrom: "first", SecurityContextFrom: "first"})
	require.Equal(t, `{"capabilities":{"add":["NET_ADMIN","NET_RAW"]}}`, securityOf(t, plan))
	require.Contains(t, string(plan.Container), `{"name":"A","value":"1"}`)
	require.NotContains(t, string(plan.Container), "containerName",
		"an ephemeral container has no resources, and no resourceFieldRef can name it")
}

func TestTheUserComesFromTheProgramIdInTheTarget(t *testing.T) {
	server, pods := start(t)
	create := func(name, security string) {
		_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"` + name + `","namespace":"default"},"spec":{"nodeName":"kx-node","securityContext":` + security + `,
			"containers":[{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","600"]},{"name":"bare","image":"kx.local/distroless:1","imagePullPolicy":"Never"}]}}`)
		require.NoError(t, err)
		running(t, pods, name)
	}
	create("user", `{"runAsUser":1000}`)
	o := debug.Options{Image: "x", Profile: debug.Restricted, Target: "app"}
	plan, notices := preview(t, pods, "user", o)
	require.Contains(t, plan.Settings, debug.Setting{Path: "securityContext.runAsGroup",
		From: "the running container app"})
	require.Contains(t, securityOf(t, plan), `"runAsGroup":0,"runAsNonRoot":true,"seccompProfile"`,
		"the pod says the user")
	require.Empty(t, notices)

	o.Target = "bare"
	_, notices = preview(t, pods, "user", o)
	require.Len(t, notices, 1)
	require.Regexp(t, `^Warning: the group of container bare is unknown \(exec in pod user: id is not in container bare's image\): its files open only if`,
		notices[0])

	create("root", `{}`)
	o.Target = "app"
	_, notices = preview(t, pods, "root", o)
	require.Equal(t, []string{"Warning: container app runs as root, and runAsNonRoot keeps the new container from doing so: " +
		"choose an image with another user, or set RunAs (--run-as UID[:GID])"}, notices)
}

// running returns when the pod runs.
func running(t *testing.T, pods *resources.API[resources.Pod], name string) {
	t.Helper()
	for event, err := range pods.Watch(within(t), resources.ListOptions{FieldSelector: "metadata.name=" + name}) {
		require.NoError(t, err)
		if event.Object.Status.Phase == "Running" {
			return
		}
	}
}

func TestTheUserComesFromTheStatusBeforeTheProgramId(t *testing.T) {
	server, pods := start(t)
	_, err := server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"notices","namespace":"default"},"spec":{"schedulerName":"none","containers":[{"name":"app","image":"x"}]},
		"status":{"phase":"Running","containerStatuses":[{"name":"app","image":"x","imageID":"","ready":true,"restartCount":0,"state":{"running":{}},"user":{"linux":{"uid":70,"gid":71}}}]}}`)
	require.NoError(t, err)
	server.ForgetRequests()
	plan, notices := preview(t, pods, "notices", debug.Options{Image: "x", Profile: debug.Restricted})
	require.Contains(t, securityOf(t, plan), `"runAsGroup":71,"runAsNonRoot":true,"runAsUser":70`)
	require.Contains(t, plan.Settings, debug.Setting{Path: "securityContext.runAsUser",
		From: "the running container app"})
	require.Empty(t, notices)
	require.Len(t, server.Requests(), 1, "a GET of the pod only")
}

func TestCustomMustNotChangeTheStreamsOfAnAttach(t *testing.T) {
	_, pods := start(t)
	o := options("sh")
	o.Custom = parse(t, `tty: true`)
	plan, _ := preview(t, pods, "distroless", o)
	require.Contains(t, string(plan.Container), `"tty":true`)
	o.Stdin = strings.NewReader("")
	_, err := debug.Preview(within(t), pods, "distroless", o)
	require.EqualError(t, err, "debug: custom sets stdin, stdinOnce or tty to another value than attaching needs: "+
		"leave them out")
	o.Custom = parse(t, `stdin: true`)
	_, err = debug.Preview(within(t), pods, "distroless", o)
	require.NoError(t, err)
}

func TestVariablesAreEncodedLikeTheirModels(t *testing.T) {
	for _, v := range []resources.EnvVar{
		{Name: "A"}, {Name: "A", Value: "b", Unknown: []byte(`{"new":1}`)},
		{Name: "A", ValueFrom: &resources.EnvVarSource{Unknown: []byte(`{"new":{"a":1}}`)}},
		{Name: "A", ValueFrom: &resources.EnvVarSource{FieldRef: &resources.ObjectFieldSelector{APIVersion: "v1",
			FieldPath: "metadata.name", Unknown: []byte(`{"new":1}`)}}},
		{Name: "A",
			ValueFrom: &resources.EnvVarSource{ResourceFieldRef: &resources.ResourceFieldSelector{ContainerName: "c",
				Resource: "limits.cpu", Divisor: resources.MustQuantity("1m"), Unknown: []byte(`{"new":1}`)}}},
		{Name: "A", ValueFrom: &resources.EnvVarSource{ConfigMapKeyRef: &resources.ConfigMapKeySelector{Name: "n",
			Key: "k", Optional: new(false), Unknown: []byte(`{"new":1}`)}}},
		{Name: "A", ValueFrom: &resources.EnvVarSource{SecretKeyRef: &resources.SecretKeySelector{Name: "n", Key: "k",
			Optional: new(true), Unknown: []byte(`{"new":1}`)}}},
		{Name: "A", ValueFrom: &resources.EnvVarSource{FileKeyRef: &resources.FileKeySelector{VolumeName: "v",
			Path: "p", Key: "k", Optional: new(true), Unknown: []byte(`{"new":1}`)}}},
	} {
		want, err := json.Marshal(v)
		require.NoError(t, err)
		got, err := json.Marshal(debug.EnvVarJSON(&v))
		require.NoError(t, err)
		require.JSONEq(t, string(want), string(got))
	}
}
