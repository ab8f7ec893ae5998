package cli

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
)

func TestCreateStoresTheObjectsOfFiles(t *testing.T) {
	c := start(t)
	require.Equal(t, "pod/web-0 created\n", c.done("create", "-f", c.write("pod.yaml", podYAML)))
	require.NotNil(t, c.Pod("default", "web-0"))
	sent := c.request("POST")
	require.Equal(t, "Strict", sent.Query.Get("fieldValidation"))
	require.Equal(t, "kx", sent.Query.Get("fieldManager"))
	require.NotContains(t, sent.Query, "dryRun")
	require.JSONEq(t, `{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "labels": {"app": "web"}}, "spec": {"terminationGracePeriodSeconds": 0,
		"containers": [{"name": "app", "image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["sleep", "600"]}]}}`, string(sent.Body))

	two := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n# nothing\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b, namespace: kube-public}\n"
	list := `{"kind": "List", "apiVersion": "v1", "items": [{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "c"}}]}`
	r := c.pipe(list, "create", "-f", c.write("two.yaml", two), "-f", "-")
	require.Equal(t, result{0, "configmap/a created\nconfigmap/b created\nconfigmap/c created\n", ""}, r)
	require.NotNil(t, c.Object("configmaps", "kube-public", "b"))
}

func TestCreateSendsAFileAsItIs(t *testing.T) {
	c := start(t)
	text := `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"m"},"data":{"a":"\u00e9<>"}}`
	require.Equal(t, result{0, "configmap/m created\n", ""}, c.pipe(text, "create", "-f", "-"))
	require.Equal(t, text, string(c.request("POST").Body))
}

func TestCreateGoesOnAfterAnObjectThatIsRefused(t *testing.T) {
	c := start(t)
	r := c.pipe("apiVersion: v1\nkind: Pod\nmetadata: {name: shell}\nspec: {containers: [{name: a, image: b}]}\n---\n"+podYAML, "create", "-f", "-")
	require.Equal(t, result{1, "pod/web-0 created\n",
		"error: stdin, document 1: POST /k8s/clusters/c-1/api/v1/namespaces/default/pods: pods \"shell\" already exists (409)\n"}, r)
}

func TestCreateValidates(t *testing.T) {
	file := writeFile(t, "pod.yaml", podYAML+"  bogus: 1\n")
	for _, test := range []struct {
		flags []string
		sent  string
		want  result
	}{
		{nil, "Strict", result{1, "", `error: ` + file + `: POST /k8s/clusters/c-1/api/v1/namespaces/default/pods: Pod in version "v1" cannot be handled as a Pod: strict decoding error: unknown field "spec.bogus" (400)` + "\n"}},
		{[]string{"--validate"}, "Strict", result{}},
		{[]string{"--validate=true"}, "Strict", result{}},
		{[]string{"--validate=warn"}, "Warn", result{0, "pod/web-0 created\n", "Warning: unknown field \"spec.bogus\"\n"}},
		{[]string{"--validate=ignore"}, "Ignore", result{0, "pod/web-0 created\n", ""}},
		{[]string{"--validate=false"}, "Ignore", result{0, "pod/web-0 created\n", ""}},
	} {
		c := start(t)
		r := c.kx(append([]string{"create", "-f", file}, test.flags...)...)
		require.Equal(t, test.sent, c.request("POST").Query.Get("fieldValidation"), test.flags)
		if test.want == (result{}) {
			require.Equal(t, 1, r.code)
			continue
		}
		require.Equal(t, test.want, r, test.flags)
	}
}

func TestADryRunOfCreateStoresNothing(t *testing.T) {
	c := start(t)
	file := c.write("pod.yaml", podYAML)
	c.ForgetRequests()
	require.Equal(t, "pod/web-0 created (dry run)\n", c.done("create", "-f", file, "--dry-run=client"))
	require.Empty(t, c.Requests())
	require.Equal(t, "pod/web-0 created (server dry run)\n", c.done("create", "-f", file, "--dry-run=server"))
	require.Equal(t, "All", c.request("POST").Query.Get("dryRun"))
	require.Nil(t, c.Pod("default", "web-0"))
	require.Contains(t, c.done("create", "-f", file, "--dry-run=server", "-o", "yaml"), "dnsPolicy: ClusterFirst") // a default of the server's
	require.NotContains(t, c.done("create", "-f", file, "--dry-run=client", "-o", "yaml"), "dnsPolicy")
}

func TestWritesPrintTheObjectInTheFormAskedFor(t *testing.T) {
	c := start(t)
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n"
	require.Equal(t, result{0, "configmap/a\nconfigmap/b\n", ""}, c.pipe(text, "create", "-f", "-", "-o", "name"))
	docs, err := documents([]byte(c.pipe(text, "replace", "-f", "-", "-o", "yaml").out))
	require.NoError(t, err)
	require.Len(t, docs, 2)
	var object struct {
		Kind string `json:"kind"`
	}
	out := c.pipe(text[:len("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")], "replace", "-f", "-", "-o", "json").out
	require.NoError(t, json.Unmarshal([]byte(out), &object))
	require.Equal(t, "ConfigMap", object.Kind)
	require.NotContains(t, out, "managedFields")
}

func TestTheNamespaceOfAFileAndOfTheFlagMustAgree(t *testing.T) {
	c := start(t)
	text := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: kube-public}\n"
	require.Equal(t, `error: stdin: the namespace from the provided object "kube-public" does not match the namespace "default": pass --namespace=kube-public, or leave it out`,
		c.pipe(text, "create", "-f", "-", "-n", "default").fails(t, 1))
	require.Equal(t, result{0, "configmap/a created\n", ""}, c.pipe(text, "create", "-f", "-", "-n", "kube-public"))
	c.pipe("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n", "create", "-f", "-", "-n", "kube-system")
	require.NotNil(t, c.Object("configmaps", "kube-system", "b"))
	require.Equal(t, result{0, "namespace/x created\n", ""}, c.pipe("apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n", "create", "-f", "-", "-n", "default"))
}

func TestAFileThatCannotBeSentIsAnErrorThatSaysWhere(t *testing.T) {
	c := start(t)
	for name, test := range map[string]struct{ text, want string }{
		"bad JSON":                        {"{\"kind\": \"Pod\",\n \"spec\": }", "error: stdin: invalid JSON at line 2, column 10: unexpected character at start of value"},
		"bad YAML":                        {"kind: Pod\n  spec: 1\n", "error: stdin: invalid YAML at line 2, column 7: mapping values are not allowed in this context"},
		"bad YAML in a later document":    {"---\nkind: Pod\napiVersion: v1\n---\n# x\na: [b\n", "error: stdin: invalid YAML at line 6, column 5: did not find expected ',' or ']'"},
		"a key twice":                     {"kind: Pod\nkind: Pod\n", "error: stdin: invalid YAML at line 2, column 1: duplicate key"},
		"nothing":                         {"\n# nothing\n", "error: stdin: there is no object in it"},
		"a list":                          {"- a\n", "error: stdin: it is no object: one starts with apiVersion and kind"},
		"no kind":                         {"apiVersion: v1\n", "error: stdin: kind is missing, such as Pod"},
		"no apiVersion, second":           {"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\nkind: Pod\n", "error: stdin, document 2: apiVersion is missing, such as v1"},
		"no kind in an item":              {"apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n", "error: stdin, item 1: kind is missing, such as Pod"},
		"a name that is a number":         {"apiVersion: v1\nkind: Pod\nmetadata: {name: 7}\n", "error: stdin: /metadata/name is not what it must be: apiVersion, kind, name and namespace are strings, metadata is a mapping and items is a list"},
		"a kind that the server has none": {"apiVersion: example.com/v1\nkind: Widget\n", `error: stdin: the server has no resource type "example.com/v1 Widget": check its spelling, and its group when it is from a custom resource`},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, test.want, c.pipe(test.text, "create", "-f", "-").fails(t, 1))
		})
	}
	require.Regexp(t, `^error: open .*/nope.yaml: no such file or directory$`, c.kx("create", "-f", t.TempDir()+"/nope.yaml").fails(t, 1))
	for _, line := range lines(string(c.Object("configmaps", "default", "a"))) {
		require.Empty(t, line, "an object of a faulty file was stored")
	}
}

func TestCreateRefusesAWrongCommandLine(t *testing.T) {
	for _, args := range [][]string{{}, {"-f", ""}, {"pod.yaml"}, {"-f", "-", "-f", "-"}, {"-f", "-", "--dry-run=maybe"}, {"-f", "-", "--validate=perhaps"}, {"-f", "-", "-o", "wide"}, {"-f", "-", "--force-conflicts"}} {
		r := execute(t.Context(), podYAML, append([]string{"create"}, args...)...)
		require.Regexp(t, `; see kx create --help$`, r.fails(t, 2), args)
	}
}
