package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// onClaim returns options for a pod that mounts a claim.
func onClaim(command ...string) (o debug.ClaimOptions, stdout *bytes.Buffer) {
	node, stdout := onNode(command...)
	o.Options = node.Options
	return o, stdout
}

// claim creates a bound claim with an access mode, and returns its name. On a cluster its volume is
// a folder of the node; kxtest has no controller that binds a claim.
func (w *world) claim(t *testing.T, mode string) string {
	t.Helper()
	claims := resources.New[resources.PersistentVolumeClaim](w.client)
	name := w.name()
	volume := w.config.Namespace + "-" + name
	if *e2e {
		w.volume(t, volume, name, mode)
	}
	_, err := claims.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"v1","kind":"PersistentVolumeClaim",
		"metadata":{"name":%q},"spec":{"storageClassName":"","volumeName":%q,"accessModes":[%q],
		"resources":{"requests":{"storage":"1Gi"}}}}`, name, volume, mode))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := claims.Delete(atEnd(t), name)
		require.NoError(t, err)
	})
	if !*e2e {
		_, err = subresource.Status(claims).Patch(t.Context(), name, patch.Merge(`{"status":{"phase":"Bound"}}`))
		require.NoError(t, err)
	}
	require.NoError(t, resources.WaitFor(within(t, waitLimit), resources.As[resources.Object](claims), name,
		resources.JSONPath("{.status.phase}", "Bound")))
	return name
}

// volume creates a volume for a claim: a folder of the node.
func (w *world) volume(t *testing.T, name, claim, mode string) {
	t.Helper()
	volumes := resources.ForKind(w.client, resources.Kind{Version: "v1", Kind: "PersistentVolume",
		Resource: "persistentvolumes"})
	folder := filepath.Join(os.TempDir(), name)
	_, err := volumes.CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"v1","kind":"PersistentVolume",
		"metadata":{"name":%q},"spec":{"storageClassName":"","capacity":{"storage":"1Gi"},"accessModes":[%q],
		"claimRef":{"namespace":%q,"name":%q},"persistentVolumeReclaimPolicy":"Retain",
		"hostPath":{"path":%q,"type":"DirectoryOrCreate"}}}`, name, mode, w.config.Namespace, claim, folder))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := volumes.Delete(atEnd(t), name)
		require.NoError(t, err)
		require.NoError(t, os.RemoveAll(folder)) // it is there if the node is this machine
	})
}

// mounting creates a running pod that mounts a claim at /data, with further members of its spec.
func (w *world) mounting(t *testing.T, claim, members string) string {
	t.Helper()
	return w.startWith(t, fmt.Sprintf(`%s"volumes":[{"name":"data","persistentVolumeClaim":{"claimName":%q}}],`, members,
		claim), `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"],`+
		`"volumeMounts":[{"name":"data","mountPath":"/data"}]}`)
}

// debugClaims are the behaviours of pods that mount a claim.
func debugClaims() []behaviour {
	return []behaviour{
		{"kx debug pvc/NAME has the claim at /pvc and the program's exit code, and is removed at the end",
			func(t *testing.T, w *world) {
				claim := w.claim(t, "ReadWriteMany")
				o, stdout := onClaim("sh", "-c", "test -d /pvc && echo mounted; exit 5")
				res, err := debug.RunOnClaim(within(t, waitLimit), w.pods, claim, o)
				require.NoError(t, err)
				require.Equal(t, 5, res.ExitCode)
				require.Equal(t, "mounted\n", stdout.String())
				require.True(t, res.Removed)
				w.awaitGone(t, res.Pod)
			}},
		{"a ReadWriteOnce claim is debugged on the node of the pod that mounts it, with its fsGroup and images",
			func(t *testing.T, w *world) {
				claim := w.claim(t, "ReadWriteOnce")
				user := w.mounting(t, claim, `"securityContext":{"fsGroup":2000},`)
				o, _ := onClaim("sleep", "600")
				var notices []string
				o.Image, o.Stdout, o.Notice = debug.AutoImage, nil, func(text string) { notices = append(notices, text) }
				res, err := debug.RunOnClaim(within(t, waitLimit), w.pods, claim, o)
				require.NoError(t, err)
				w.deleteAtEnd(t, res.Pod)
				pod := w.get(t, res.Pod)
				require.Equal(t, "kx-node", pod.Spec.NodeName)
				require.EqualValues(t, 2000, *pod.Spec.SecurityContext.FSGroup)
				require.Contains(t, notices, fmt.Sprintf("Using node kx-node, where pod %s mounts claim %s", user, claim))
				require.Contains(t, notices, "Using image "+image+" from node kx-node (shell and common tools)")
				users, err := debug.PodsOfClaim(within(t, waitLimit), w.pods, claim, resources.ListOptions{})
				require.NoError(t, err)
				require.Len(t, users, 2)
				stopped := w.kx(t, "", "debug", "stop", "pvc/"+claim)
				require.Equal(t, 0, stopped.code, stopped.stderr)
				require.Contains(t, stopped.stdout, "pod/"+res.Pod+": debugger was removed with its pod")
				w.awaitGone(t, res.Pod)
			}},
		{"a ReadWriteOncePod claim of a pod is refused with the pod's name, and debugged without that pod",
			func(t *testing.T, w *world) {
				claim := w.claim(t, "ReadWriteOncePod")
				user := w.mounting(t, claim, "")
				o, stdout := onClaim("echo", "mounted")
				_, err := debug.RunOnClaim(within(t, waitLimit), w.pods, claim, o)
				var failed *debug.ClaimError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, "ClaimInUse", failed.Reason)
				require.Contains(t, failed.Message, "pod "+user+" mounts it")
				_, err = w.pods.Delete(within(t, waitLimit), user, resources.GracePeriod(0))
				require.NoError(t, err)
				w.awaitGone(t, user)
				_, err = debug.RunOnClaim(within(t, waitLimit), w.pods, claim, o)
				require.NoError(t, err)
				require.Equal(t, "mounted\n", stdout.String())
			}},
		{"kx debug of a claim that does not exist fails, and creates nothing", func(t *testing.T, w *world) {
			o, _ := onClaim("true")
			_, err := debug.RunOnClaim(within(t, waitLimit), w.pods, "no-such", o)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"kx debug -f uses the pod that a file names, in the file's namespace", func(t *testing.T, w *world) {
			name := w.running(t)
			manifest := fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q,"namespace":%q}}`, name,
				w.config.Namespace)
			done := w.kx(t, manifest, debugs("-f", "-", "-q")...)
			require.Equal(t, result{stdout: "pod/" + name + ": debugger\n"}, done)
		}},
		{"kx debug --profile finds a profile of one's own, and kubectl takes the same file", func(t *testing.T, w *world) {
			config := t.TempDir()
			file := filepath.Join(config, "kx", "profiles", "mine.yaml")
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
			require.NoError(t, os.WriteFile(file, []byte("env:\n- name: A\n  value: \"1\"\nsecurityContext:\n"+
				"  capabilities:\n    add:\n    - NET_ADMIN\n"), 0o600))
			name := w.running(t)
			env := []string{"XDG_CONFIG_HOME=" + config}
			done := w.as(t, identity{file: w.kubeconfig, env: env}, "debug", name, "-q", "-c", "own", "--profile", "mine",
				"--image", image, "--image-pull-policy", "Never", "--", "sleep", "60")
			require.Equal(t, 0, done.code, done.stderr)
			c := w.get(t, name).Spec.EphemeralContainers[0]
			require.Equal(t, []string{"SYS_PTRACE", "NET_ADMIN"}, c.SecurityContext.Capabilities.Add)
			require.Equal(t, []resources.EnvVar{{Name: "A", Value: "1"}}, c.Env)
			if w.kubectl == "" {
				return
			}
			theirs := w.running(t)
			done = w.run(t, w.kubectl, "", "debug", theirs, "-c", "own", "--profile", "general", "--custom", file, "--image", image,
				"--image-pull-policy", "Never", "--", "sleep", "60")
			require.Equal(t, 0, done.code, done.stderr)
			k := w.get(t, theirs).Spec.EphemeralContainers[0]
			require.Subset(t, c.SecurityContext.Capabilities.Add, k.SecurityContext.Capabilities.Add)
			require.Equal(t, c.Env, k.Env)
		}},
	}
}
