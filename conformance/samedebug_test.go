package conformance_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
)

// copiedPod has what the flags of a copy keep or drop. No node runs it.
const copiedPod = `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME","labels":{"app":"NAME"},"annotations":{"example.com/a":"1"}},
	"spec":{"schedulerName":"none","automountServiceAccountToken":false,"initContainers":[{"name":"setup","image":"kx.local/busybox:1"}],
	"containers":[{"name":"app","image":"kx.local/busybox:1","command":["sleep","3600"],"livenessProbe":{"exec":{"command":["true"]}},
	"readinessProbe":{"exec":{"command":["true"]}},"startupProbe":{"exec":{"command":["true"]}}}]}}`

// debugPodForms are command lines of kx debug and kubectl debug that create a pod.
func debugPodForms() (forms []string) {
	for _, profile := range debug.Profiles() {
		if profile == debug.Auto { // which kubectl has not
			continue
		}
		for _, form := range []string{"node/kx-node -c tools", "SOURCE --copy-to=COPY -c tools", "SOURCE --copy-to=COPY -c app"} {
			forms = append(forms, form+" --profile="+string(profile))
		}
	}
	for _, flag := range []string{
		"--set-image=app=a:1", "--share-processes=false", "--same-node", "--keep-labels", "--keep-annotations", "--keep-liveness", "--keep-readiness",
		"--keep-startup", "--keep-init-containers=false", "--arguments-only", "--env=A=1", "-it", "--replace",
	} {
		forms = append(forms, "SOURCE --copy-to=COPY -c tools --profile=general "+flag)
	}
	return forms
}

// debugBesideKubectl are behaviours of pods that both programs create to debug.
func debugBesideKubectl() []behaviour {
	return []behaviour{{"kx debug and kubectl debug create the same copy and pod on a node under each profile and flag", func(t *testing.T, w *world) {
		for _, form := range debugPodForms() {
			theirs, ours := w.debugPodOf(t, w.kubectl, form), w.debugPodOf(t, w.kxProgram, form)
			if strings.Contains(form, "sysadmin") { // the pod's own user would have no permissions
				theirs = strings.Replace(theirs, `{"privileged":true}`, `{"privileged":true,"runAsUser":0}`, 1)
			}
			require.Equal(t, theirs, ours, form)
		}
	}}}
}

// debugPodOf returns the labels, the annotations and the spec of the pod that a command line
// creates, without names that differ each time. Both programs mark their pods with a label.
func (w *world) debugPodOf(t *testing.T, program, form string) string {
	t.Helper()
	source, name := w.name(), w.name()
	w.create(t, strings.ReplaceAll(copiedPod, "NAME", source))
	line := "debug " + strings.NewReplacer("SOURCE", source, "COPY", name).Replace(form) + " --attach=false --image " + image + " --image-pull-policy Never -- sleep 60"
	done := w.run(t, program, "", strings.Fields(line)...)
	require.Equal(t, 0, done.code, "%s: %s", line, done.stderr)
	if strings.HasPrefix(form, "node/") {
		name = regexp.MustCompile(`node-debugger-kx-node-\w{5}`).FindString(done.stdout + done.stderr)
	}
	w.deleteAtEnd(t, name)
	pod := w.get(t, name)
	delete(pod.Metadata.Labels, "app.kubernetes.io/managed-by")
	text, err := json.Marshal([]any{len(pod.Metadata.Labels), pod.Metadata.Labels["app"] == source, pod.Metadata.Annotations, pod.Spec})
	require.NoError(t, err)
	return regexp.MustCompile(`kube-api-access-\w{5}`).ReplaceAllString(string(text), "kube-api-access")
}
