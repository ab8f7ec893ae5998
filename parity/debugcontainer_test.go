package parity_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// containerCase is a command line of kubectl debug that adds a container to a pod, and the Options
// of kx for the same.
type containerCase struct {
	flags   []string
	change  func(*debug.Options)
	differs func(pod *corev1.Pod, c *corev1.EphemeralContainer)
}

// containerCases are each profile and each flag of a container, by sentence. The sentences name the
// differences.
func containerCases(t *testing.T) map[string]containerCase {
	all := map[string]containerCase{
		"a target":        {[]string{"--target=app"}, func(o *debug.Options) { o.Target = "app" }, nil},
		"the pull policy": {[]string{"--image-pull-policy=Never"}, func(o *debug.Options) { o.ImagePullPolicy = "Never" }, nil},
		"a terminal": {[]string{"-it", "--attach=false"},
			func(o *debug.Options) { o.OpenStdin, o.TTY = true, true }, nil},
		"stdin without a session": {[]string{"-i", "--attach=false"}, func(o *debug.Options) { o.OpenStdin = true }, nil},
		"arguments": {[]string{"--arguments-only"},
			func(o *debug.Options) { o.Command, o.Args = nil, o.Command }, nil},
		"a variable": {[]string{"--env=B=2"},
			func(o *debug.Options) { o.Env = []resources.EnvVar{{Name: "B", Value: "2"}} }, nil},
		"without notices": {[]string{"--quiet"}, func(*debug.Options) {}, nil},
	}
	for _, profile := range kubectlProfiles {
		c := containerCase{[]string{"--profile=" + string(profile)}, func(o *debug.Options) { o.Profile = profile }, nil}
		sentence := "profile " + string(profile)
		if profile == debug.Sysadmin {
			sentence += " runs as root, where kubectl leaves the user"
			c.differs = func(pod *corev1.Pod, c *corev1.EphemeralContainer) {
				c.SecurityContext.RunAsUser = new(int64(0))
				if pod.Spec.SecurityContext != nil && pod.Spec.SecurityContext.RunAsNonRoot != nil {
					c.SecurityContext.RunAsNonRoot = new(false)
				}
			}
		}
		all[sentence] = c
	}
	for _, custom := range customCases(t) {
		all[custom.sentence] = containerCase{[]string{"--custom=" + custom.file},
			func(o *debug.Options) { o.Custom = custom.parsed },
			func(_ *corev1.Pod, c *corev1.EphemeralContainer) {
				common := corev1.Container(c.EphemeralContainerCommon)
				custom.differs(&common)
			}}
	}
	return all
}

// The container that kx adds to a pod is that of kubectl but for what docs/debug.md says.
func TestTheDebugContainersAreThoseOfKubectl(t *testing.T) {
	_, pods, config := startDebugServer(t)
	for sentence, c := range containerCases(t) {
		for source, document := range sourcePods {
			t.Run(sentence+" "+source, func(t *testing.T) {
				_, err := pods.CreateRaw(t.Context(), []byte(document))
				require.NoError(t, err)
				line := append([]string{source, "--image=" + tools, "-c", "theirs", "--profile=general"}, c.flags...)
				runKubectlDebug(t, config, append(line, "--", "sleep", "60"))
				o := debug.Options{Name: "ours", Image: tools, Command: []string{"sleep", "60"}, NoWait: true}
				c.change(&o)
				_, err = debug.Run(t.Context(), pods, source, o)
				require.NoError(t, err)
				stored, err := pods.Get(t.Context(), source)
				require.NoError(t, err)
				_, err = pods.Delete(t.Context(), source, resources.GracePeriod(0))
				require.NoError(t, err)
				document, err := json.Marshal(stored)
				require.NoError(t, err)
				var pod corev1.Pod
				require.NoError(t, json.Unmarshal(document, &pod))
				require.Len(t, pod.Spec.EphemeralContainers, 2)
				want, got := &pod.Spec.EphemeralContainers[0], &pod.Spec.EphemeralContainers[1]
				want.Name = got.Name
				if c.differs != nil {
					c.differs(&pod, want)
				}
				require.Empty(t, cmp.Diff(want, got), "kubectl -, kx +")
			})
		}
	}
}
