package cli

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/kxtest"
)

func TestCreateStoresTheObjectsOfFiles(t *testing.T) {
	c := clitest.Start(t)
	require.Equal(t, "pod/web-0 created\n", c.MustRun("create", "-f", c.Write("pod.yaml", clitest.PodYAML)))
	require.NotNil(t, c.Pod("default", "web-0"))
	sent := c.Request("POST")
	require.Equal(t, "Strict", sent.Query.Get("fieldValidation"))
	require.Equal(t, "kx", sent.Query.Get("fieldManager"))
	require.NotContains(t, sent.Query, "dryRun")
	require.JSONEq(t, `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0,
		"containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "600"]}]}}`, string(sent.Body))

	two := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: kube-public}\n"
	list := `{"kind": "List", "apiVersion": "v1", "items": [{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "c"}}]}`
	r := c.Pipe(list, "create", "-f", c.Write("two.yaml", two), "-f", "-")
	require.Equal(t, clitest.Result{Code: 0, Out: "configmap/a created\nconfigmap/b created\nconfigmap/c created\n", Err: ""}, r)
	require.NotNil(t, c.Object("configmaps", "kube-public", "b"))
}

func TestCreateSendsAFileUnchanged(t *testing.T) {
	c := clitest.Start(t)
	text := `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m"},"data":{"a":"\u00e9<>"}}`
	require.Equal(t, clitest.Result{Code: 0, Out: "configmap/m created\n", Err: ""}, c.Pipe(text, "create", "-f", "-"))
	require.Equal(t, text, string(c.Request("POST").Body))
}

func TestCreateContinuesAfterARefusedObject(t *testing.T) {
	c := clitest.Start(t)
	r := c.Pipe("apiVersion: v1\nkind: Pod\nmetadata: {name: shell}\nspec: {containers: [{name: a, image: b}]}\n---\n"+clitest.PodYAML, "create", "-f", "-")
	require.Equal(t, clitest.Result{Code: 1, Out: "pod/web-0 created\n",
		Err: "error: stdin, document 1: POST /k8s/clusters/c-1/api/v1/namespaces/default/pods: pods \"shell\" already exists (409)\n"}, r)
}

func TestCreateValidates(t *testing.T) {
	file := clitest.WriteFile(t, "pod.yaml", clitest.PodYAML+"  bogus: 1\n")
	for _, test := range []struct {
		flags []string
		sent  string
		want  clitest.Result
	}{
		{nil, "Strict", clitest.Result{Code: 1, Out: "", Err: `error: ` + file + `: POST /k8s/clusters/c-1/api/v1/namespaces/default/pods: Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.bogus" (400)` + "\n"}},
		{[]string{"--validate"}, "Strict", clitest.Result{}},
		{[]string{"--validate=true"}, "Strict", clitest.Result{}},
		{[]string{"--validate=warn"}, "Warn", clitest.Result{Code: 0, Out: "pod/web-0 created\n", Err: "Warning: unknown field \"spec.bogus\"\n"}},
		{[]string{"--validate=ignore"}, "Ignore", clitest.Result{Code: 0, Out: "pod/web-0 created\n", Err: ""}},
		{[]string{"--validate=false"}, "Ignore", clitest.Result{Code: 0, Out: "pod/web-0 created\n", Err: ""}},
	} {
		c := clitest.Start(t)
		r := c.Kx(append([]string{"create", "-f", file}, test.flags...)...)
		require.Equal(t, test.sent, c.Request("POST").Query.Get("fieldValidation"), test.flags)
		if test.want == (clitest.Result{}) {
			require.Equal(t, 1, r.Code)
			continue
		}
		require.Equal(t, test.want, r, test.flags)
	}
}

func TestADryRunOfCreateStoresNothing(t *testing.T) {
	c := clitest.Start(t)
	file := c.Write("pod.yaml", clitest.PodYAML)
	c.ForgetRequests()
	require.Equal(t, "pod/web-0 created (dry run)\n", c.MustRun("create", "-f", file, "--dry-run=client"))
	require.Empty(t, c.Requests())
	require.Equal(t, "pod/web-0 created (server dry run)\n", c.MustRun("create", "-f", file, "--dry-run=server"))
	require.Equal(t, "All", c.Request("POST").Query.Get("dryRun"))
	require.Nil(t, c.Pod("default", "web-0"))
	require.Contains(t, c.MustRun("create", "-f", file, "--dry-run=server", "-o", "yaml"), "dnsPolicy: ClusterFirst", "the server's default")
	require.NotContains(t, c.MustRun("create", "-f", file, "--dry-run=client", "-o", "yaml"), "dnsPolicy")
}

func TestWritesPrintTheObjectInTheRequestedFormat(t *testing.T) {
	c := clitest.Start(t)
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"
	require.Equal(t, clitest.Result{Code: 0, Out: "configmap/a\nconfigmap/b\n", Err: ""}, c.Pipe(text, "create", "-f", "-", "-o", "name"))
	docs, err := command.Documents([]byte(c.Pipe(text, "replace", "-f", "-", "-o", "yaml").Out), nil)
	require.NoError(t, err)
	require.Len(t, docs, 2)
	var object struct {
		Kind string `json:"kind"`
	}
	out := c.Pipe(text[:len("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")], "replace", "-f", "-", "-o", "json").Out
	require.NoError(t, json.Unmarshal([]byte(out), &object))
	require.Equal(t, "ConfigMap", object.Kind)
	require.NotContains(t, out, "managedFields")
}

func TestTheNamespaceOfAFileAndOfTheFlagMustAgree(t *testing.T) {
	c := clitest.Start(t)
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: kube-public}\n"
	require.Equal(t, `error: stdin: the object is for namespace "kube-public", and --namespace is "default": pass --namespace kube-public, or leave it out`,
		c.Pipe(text, "create", "-f", "-", "-n", "default").RequireError(t, 1))
	require.Equal(t, clitest.Result{Code: 0, Out: "configmap/a created\n", Err: ""}, c.Pipe(text, "create", "-f", "-", "-n", "kube-public"))
	c.Pipe("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n", "create", "-f", "-", "-n", "kube-system")
	require.NotNil(t, c.Object("configmaps", "kube-system", "b"))
	require.Equal(t, clitest.Result{Code: 0, Out: "namespace/x created\n", Err: ""}, c.Pipe("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n", "create", "-f", "-", "-n", "default"))
}

func TestAnInvalidFileIsAnErrorWithItsPosition(t *testing.T) {
	c := clitest.Start(t)
	for name, test := range map[string]struct{ text, want string }{
		"bad JSON":                     {"{\"kind\": \"Pod\",\n \"spec\": }", "error: stdin: invalid JSON at line 2, column 10: unexpected character at start of value"},
		"bad YAML":                     {"kind: Pod\n  spec: 1\n", "error: stdin: invalid YAML at line 2, column 7: mapping values are not allowed in this context"},
		"bad YAML in a later document": {"---\nkind: Pod\napiVersion: v1\n---\n# x\na: [b\n", "error: stdin: invalid YAML at line 6, column 5: did not find expected ',' or ']'"},
		"a key twice":                  {"kind: Pod\nkind: Pod\n", "error: stdin: invalid YAML at line 2, column 1: duplicate key, first on line 1"},
		"a JSON member twice":          {"{\"kind\": \"Pod\",\n\"kind\": \"Pod\"}", "error: stdin: invalid JSON at line 2, column 1: duplicate key, first on line 1"},
		"nothing":                      {"\n# nothing\n", "error: stdin: the file holds no object"},
		"a list":                       {"- a\n", "error: stdin: not an object: an object has apiVersion and kind"},
		"no kind":                      {"apiVersion: v1\n", "error: stdin: kind is missing, such as Pod"},
		"no apiVersion, second":        {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\nkind: Pod\n", "error: stdin, document 2: apiVersion is missing, such as v1"},
		"no kind in an item":           {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n", "error: stdin, item 1: kind is missing, such as Pod"},
		"a name that is a number":      {"apiVersion: v1\nkind: Pod\nmetadata: {name: 7}\n", "error: stdin: /metadata/name has the wrong type: apiVersion, kind, name and namespace are strings, metadata is a mapping, items is a list"},
		"a kind that the server lacks": {"apiVersion: example.com/v1\nkind: Widget\n", `error: stdin: the server has no resource type "example.com/v1 Widget": check its spelling, and its group when it is from a custom resource`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, c.Pipe(test.text, "create", "-f", "-").RequireError(t, 1))
		})
	}
	require.Regexp(t, `^error: open .*/nope.yaml: no such file or directory$`, c.Kx("create", "-f", t.TempDir()+"/nope.yaml").RequireError(t, 1))
	for _, line := range clitest.Lines(string(c.Object("configmaps", "default", "a"))) {
		require.Empty(t, line, "an object of a faulty file was stored")
	}
}

func TestCreateRefusesInvalidArguments(t *testing.T) {
	for _, args := range [][]string{{}, {"-f", ""}, {"pod.yaml"}, {"-f", "-", "-f", "-"}, {"-f", "-", "--dry-run=maybe"}, {"-f", "-", "--validate=perhaps"}, {"-f", "-", "-o", "wide"}, {"-f", "-", "--force-conflicts"}} {
		r := clitest.Execute(t.Context(), clitest.PodYAML, append([]string{"create"}, args...)...)
		require.Regexp(t, `; see kx create --help$`, r.RequireError(t, 2), args)
	}
}

func TestCreateReadsTheFilesOfAFolderAndContinuesAfterAnUnknownKind(t *testing.T) {
	c := clitest.Start(t)
	folder := t.TempDir()
	for name, text := range map[string]string{
		"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"b.yaml": "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: b}\n",
		"c.json": `{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}}`,
		"d.yaml": "# nothing yet\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	require.Equal(t, clitest.Result{Code: 1, Out: "configmap/a created\nconfigmap/c created\n",
		Err: "error: " + folder + `/b.yaml: the server has no resource type "example.com/v1 Widget": check its spelling, and its group when it is from a custom resource` + "\n"},
		c.Kx("create", "-f", folder))
}

func TestOfAKeyThatComesTwiceTheLastCountsWithoutStrictValidation(t *testing.T) {
	const text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: one\n  a: two\n"
	for _, verb := range []string{"create", "replace"} {
		for validation, warning := range map[string]string{"ignore": "", "warn": "Warning: stdin: duplicate key on line 6, first on line 5: the last one counts\n"} {
			c := clitest.Start(t)
			if verb == "replace" {
				c.Pipe("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "create", "-f", "-")
			}
			require.Equal(t, "error: stdin: invalid YAML at line 6, column 3: duplicate key, first on line 5", c.Pipe(text, verb, "-f", "-").RequireError(t, 1))
			require.Equal(t, clitest.Result{Out: "configmap/a " + verb + "d\n", Err: warning}, c.Pipe(text, verb, "-f", "-", "--validate="+validation))
			require.Contains(t, string(c.Object("configmaps", "default", "a")), `"data":{"a":"two"}`)
			require.Equal(t, clitest.Result{Out: "configmap \"a\" deleted from default namespace\n", Err: "Warning: stdin: duplicate key on line 6, first on line 5: the last one counts\n"}, c.Pipe(text, "delete", "-f", "-"))
		}
	}
}

// mixed are objects of which the second and the third fail, each for itself.
const mixed = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: example.com/v1\nkind: Widget\nmetadata: {name: b}\n---\n" +
	"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: kube-public}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: d}\n"

func TestAnObjectOfAFileThatFailsDoesNotStopTheOthers(t *testing.T) {
	c := clitest.Start(t)
	const failed = `error: stdin, document 2: the server has no resource type "example.com/v1 Widget": check its spelling, and its group when it is from a custom resource
error: stdin, document 3: the object is for namespace "kube-public", and --namespace is "default": pass --namespace kube-public, or leave it out
`
	for _, test := range []struct {
		line, out string
	}{
		{"create", "configmap/a created\nconfigmap/d created\n"},
		{"replace", "configmap/a replaced\nconfigmap/d replaced\n"},
		{"get -o name", "configmap/a\nconfigmap/d\n"},
		{"get -o jsonpath={.items[*].metadata.name}", "a d"},
		{"wait --for create", "configmap/a condition met\nconfigmap/d condition met\n"},
		{"delete", "configmap \"a\" deleted from default namespace\nconfigmap \"d\" deleted from default namespace\n"},
	} {
		args := append(strings.Fields(test.line), "-f", "-", "-n", "default")
		require.Equal(t, clitest.Result{Code: 1, Out: test.out, Err: failed}, c.Pipe(mixed, args...), test.line)
	}
}

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gadgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: gadgets, kind: Gadget}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: g}
---
apiVersion: example.com/v1
kind: Gadget
metadata: {name: h}
`

func TestAnObjectFollowsTheDefinitionOfItsKindInOneFile(t *testing.T) {
	c := clitest.Start(t)
	discovery := kxtest.Fault{Method: http.MethodGet, Path: "/apis/example.com/v1", Times: 2, Then: kxtest.AnswerStatus(http.StatusNotFound, "NotFound", "not yet", 0)}
	c.Fault(discovery)
	c.ForgetRequests()
	require.Equal(t, clitest.Result{Out: "customresourcedefinition.apiextensions.k8s.io/gadgets.example.com created\ngadget.example.com/g created\ngadget.example.com/h created\n"},
		c.Pipe(definition, "create", "-f", "-"))
	reads := 0
	for _, r := range c.Requests() {
		if r.Path == "/apis/example.com/v1" {
			reads++
		}
	}
	require.Equal(t, 3, reads, "two in vain, and one for both objects")

	discovery.Times = 1
	c.Fault(discovery)
	require.Contains(t, c.Pipe(definition, "delete", "-f", "-", "--dry-run=client").Err, `no resource type "example.com/v1 Gadget"`, "a command that creates nothing does not wait")
}
