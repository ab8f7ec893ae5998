package conformance_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// filesCommand are behaviours of the verbs of kx with -f.
func filesCommand() []behaviour {
	return []behaviour{
		{"kx patch --type apply -f creates the objects of a folder, and a second run changes nothing", func(t *testing.T, w *world) {
			name := w.name()
			folder := manifests(t, map[string]string{"a.yaml": configMap(name+"-a", "1"), "sub/b.yml": configMap(name+"-b", "1")})
			lines := func(suffix string) result {
				return result{stdout: fmt.Sprintf("configmap/%[1]s-a serverside-applied%[2]s\nconfigmap/%[1]s-b serverside-applied%[2]s\n", name, suffix)}
			}
			apply := []string{"patch", "--type", "apply", "-f", folder, "-R"}
			require.Equal(t, lines(" (server dry run)"), w.kx(t, "", append(apply, "--dry-run=server")...))
			maps := resources.New[resources.ConfigMap](w.client)
			_, err := maps.Get(t.Context(), name+"-a")
			require.ErrorIs(t, err, transport.ErrNotFound)
			require.Equal(t, lines(""), w.kx(t, "", apply...))
			before, err := maps.Get(t.Context(), name+"-b")
			require.NoError(t, err)
			require.Equal(t, []string{"kx Apply"}, managersOf(before))
			require.Equal(t, lines(""), w.kx(t, "", apply...))
			after, err := maps.Get(t.Context(), name+"-b")
			require.NoError(t, err)
			require.Equal(t, before.Metadata.ResourceVersion, after.Metadata.ResourceVersion)
			require.Equal(t, 0, w.kx(t, "", "delete", "-f", folder, "-R").code)
		}},
		{"kx patch --type apply explains a conflict, and takes the fields over by force or as their manager", func(t *testing.T, w *world) {
			name := w.name()
			require.Equal(t, 0, w.kx(t, configMap(name, "1"), "patch", "--type", "apply", "-f", "-", "--field-manager", "first").code)
			require.Equal(t, 0, w.kx(t, "", "patch", "cm", name, "--type", "merge", "-p", `{"data":{"b":"1"}}`, "--field-manager", "second").code)
			text := configMap(name, "2") + "  b: \"2\"\n"
			refusal := w.kx(t, text, "patch", "--type", "apply", "-f", "-")
			require.Equal(t, 1, refusal.code)
			require.Empty(t, refusal.stdout)
			require.Regexp(t, `^error: stdin: PATCH \S+: Apply failed with 2 conflicts: .* \(409\)
  manager "first" has applied:
  - \.data\.a: the object has "1", the patch has "2"
  manager "second" using v1.* has updated:
  - \.data\.b: the object has "1", the patch has "2"
  to leave the fields to their managers, remove them from the patch
  to take the fields over, add --force-conflicts
  to change the fields as their manager, add --field-manager first
$`, refusal.stderr)
			applied := result{stdout: "configmap/" + name + " serverside-applied\n"}
			require.Equal(t, applied, w.kx(t, configMap(name, "2"), "patch", "--type", "apply", "-f", "-", "--field-manager", "first"))
			require.Equal(t, applied, w.kx(t, text, "patch", "--type", "apply", "-f", "-", "--force-conflicts"))
			stored, err := resources.New[resources.ConfigMap](w.client).Get(t.Context(), name)
			require.NoError(t, err)
			require.Equal(t, map[string]string{"a": "2", "b": "2"}, stored.Data)
			require.Contains(t, managersOf(stored), "kx Apply")
		}},
		{"an object of an unknown kind stops no other object of -f", func(t *testing.T, w *world) {
			name := w.name()
			text := configMap(name+"-a", "1") + "---\n{apiVersion: none.example.com/v1, kind: Nope, metadata: {name: x}}\n---\n" + configMap(name+"-b", "1")
			for _, test := range []struct{ args, line string }{
				{"create", "configmap/NAME created\n"},
				{"patch --type apply --force-conflicts", "configmap/NAME serverside-applied\n"},
				{"replace", "configmap/NAME replaced\n"},
				{"get -o name", "configmap/NAME\n"},
				{"delete", "configmap \"NAME\" deleted from " + w.config.Namespace + " namespace\n"},
			} {
				done := w.kx(t, text, append(strings.Fields(test.args), "-f", "-")...)
				require.Equal(t, result{
					stdout: strings.ReplaceAll(test.line, "NAME", name+"-a") + strings.ReplaceAll(test.line, "NAME", name+"-b"),
					stderr: `error: stdin, document 2: the server has no resource type "none.example.com/v1 Nope": check its spelling, and its group when it is from a custom resource` + "\n",
					code:   1,
				}, done, test.args)
			}
		}},
		{"kx creates and applies a definition and objects of its kind in one run", func(t *testing.T, w *world) {
			for verb, outcome := range map[string]string{"create": "created", "patch --type apply": "serverside-applied"} {
				group, text := definitionAndObjects(t, w)
				done := w.kx(t, text, append(strings.Fields(verb), "-f", "-")...)
				require.Equal(t, result{stdout: strings.NewReplacer("GROUP", group, "DONE", outcome).Replace(
					"customresourcedefinition.apiextensions.k8s.io/gadgets.GROUP DONE\ngadget.GROUP/a DONE\ngadget.GROUP/b DONE\n")}, done)
			}
		}},
		{"kx patch --type apply -f adds, changes and removes fields of the custom resources of a List", func(t *testing.T, w *world) {
			c := newCustomKind(t, w)
			list := func(a, b string) string {
				return fmt.Sprintf(`{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"%[1]s/v1","kind":"Widget","metadata":{"name":"a"},"spec":%[2]s},
					{"apiVersion":"%[1]s/v1","kind":"Widget","metadata":{"name":"b"},"spec":%[3]s}]}`, c.group, a, b)
			}
			applied := result{stdout: fmt.Sprintf("widget.%[1]s/a serverside-applied\nwidget.%[1]s/b serverside-applied\n", c.group)}
			for _, specs := range [][2]string{
				{`{"color":"red","map":{"k":"1","l":"2"},"size":1}`, `{"color":"blue","size":2}`},
				{`{"color":"red","map":{"k":"3"},"size":1}`, `{"color":"blue","name":"abc","size":2}`},
			} {
				for range 2 {
					require.Equal(t, applied, w.kx(t, list(specs[0], specs[1]), "patch", "--type", "apply", "-f", "-"))
					require.Equal(t, result{stdout: specs[0] + specs[1]}, w.kx(t, "", "get", c.plural, "-o", "jsonpath={.items[0].spec}{.items[1].spec}"))
				}
			}
			done := w.kx(t, list(`{"size":1}`, `{"size":1}`), "patch", "-f", "-", "--type", "merge", "-p", `{"spec":{"size":7}}`, "-o", "name")
			require.Equal(t, result{stdout: fmt.Sprintf("widget.%[1]s/a\nwidget.%[1]s/b\n", c.group)}, done)
			require.Equal(t, result{stdout: "7 7"}, w.kx(t, "", "get", c.plural, "-o", "jsonpath={.items[*].spec.size}"))
			for name, cascade := range map[string]string{"a": "background", "b": "orphan"} {
				done = w.kx(t, "", "delete", c.plural, name, "--cascade="+cascade)
				require.Equal(t, result{stdout: fmt.Sprintf("widget.%s %q deleted from %s namespace\n", c.group, name, w.config.Namespace)}, done)
			}
		}},
		{"of a key that comes twice in a file the last counts, unless the validation is strict", func(t *testing.T, w *world) {
			name := w.name()
			text := configMap(name, "1") + "  a: \"2\"\n"
			for _, verb := range []string{"create", "replace", "patch --type apply"} {
				args := append(strings.Fields(verb), "-f", "-")
				require.Equal(t, result{stderr: "error: stdin: invalid YAML at line 6, column 3: duplicate key, first on line 5\n", code: 1}, w.kx(t, text, args...))
				done := w.kx(t, text, append(args, "--validate=warn")...)
				require.Equal(t, "Warning: stdin: duplicate key on line 6, first on line 5: the last one counts\n", done.stderr)
				require.Equal(t, 0, done.code)
				require.Equal(t, "2", w.kx(t, "", "get", "cm", name, "-o", "jsonpath={.data.a}").stdout)
			}
			require.Equal(t, 0, w.kx(t, text, "replace", "-f", "-", "--validate=ignore").code)
		}},
	}
}

// managersOf returns the managers of a ConfigMap, each with its operation.
func managersOf(object *resources.ConfigMap) (all []string) {
	for _, entry := range object.Metadata.ManagedFields {
		all = append(all, entry.Manager+" "+entry.Operation)
	}
	return all
}

func configMap(name, value string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata:\n  a: %q\n", name, value)
}

// manifests writes files into a new folder.
func manifests(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return folder
}

// definitionAndObjects returns a group of its own, and a file with a kind of it and two objects. It
// deletes the definition with the test.
func definitionAndObjects(t *testing.T, w *world) (group, text string) {
	t.Helper()
	group = strings.ReplaceAll(w.name()+w.config.Namespace, "-", "") + ".kx.example.com"
	kind, err := resources.Discover(t.Context(), w.client, "customresourcedefinitions.apiextensions.k8s.io")
	require.NoError(t, err)
	t.Cleanup(func() { _, _ = resources.ForKind(w.client, kind).Delete(atEnd(t), "gadgets."+group) })
	return group, strings.ReplaceAll(`apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {plural: gadgets, singular: gadget, kind: Gadget}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
---
apiVersion: GROUP/v1
kind: Gadget
metadata: {name: a}
spec: {size: 1}
---
apiVersion: GROUP/v1
kind: Gadget
metadata: {name: b}
`, "GROUP", group)
}

// variousKinds are objects of a program as people deploy it. %[1]s is its name.
const variousKinds = `apiVersion: v1
kind: ServiceAccount
metadata: {name: %[1]s}
---
apiVersion: v1
kind: Secret
metadata: {name: %[1]s}
stringData: {password: hunter2}
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s}
spec: {selector: {app: %[1]s}, ports: [{port: 80, targetPort: web}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: 0
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec: {containers: [{name: app, image: "kx.local/busybox:1", ports: [{name: web, containerPort: 80}], resources: {limits: {cpu: 100m}}}]}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: %[1]s}
spec:
  schedule: "0 0 1 1 *"
  suspend: true
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: app, image: "kx.local/busybox:1"}]}}}}
`

// appliedObjects is what an apply sets in objects, without what controllers add.
type appliedObjects struct {
	Items []struct {
		Kind     string `json:"kind"`
		Metadata struct {
			ManagedFields []appliedFields `json:"managedFields"`
		} `json:"metadata"`
		Spec jsontext.Value `json:"spec"`
		Data jsontext.Value `json:"data"`
		Type string         `json:"type"`
	} `json:"items"`
}

type appliedFields struct {
	Manager   string         `json:"manager"`
	Operation string         `json:"operation"`
	FieldsV1  jsontext.Value `json:"fieldsV1"`
}

// filesBesideKubectl are behaviours of kx and kubectl with -f on one cluster.
func filesBesideKubectl() []behaviour {
	addresses := regexp.MustCompile(`"clusterIPs?": *("[^"]*"|\[[^\]]*\])`)
	return []behaviour{
		{"kx patch --type apply -f and kubectl apply --server-side make the same objects", func(t *testing.T, w *world) {
			ours, theirs := w.name(), w.name()
			kx := []string{"patch", "--type", "apply", "-f", "-", "--field-manager", "kubectl"}
			kubectl := []string{"apply", "--server-side", "-f", "-"}
			outcome := func(r result, name string) result {
				return result{stdout: strings.ReplaceAll(r.stdout, name, "NAME"), code: r.code}
			}
			for _, flags := range [][]string{{"--dry-run=server"}, nil, {"-o", "name"}, nil} {
				require.Equal(t, outcome(w.run(t, w.kubectl, fmt.Sprintf(variousKinds, theirs), append(kubectl, flags...)...), theirs),
					outcome(w.kx(t, fmt.Sprintf(variousKinds, ours), append(kx, flags...)...), ours), flags)
			}
			objects := func(name string) string {
				done := w.run(t, w.kubectl, fmt.Sprintf(variousKinds, name), "get", "-f", "-", "-o", "json", "--show-managed-fields")
				require.Equal(t, 0, done.code, done.stderr)
				var list appliedObjects
				require.NoError(t, json.Unmarshal([]byte(done.stdout), &list))
				for i := range list.Items {
					fields := &list.Items[i].Metadata.ManagedFields
					*fields = slices.DeleteFunc(*fields, func(e appliedFields) bool { return e.Manager != "kubectl" })
				}
				text, err := json.Marshal(list, json.Deterministic(true))
				require.NoError(t, err)
				return strings.ReplaceAll(addresses.ReplaceAllString(string(text), ""), name, "NAME")
			}
			require.Equal(t, objects(theirs), objects(ours))
			for _, name := range []string{ours, theirs} {
				require.Equal(t, 0, w.kx(t, fmt.Sprintf(variousKinds, name), "delete", "-f", "-", "--wait=false").code)
			}
		}},
		{"kubectl finds what kx creates from a folder of definitions and objects", func(t *testing.T, w *world) {
			_, text := definitionAndObjects(t, w)
			name := w.name()
			folder := manifests(t, map[string]string{"1-setup.yaml": text, "2-program.yaml": fmt.Sprintf(variousKinds, name), "2-program/3.yaml": configMap(name, "1")})
			made := w.kx(t, "", "create", "-f", folder, "-R", "-o", "name")
			require.Equal(t, 0, made.code, made.stderr)
			require.Equal(t, 9, strings.Count(made.stdout, "\n"), made.stdout)
			require.Equal(t, result{stdout: made.stdout}, w.run(t, w.kubectl, "", "get", "-f", folder, "-R", "-o", "name"))
		}},
		{"kx and kubectl take the last of a key that comes twice without validation", func(t *testing.T, w *world) {
			ours, theirs := w.name(), w.name()
			for name, program := range map[string]string{ours: w.kxProgram, theirs: w.kubectl} {
				done := w.run(t, program, configMap(name, "1")+"  a: \"2\"\n", "create", "-f", "-", "--validate=ignore")
				require.Equal(t, result{stdout: "configmap/" + name + " created\n"}, done)
				require.Equal(t, "2", w.run(t, program, "", "get", "cm", name, "-o", "jsonpath={.data.a}").stdout)
			}
		}},
	}
}
