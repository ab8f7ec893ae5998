package conformance_test

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
)

// leastRights are the Roles of deploy/rbac, each with the commands that together need all its
// rights. See fillIn for the words in capitals. A command that ends with -w is interrupted once it
// has printed a change.
var leastRights = map[string][]string{
	"get":          {"get pods", "get pod POD", "get pod POD -w"},
	"describe":     {"describe pod POD"},
	"logs":         {"logs POD", "logs -l name=POD"},
	"events":       {"events", "events --for pod/POD -w"},
	"wait":         {"wait pod/POD --for jsonpath={.metadata.labels.later}=yes"},
	"exec":         {"exec POD -- true"},
	"attach":       {"attach READER -iq"},
	"cp":           {"cp POD:/etc/passwd DIR", "cp FILE POD:/tmp/file"},
	"cp-via-debug": {"cp --via-debug --image IMAGE --image-pull-policy Never FRESH:/etc/passwd DIR"},
	"port-forward": {"port-forward"},
	"debug":        {"debug POD -i --image IMAGE --image-pull-policy Never -- true"},
	"debug-ls":     {"debug ls", "debug ls POD"},
	"debug-stop":   {"debug stop DEBUGGED --all"},
	"debug-copy":   {"debug POD -i --copy-to NEW --image IMAGE --image-pull-policy Never -- true"},
	"debug-pvc":    {"debug pvc/CLAIM -i --image IMAGE --image-pull-policy Never -- true"},
	"debug-node":   {"debug node/kx-node -i --image IMAGE --image-pull-policy Never -- true"},
	"image-load":   {"image load ARCHIVE --node kx-node --image IMAGE --image-pull-policy Never"},
	"create":       {"create -f NEWFILE"},
	"patch":        {`patch pod POD -p {"metadata":{"labels":{"a":"b"}}}`, "patch --type apply -f NEWFILE"},
	"replace":      {"replace -f PODFILE"},
	"delete":       {"delete pod UNSCHEDULED"},
}

// leastRoles are the behaviours of users who have the Roles of deploy/rbac.
func leastRoles() (all []behaviour) {
	for _, name := range slices.Sorted(maps.Keys(leastRights)) {
		all = append(all, behaviour{"with the Role deploy/rbac/" + name + ".yaml kx works, and with one right fewer the error names it",
			func(t *testing.T, w *world) {
				rights, pod := rightsOfFile(t, "../deploy/rbac/"+name+".yaml"), w.running(t)
				_, file := w.grant(t, "kx-"+name, rights...)
				for _, command := range leastRights[name] {
					said, err := w.with(t, file, command, pod, true)
					require.NoError(t, err, "%s: %s", command, said)
				}
				for i, left := range rights {
					_, file := w.grant(t, fmt.Sprintf("kx-%s-%d", name, i), slices.Delete(slices.Clone(rights), i, i+1)...)
					verb, resource, _ := strings.Cut(left, " ")
					names := regexp.MustCompile(`cannot ` + verb + ` resource "` + resource + `"|the verb ` + verb + ` for ` + resource).MatchString
					isNeeded, all := !w.isSuperfluous(t, left), ""
					for _, command := range leastRights[name] {
						said, err := w.with(t, file, command, pod, !isNeeded)
						all += said
						if isNeeded && names(said) {
							break
						}
						require.NoError(t, err, "%s, without %s: %s", command, left, said)
					}
					require.Equal(t, isNeeded, names(all), "without %s: %s", left, all)
				}
			}})
	}
	return all
}

// isSuperfluous reports whether an older server than 1.35 does not ask for a right of a stream.
func (w *world) isSuperfluous(t *testing.T, right string) bool {
	return strings.HasPrefix(right, "create pods/") && !slices.Contains(w.requiredRights(t), right)
}

// rightsOfFile returns the rights in a file with a Role, in its order.
func rightsOfFile(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	return rightsIn(t, string(text)+"---\n")
}

// with runs a command with a kubeconfig, and returns all that it prints. If changes is set, the pod
// changes while the command runs.
func (w *world) with(t *testing.T, file, command, pod string, changes bool) (said string, err error) {
	t.Helper()
	if command == "port-forward" {
		cfg, err := kubeconfig.Load(kubeconfig.Options{Path: file})
		require.NoError(t, err)
		cfg.Namespace = w.config.Namespace
		err = tasks[command](t, w, cfg, file)
		return fmt.Sprint(err), err
	}
	w.change(t, pod, "null")
	args := []string{"--kubeconfig", file, "-n", w.config.Namespace}
	for word := range strings.FieldsSeq(command) {
		args = append(args, w.fillIn(t, word, pod))
	}
	cmd := exec.CommandContext(within(t, commandLimit), w.kxProgram, args...)
	var stdout, stderr lockedBuffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader("hello\n"), &stdout, &stderr
	cmd.Env = append(os.Environ(), "KX_CONFIG="+os.DevNull, "KX_DEBUG_IMAGE=")
	require.NoError(t, cmd.Start())
	lasts := strings.HasSuffix(command, " -w")
	switch {
	case lasts && changes:
		eventually(t, "a change is printed", func() bool {
			w.change(t, pod, `"yes"`)
			return strings.Count(stdout.String(), "\n") > 2
		})
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
	case changes && strings.HasPrefix(command, "wait "):
		w.change(t, pod, `"yes"`)
	}
	err = cmd.Wait()
	if lasts && changes && stderr.String() == "" { // an interrupted watch ends with 1
		err = nil
	}
	return stdout.String() + stderr.String(), err
}

// change sets the label later of a pod, and counts it in an event.
func (w *world) change(t *testing.T, pod, later string) {
	t.Helper()
	_, err := w.pods.Patch(t.Context(), pod, patch.Merge(fmt.Sprintf(`{"metadata":{"labels":{"later":%s,"change":%q}}}`, later, w.name())))
	require.NoError(t, err)
	event := resources.Event{Type: "Normal", Reason: "Changed", Message: later, Metadata: resources.ObjectMeta{GenerateName: pod + "-"},
		InvolvedObject: resources.ObjectReference{Kind: "Pod", APIVersion: "v1", Namespace: w.config.Namespace, Name: pod}}
	_, err = resources.New[resources.Event](w.client).Create(t.Context(), &event)
	require.NoError(t, err)
}

// placeholders are the words in capitals of a command.
var placeholders = regexp.MustCompile(`[A-Z]{2,}`)

// fillIn replaces the words in capitals. POD is a running pod, FRESH a new one, READER one that
// reads stdin, DEBUGGED one with a debug container, UNSCHEDULED one on no node, and CLAIM a bound
// claim. NEW is a name that is free, NEWFILE a manifest of that name, PODFILE the manifest of the
// running pod, ARCHIVE has an image, and DIR and FILE are local.
func (w *world) fillIn(t *testing.T, word, pod string) string {
	t.Helper()
	return placeholders.ReplaceAllStringFunc(word, func(placeholder string) string {
		name := w.name()
		switch placeholder {
		case "POD":
			return pod
		case "FRESH":
			return w.running(t)
		case "READER":
			return w.ready(t, `{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","stdin":true,"stdinOnce":true,"command":["cat"]}`)
		case "DEBUGGED":
			w.debug(t, pod, debug.Options{Target: "app", Command: []string{"sleep", "3600"}})
			return pod
		case "UNSCHEDULED":
			return w.pod(t)
		case "CLAIM":
			return w.claim(t, "ReadWriteMany")
		case "IMAGE":
			return image
		case "ARCHIVE":
			archive, _ := w.packed(t)
			return archive
		case "DIR":
			return t.TempDir()
		case "FILE":
			return w.file(t, "file", "text")
		case "PODFILE":
			return w.file(t, "pod.json", encode(t, w.get(t, pod)))
		case "NEW":
			w.deleteAtEnd(t, name)
			return name
		case "NEWFILE":
			w.deleteAtEnd(t, name)
			return w.file(t, "new.json", fmt.Sprintf(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":%q},"spec":{"schedulerName":"none","containers":[{"name":"app","image":%q}]}}`, name, image))
		}
		require.Fail(t, placeholder)
		return ""
	})
}

// file writes a local file.
func (w *world) file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

func TestEachRoleOfDeployHasItsCommands(t *testing.T) {
	files, err := filepath.Glob("../deploy/rbac/*.yaml")
	require.NoError(t, err)
	want := []string{"../deploy/rbac/rolebinding.yaml"}
	for name := range leastRights {
		want = append(want, "../deploy/rbac/"+name+".yaml")
	}
	require.ElementsMatch(t, want, files)
}
