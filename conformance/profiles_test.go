package conformance_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// The containers of the pods for profiles. The first may run in a namespace that enforces
// restricted.
const (
	careful = `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"],` +
		`"securityContext":{"runAsNonRoot":true,"runAsUser":1000,"runAsGroup":3000,"allowPrivilegeEscalation":false,` +
		`"capabilities":{"drop":["ALL"]},"seccompProfile":{"type":"RuntimeDefault"}}}`
	plain = `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}`
)

// profiles are the behaviours of profiles, and of settings that a debug container takes from the
// pod.
func profiles() []behaviour {
	all := []behaviour{
		{"complaint #117130, restricted pod security refuses debug: the profile auto is the first that the server " +
			"admits", func(t *testing.T, w *world) {
			for _, test := range []struct {
				labels []string
				want   debug.Profile
				why    string
			}{
				{nil, debug.General, `^Using profile general: the server admits it$`},
				{[]string{"enforce=baseline"}, debug.Baseline,
					`^Using profile baseline: the server refuses general: pods "\S+" is forbidden: violates ` +
						`PodSecurity "baseline:latest": ` +
						`non-default capabilities \(container "debugger" must not include "SYS_PTRACE" in ` +
						`securityContext.capabilities.add\)$`},
				{[]string{"enforce=restricted"}, debug.Restricted,
					`^Using profile restricted: the server refuses baseline: pods "\S+" is forbidden: violates ` +
						`PodSecurity "restricted:latest": allowPrivilegeEscalation != false`},
			} {
				s := w.secured(t, test.labels...)
				o, told := sleeping(test.want)
				o.Profile = debug.Auto
				res, err := debug.Run(within(t, waitLimit), s.pods, s.ready(t, careful), o)
				require.NoError(t, err)
				require.True(t, res.Running)
				require.Equal(t, test.want, res.Plan.Profile)
				require.Len(t, *told, 1)
				require.Regexp(t, test.why, (*told)[0])
			}
		}},
		{"auto prints the profiles that it tried, and the server's last refusal", func(t *testing.T, w *world) {
			s := w.secured(t, "enforce=restricted")
			o, _ := sleeping(debug.Auto)
			o.Custom = custom(t, `securityContext: {runAsNonRoot: false}`)
			name := s.ready(t, careful)
			_, err := debug.Run(within(t, waitLimit), s.pods, name, o)
			require.ErrorContains(t, err, `under each of the profiles general, baseline and restricted; the last `+
				`refusal: PATCH `)
			require.ErrorContains(t, err, `pods "`+name+`" is forbidden: violates PodSecurity "restricted:latest": `+
				`runAsNonRoot != true (container "debugger" must not set securityContext.runAsNonRoot=false)`)
			s.has(t, name)
		}},
		{"auto tries no other profile when a right is missing", func(t *testing.T, w *world) {
			cfg, _ := w.addUser(t, "auto-onlooker", right{[]string{"get", "list", "watch"}, []string{"pods"}})
			o, told := sleeping(debug.Auto)
			_, err := debug.Run(within(t, waitLimit), resources.New[resources.Pod](connect(t, cfg)), w.running(t), o)
			require.ErrorContains(t, err, `cannot patch resource "pods/ephemeralcontainers"`)
			require.NotContains(t, err.Error(), "restricted")
			require.Empty(t, *told)
		}},
		{"a second run with auto adopts its container", func(t *testing.T, w *world) {
			s := w.secured(t, "enforce=baseline")
			name := s.ready(t, careful)
			o, _ := sleeping(debug.Auto)
			_, err := debug.Run(within(t, waitLimit), s.pods, name, o)
			require.NoError(t, err)
			res, err := debug.Run(within(t, waitLimit), s.pods, name, o)
			require.NoError(t, err)
			require.True(t, res.Adopted)
			s.has(t, name, "debugger")
		}},
		{"complaint #113006 and kubectl#1781, runAsNonRoot pods: under restricted /proc/1/root of a target that runs " +
			"as another user opens", func(t *testing.T, w *world) {
			s := w.secured(t, "enforce=restricted")
			name := s.ready(t, careful)
			o, told := sleeping(debug.Restricted)
			require.Equal(t, "1000\n3000\nbin\n", s.output(t, name, o, "id -u; id -g; cd /proc/1/root && ls -d bin"))
			require.Empty(t, *told)

			o.Name, o.RunAs = "other", &debug.RunAs{User: 1000, Group: new(int64(1))}
			require.Equal(t, "1000\n1\nclosed\n", s.output(t, name, o,
				"id -u; id -g; ls /proc/1/root/bin >/dev/null 2>&1 || echo closed"),
				"or else the first proves nothing")
		}},
		{"the target's user and group come from the pod's specification or from the running target", func(t *testing.T,
			w *world) {
			name := w.startWith(t, `"securityContext":{"runAsNonRoot":true,"runAsUser":1234},`, plain)
			o, _ := sleeping(debug.Restricted)
			require.Equal(t, "1234\n0\nbin\n", w.output(t, name, o, "id -u; id -g; cd /proc/1/root && ls -d bin"))
			o.Name, o.DryRun = "other", true
			res, err := debug.Run(within(t, waitLimit), w.pods, name, o)
			require.NoError(t, err)
			require.Contains(t, res.Plan.Settings, debug.Setting{Path: "securityContext.runAsGroup",
				From: "the running container app"})
		}},
		{"a target that runs as root is a warning where root is forbidden", func(t *testing.T, w *world) {
			o, told := sleeping(debug.Restricted)
			o.DryRun = true
			_, err := debug.Run(within(t, waitLimit), w.pods, w.running(t), o)
			require.NoError(t, err)
			require.Equal(t, []string{"Warning: container app runs as root, and runAsNonRoot keeps the new " +
				"container from doing so: choose an image with another user, or set RunAs (--run-as UID[:GID])"}, *told)
		}},
		{"complaint kubectl#1650, sysadmin without effect under non-root: the container runs as root, with a warning",
			func(t *testing.T, w *world) {
				name := w.startWith(t, `"securityContext":{"runAsNonRoot":true,"runAsUser":1000},`, plain)
				o, told := sleeping(debug.Sysadmin)
				require.Equal(t, "0\n", w.output(t, name, o, "id -u"))
				require.Equal(t, []string{"Warning: profile sysadmin runs the container as root, although the pod sets " +
					"runAsUser or runAsNonRoot"}, *told)
			}},
		{"a container inherits the rights of another, and has a profile's rights only if a profile is set", func(t *testing.T,
			w *world) {
			name := w.ready(t, careful)
			o, _ := sleeping("")
			o.SecurityContextFrom = "app"
			require.Equal(t, "1000\n3000\n", w.output(t, name, o, "id -u; id -g"))
			added := w.get(t, name)
			require.Equal(t, encode(t, added.Spec.Containers[0].SecurityContext), encode(t,
				added.Spec.EphemeralContainers[0].SecurityContext))
		}},
		{"complaint kubectl#1071, no volume mounts: kx copies the mounts of another container, and names mounts that it cannot copy", func(t *testing.T, w *world) {
			settings := w.configMap(t)
			name := w.startWith(t, `"volumes":[{"name":"data","configMap":{"name":"`+settings+`"}},{"name":"more",`+
				`"emptyDir":{}}],`,
				`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"],`+
					`"volumeMounts":[{"name":"data","mountPath":"/data","readOnly":true},`+
					`{"name":"more","mountPath":"/part","subPath":"a"},{"name":"more","mountPath":"/own",`+
					`"subPathExpr":"b"},{"name":"more","mountPath":"/more"}]}`)
			o, told := sleeping(debug.Baseline)
			o.MountsFrom = "app"
			require.Equal(t, "debug", w.output(t, name, o, "cat /data/LEVEL"))
			require.Equal(t, []string{"Warning: leaving out the mounts of container app at /part, /own: an ephemeral " +
				"container cannot mount a part of a volume (subPath)"}, *told)
			require.Len(t, w.get(t, name).Spec.EphemeralContainers[0].VolumeMounts, 2)
		}},
		{"complaint kubectl#1486, no env and no envFrom: kx copies the variables of another container in order, and --env replaces one in place", func(t *testing.T, w *world) {
			settings := w.configMap(t)
			name := w.ready(t, fmt.Sprintf(`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"],"resources":{"limits":{"memory":"64Mi"}},
				"envFrom":[{"prefix":"SET_","configMapRef":{"name":%q}}],"env":[{"name":"Z","value":"last"},
					{"name":"A","value":"$(Z) first"},{"name":"MEM",
					"valueFrom":{"resourceFieldRef":{"resource":"limits.memory"}}},
				{"name":"POD","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]}`, settings))
			o, _ := sleeping(debug.Baseline)
			o.EnvFrom, o.Env = "app", []resources.EnvVar{{Name: "NEW", Value: "$(A)"}, {Name: "Z", Value: "mine"}}
			require.Equal(t, "debug\nmine\nmine first\n67108864\n"+name+"\nmine first\n", w.output(t, name, o,
				`printf '%s\n' "$SET_LEVEL" "$Z" "$A" "$MEM" "$POD" "$NEW"`))
			var order []string
			for _, v := range w.get(t, name).Spec.EphemeralContainers[0].Env {
				order = append(order, v.Name)
			}
			require.Equal(t, "Z A MEM POD NEW", strings.Join(order, " "))
		}},
		{"custom takes precedence over the profile, and --run-as over both", func(t *testing.T, w *world) {
			o, _ := sleeping(debug.General)
			o.Custom = custom(t, `{"securityContext":{"runAsUser":5,"capabilities":{"add":["NET_RAW"]},`+
				`"readOnlyRootFilesystem":true},"env":[{"name":"A","value":"b"}],"workingDir":"/tmp"}`)
			o.RunAs = &debug.RunAs{User: 7, Group: new(int64(8))}
			name := w.running(t)
			require.Equal(t, "7\n8\n/tmp\nb\n", w.output(t, name, o, "id -u; id -g; pwd; echo $A"))
			added := w.get(t, name).Spec.EphemeralContainers[0].SecurityContext
			require.Equal(t, []string{"SYS_PTRACE", "NET_RAW"}, added.Capabilities.Add)
			require.True(t, *added.ReadOnlyRootFilesystem)
		}},
		{"kx patch accepts the patch that a dry run of kx debug prints", func(t *testing.T, w *world) {
			w.patchFromDryRun(t,
				w.kxProgram)
		}},
	}
	for _, test := range []struct {
		label  string
		passes []debug.Profile
	}{
		{"baseline", []debug.Profile{debug.Baseline, debug.Restricted, debug.Legacy}},
		{"restricted", []debug.Profile{debug.Restricted}},
	} {
		for _, profile := range debug.Profiles() {
			if profile == debug.Auto {
				continue
			}
			does := "is refused"
			if slices.Contains(test.passes, profile) {
				does = "runs"
			}
			all = append(all, behaviour{fmt.Sprintf("a debug container of the profile %s %s in a namespace that "+
				"enforces %s", profile, does, test.label), func(t *testing.T, w *world) {
				s := w.secured(t, "enforce="+test.label)
				o, _ := sleeping(profile)
				res, err := debug.Run(within(t, waitLimit), s.pods, s.ready(t, careful), o)
				if does == "runs" {
					require.NoError(t, err)
					require.True(t, res.Running)
					return
				}
				require.ErrorContains(t, err, `violates PodSecurity "`+test.label+`:latest"`)
			}})
		}
	}
	return all
}

// sleeping returns the options of a container that sleeps under a profile, and its notices.
func sleeping(profile debug.Profile) (o debug.Options, told *[]string) {
	told = &[]string{}
	return debug.Options{Name: "debugger", Image: image, ImagePullPolicy: "Never", Target: "app", Profile: profile,
		Command: []string{"sleep", "60"},
		Notice: func(text string) {
			if !isTargetNotice(text) && !isNodeNotice(text) {
				*told = append(*told, text)
			}
		}}, told
}

func custom(t *testing.T, text string) *debug.Custom {
	t.Helper()
	c, err := debug.ParseCustom([]byte(text))
	require.NoError(t, err)
	return c
}

// configMap creates a ConfigMap with LEVEL=debug.
func (w *world) configMap(t *testing.T) string {
	t.Helper()
	name := w.name()
	kind, err := resources.Discover(t.Context(), w.client, "configmaps")
	require.NoError(t, err)
	_, err = resources.ForKind(w.client, kind).CreateRaw(t.Context(), fmt.Appendf(nil,
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":%q},"data":{"LEVEL":"debug"}}`, name))
	require.NoError(t, err)
	return name
}

// output returns what a script prints in a debug container, which must succeed.
func (w *world) output(t *testing.T, pod string, o debug.Options, script string) string {
	t.Helper()
	var stdout bytes.Buffer
	o.Command, o.Stdin, o.Stdout = []string{"sh"}, strings.NewReader(script), &stdout
	res, err := debug.Run(within(t, waitLimit), w.pods, pod, o)
	require.NoError(t, err)
	require.Equal(t, 0, res.ExitCode, stdout.String())
	return stdout.String()
}

// patchFromDryRun sends the patch that dry runs of kx debug print, with a program that has the
// command patch, and requires that it adds the container that they show.
func (w *world) patchFromDryRun(t *testing.T, program string) {
	for _, format := range []string{"yaml", "json"} {
		name := w.pod(t, "first")
		args := strings.Fields("debug " + name + " -c debugger --profile restricted --run-as 1000 --image " +
			"" + image + " --target app --env A=b --dry-run=server -o " + format + " -- sleep 60")
		printed := w.kx(t, "", args...)
		require.Equal(t, 0, printed.code, printed.stderr)
		w.has(t, name, "first")
		if format == "yaml" {
			require.Contains(t, printed.stdout, "runAsNonRoot: true # profile restricted\n")
			require.Contains(t, printed.stdout, "runAsUser: 1000 # --run-as\n")
		} else {
			require.Contains(t, printed.stderr, "securityContext.runAsNonRoot: profile restricted\n")
		}
		done := w.run(t, program, "", "patch", "pod", name, "--subresource", "ephemeralcontainers", "--type",
			"strategic", "-p", printed.stdout)
		require.Equal(t, 0, done.code, done.stderr)
		w.has(t, name, "first", "debugger")
		c := w.get(t, name).Spec.EphemeralContainers[1]
		require.Equal(t, int64(1000), *c.SecurityContext.RunAsUser)
		require.Equal(t, []resources.EnvVar{{Name: "A", Value: "b"}}, c.Env)
		require.Equal(t, "app", c.TargetContainerName)
	}
}
