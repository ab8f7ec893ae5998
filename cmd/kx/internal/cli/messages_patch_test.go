package cli

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/cmd/kx/internal/clitest"
)

// patchMessages are the messages about a patch that is wrong, or that does not fit the object.
var patchMessages = []message{
	{"an object in place of operations", "patch cm a --type json --dry-run=client -o json -p '{}'", "", 1,
		"error: --patch: json patch: must be a list of operations, not an object", nil},
	{"an operation that is a text", `patch cm a --type json --dry-run=client -o json -p '["a"]'`, "", 1,
		"error: --patch: json patch: operation 1: must be an object, not a string", nil},
	{"no operation", `patch cm a --type json --dry-run=client -o json -p '[{"path": "/a"}]'`, "", 1,
		"error: --patch: json patch: operation 1: op is required", nil},
	{"an unknown operation", `patch cm a --type json --dry-run=client -o json -p '[{"op": "put", "path": "/a"}]'`, "", 1,
		"error: --patch: json patch: operation 1: op must be one of add, remove, replace, move, copy, test", nil},
	{"an operation without a path", `patch cm a --type json --dry-run=client -o json -p '[{"op": "remove"}]'`, "", 1,
		"error: --patch: json patch: operation 1: path is required", nil},
	{"a path that is a number", `patch cm a --type json --dry-run=client -o json -p '[{"op": "remove", "path": 1}]'`, "", 1,
		"error: --patch: json patch: operation 1: path must be a string, not a number", nil},
	{"a path without a slash", `patch cm a --type json --dry-run=client -o json -p '[{"op": "remove", "path": "a"}]'`, "", 1,
		`error: --patch: json patch: operation 1 (remove): path must be empty or start with "/" (RFC 6901)`, nil},
	{"a path with a bare tilde", `patch cm a --type json --dry-run=client -o json -p '[{"op": "remove", "path": "/~2"}]'`, "", 1,
		`error: --patch: json patch: operation 1 (remove): path must have "~" only as "~0" (a tilde) or "~1" (a slash): patch.Pointer escapes them (RFC 6901)`, nil},
	{"a value left out", `patch cm a --type json --dry-run=client -o json -p '[{"op": "add", "path": "/data/b"}]'`, "", 1,
		"error: --patch: json patch: operation 1: add needs a value (which may be null)", nil},
	{"a value into itself", `patch cm a --type json --dry-run=client -o json -p '[{"op": "move", "from": "/data", "path": "/data/x"}]'`, "", 1,
		"error: --patch: json patch: operation 1 (move): a value cannot move into itself (RFC 6902, section 4.4)", nil},
	{"a from left out", `patch cm a --type json --dry-run=client -o json -p '[{"op": "copy", "path": "/data/x"}]'`, "", 1,
		"error: --patch: json patch: operation 1: from is required", nil},
	{"a test that fails", `patch cm a --type json --dry-run=client -o json -p '[{"op": "test", "path": "/data/a", "value": "2"}]'`, "", 1,
		`error: json patch: operation 1 (test "/data/a"): test failed: want "2", got "1"`, nil},
	{"a field that is not there", `patch cm a --type json --dry-run=client -o json -p '[{"op": "remove", "path": "/data/none"}]'`, "", 1,
		`error: json patch: operation 1 (remove "/data/none"): no such field or element`, nil},
	{"the whole object removed", `patch cm a --type json --dry-run=client -o json -p '[{"op": "remove", "path": ""}]'`, "", 1,
		`error: json patch: operation 1 (remove ""): the whole document can only be tested or replaced`, nil},
	{"the whole object replaced by a text", `patch cm a --type json --dry-run=client -o json -p '[{"op": "replace", "path": "", "value": "a"}]'`, "", 1,
		`error: json patch: operation 1 (replace ""): the whole document must stay an object`, nil},
	{"the whole object copied", `patch cm a --type json --dry-run=client -o json -p '[{"op": "copy", "from": "", "path": "/data/x"}]'`, "", 1,
		`error: json patch: operation 1 (copy "/data/x"): the whole document cannot be copied or moved`, nil},
	{"a path through an empty name",
		`patch cm a --type json --dry-run=client -o json -p '[{"op": "add", "path": "/data//x", ` +
			`"value": "a"}]'`, "", 1,
		`error: json patch: operation 1 (add "/data//x"): a path with an empty name: only the server ` +
			`can apply it`, nil},
	{"text after the patch", "patch cm a --type json --dry-run=client -o json -p '[] x'", "", 1,
		"error: --patch: json patch: invalid YAML at line 1, column 4: did not find expected <document start>", nil},
	{"a patch that ends early", `patch cm a --type json --dry-run=client -o json -p '[{"op": '`, "", 1,
		"error: --patch: json patch: invalid JSON at line 1, column 9: unexpected end of text", nil},
	{"a member twice", `patch cm a --type json --dry-run=client -o json -p '[{"op": "test", "op": "test"}]'`, "", 1,
		"error: --patch: json patch: invalid JSON at line 1, column 17: duplicate member name", nil},
	{"no text", "patch cm a --type json --dry-run=client -o json -p ' '", "", 1,
		"error: --patch: json patch: invalid YAML at line 1, column 1: the text is empty", nil},
	{"a list as a merge patch", "patch cm a --type merge --dry-run=client -o json -p '[]'", "", 1,
		"error: --patch: merge patch: must be an object, not a list", nil},
	{"a scalar as a merge patch", "patch cm a --type merge --dry-run=client -o json -p '1'", "", 1,
		"error: --patch: merge patch: must be an object, not a number", nil},
	{"YAML that ends early", "patch cm a --type merge --dry-run=client -p '{a: ['", "", 1,
		"error: --patch: merge patch: invalid YAML at line 1, column 3: did not find expected node content", nil},
	{"two YAML documents", "patch cm a --type merge --dry-run=client --patch-file -", "a: 1\n---\nb: 1\n", 1,
		"error: stdin: merge patch: invalid YAML at line 3, column 1: a second document starts: only one is allowed", nil},
	{"a YAML list as a key", "patch cm a --type merge --dry-run=client --patch-file -", "? [a]\n: b\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 3: a key must be text, not a list or a mapping", nil},
	{"a YAML null as a key", "patch cm a --type merge --dry-run=client --patch-file -", "~: b\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 1: a key must be text, not null", nil},
	{"a YAML key of another tag", "patch cm a --type merge --dry-run=client --patch-file -", "!!binary YQ==: b\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 1: JSON has no equivalent of this key's tag", nil},
	{"a YAML list of another tag", "patch cm a --type merge --dry-run=client --patch-file -", "a: !x [b]\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: JSON has no equivalent of this list's tag", nil},
	{"a YAML mapping of another tag", "patch cm a --type merge --dry-run=client --patch-file -", "a: !x {b: c}\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: JSON has no equivalent of this mapping's tag", nil},
	{"a YAML value of another tag", "patch cm a --type merge --dry-run=client --patch-file -", "a: !x b\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: JSON has no equivalent of this tag", nil},
	{"YAML binary", "patch cm a --type merge --dry-run=client --patch-file -", "a: !!binary YQ==\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: JSON has no binary values: write the base64 text as a string", nil},
	{"YAML infinity", "patch cm a --type merge --dry-run=client --patch-file -", "a: .inf\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: JSON has no such number", nil},
	{"a YAML boolean that is none", "patch cm a --type merge --dry-run=client --patch-file -", "a: !!bool x\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: tagged as a boolean, but neither true nor false", nil},
	{"a YAML null that is none", "patch cm a --type merge --dry-run=client --patch-file -", "a: !!null x\n", 1,
		"error: stdin: merge patch: invalid YAML at line 1, column 4: tagged as null, but it is not", nil},
	{"a patch file that is not there", "patch cm a --patch-file /nope/patch", "", 1,
		"error: open /nope/patch: no such file or directory", nil},
	{"an apply patch without a kind", "patch cm a --type apply -p 'a: b'", "", 1,
		"error: --patch: apply patch: apiVersion is required: server-side apply needs the object's apiVersion and kind", nil},
	{"an apply patch with managedFields", "patch cm a --type apply --patch-file -", "{apiVersion: v1, kind: ConfigMap, metadata: {managedFields: []}}\n", 1,
		"error: PATCH /k8s/clusters/c-1/api/v1/namespaces/default/configmaps/a: metadata.managedFields must be nil (400)", nil},
}

func TestMessagesAboutPatches(t *testing.T) {
	c := clitest.Start(t)
	_, err := c.Create(`{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": "1"}}`)
	require.NoError(t, err)
	for _, m := range patchMessages {
		t.Run(m.situation, func(t *testing.T) {
			r := c.Pipe(m.stdin, splitWords(m.commandLine)...)
			require.Equal(t, m.stderr+"\n", r.Err)
			require.Equal(t, m.code, r.Code)
		})
	}
}
