package debug

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/resources"
)

func podWithImages(images ...string) *resources.PodOutline {
	pod := &resources.PodOutline{}
	for _, image := range images {
		pod.Spec.Containers = append(pod.Spec.Containers, resources.ContainerOutline{Name: "app", Image: image})
	}
	return pod
}

func TestTheTrustOfAnImageComesFromItsWholeName(t *testing.T) {
	digest := "sha256:" + strings.Repeat("0a", 32)
	pod := podWithImages("registry.example:5000/team/app:1", "registry.example:5000/team/tools/busybox:1",
		"ghcr.io/me/app@"+digest)
	pod.Spec.InitContainers = []resources.ContainerOutline{{Name: "init", Image: "localhost/setup"}}
	pod.Spec.EphemeralContainers = []resources.ContainerOutline{{Name: "old",
		Image: "registry.tenant-b.example/x/netshoot:1"}}
	policy, err := newImagePolicy(pod, []string{"quay.io/mine/*", "quay.io/other/netshoot:2",
		"quay.io/pinned/netshoot@" + digest})
	require.NoError(t, err)
	for image, want := range map[string]Trust{
		"registry.example:5000/team/tools/busybox:1": TrustPod,
		"registry.example:5000/team/tools/busybox:2": TrustFolder,
		"registry.example:5000/team/netshoot":        TrustFolder,
		"registry.example:5000/team/netshoot:v1":     TrustFolder,
		"ghcr.io/me/netshoot@" + digest:              TrustFolder,
		"localhost/busybox":                          TrustFolder,
		"registry.example:5000/team/x/netshoot:1":    TrustNone,
		"registry.example:5000/netshoot:1":           TrustNone,
		"registry.example/team/netshoot:1":           TrustNone, // another port is another registry
		"registry.example:5001/team/netshoot:1":      TrustNone,
		"Registry.example:5000/team/netshoot:1":      TrustNone,
		"localhost/x/busybox":                        TrustNone,
		"localhost:5000/busybox":                     TrustNone,

		// a runtime completes it to docker.io/library
		"busybox":                                   TrustWellKnown,
		"busybox:1.36":                              TrustWellKnown,
		"docker.io/busybox@" + digest:               TrustWellKnown,
		"docker.io/library/busybox:1@" + digest:     TrustWellKnown,
		"index.docker.io/library/alpine":            TrustWellKnown,
		"nicolaka/netshoot:v0.13":                   TrustWellKnown,
		"ghcr.io/nicolaka/netshoot:v0.13":           TrustWellKnown,
		"registry.k8s.io/e2e-test-images/busybox:1": TrustWellKnown,

		"docker.io.evil.example/library/busybox": TrustNone,
		"evil.example/docker.io/library/busybox": TrustNone,
		"docker.io/library/x/busybox":            TrustNone,
		"docker.io/Library/busybox":              TrustNone,
		"Docker.io/library/busybox":              TrustNone,
		"docker.io:443/library/busybox":          TrustNone,
		"library/netshoot/busybox":               TrustNone,
		"nicolaka-evil/netshoot":                 TrustNone,
		// an ephemeral container's image is not the pod's own
		"registry.tenant-b.example/x/netshoot:1": TrustNone,

		"quay.io/mine/netshoot:1":             TrustUser,
		"quay.io/other/netshoot:2":            TrustUser,
		"quay.io/other/netshoot:3":            TrustNone,
		"quay.io/mine/x/netshoot:1":           TrustNone,
		"quay.io/pinned/netshoot@" + digest:   TrustUser,
		"quay.io/pinned/netshoot:1@" + digest: TrustUser,
		"quay.io/pinned/netshoot:1":           TrustNone,
	} {
		require.Equal(t, want, policy.trust(imagename.Parse(image)), image)
	}
}

func TestAnImagePatternHasARegistry(t *testing.T) {
	for _, text := range []string{
		"", "*", "busybox", "nicolaka/netshoot", "*/busybox", "*.example.com/busybox", "[a].example/busybox",
		"registry.example.com", "registry.example.com/", "registry.example.com/[",
	} {
		_, err := newImagePolicy(podWithImages(), []string{text})
		require.ErrorContains(t, err, "is not valid: write REGISTRY/REPOSITORY", text)
	}
}

func TestTheWellKnownRepositoriesAreSortedValidAndDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/debug.md")
	require.NoError(t, err)
	require.True(t, slices.IsSorted(WellKnownRepositories()))
	for _, text := range WellKnownRepositories() {
		_, err := parseImagePattern(text)
		require.NoError(t, err)
		require.Contains(t, string(page), "\n    "+text+"\n")
	}
}

func TestAnImageNameIsPlainIfAShellReadsItAsOneWord(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for c := range 256 {
		char := string([]byte{byte(c)})
		require.Equal(t, strings.Contains(letters, char), plainImageName(char), "%q begins it", char)
		require.Equal(t, strings.Contains(letters+"._-/:@", char), plainImageName("a"+char), "%q", char)
	}
	require.False(t, plainImageName(""))
}
