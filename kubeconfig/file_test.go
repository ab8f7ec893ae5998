package kubeconfig_test

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
)

func utf16Bytes(order binary.AppendByteOrder, text string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune("\uFEFF" + text)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

func TestFileForms(t *testing.T) {
	const jsonText = `{"apiVersion":"v1","kind":"Config","current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":"u"}}],` +
		`"clusters":[{"name":"k","cluster":{"server":"https://k"}}],"users":[{"name":"u","user":{"token":"t"}}]}`
	yamlText := entry("server: https://k", "token: t")
	for name, content := range map[string]string{
		"YAML":                                        yamlText,
		"JSON is YAML too":                            jsonText,
		"JSON indented by tabs":                       strings.ReplaceAll(strings.ReplaceAll(jsonText, `{"`, "{\n\t\""), `},`, "},\n\t"),
		"a byte order mark":                           "\uFEFF" + yamlText,
		"UTF-16, little endian":                       utf16Bytes(binary.LittleEndian, yamlText),
		"UTF-16, big endian":                          utf16Bytes(binary.BigEndian, yamlText),
		"lines that end in CR LF":                     strings.ReplaceAll(yamlText, "\n", "\r\n"),
		"a document start and end":                    "---\n" + yamlText + "...\n",
		"an empty document in front":                  "---\n# nothing\n---\n" + yamlText,
		"unknown fields at every level":               "future: {a: 1}\n" + yamlText + "  future: [1]\npreferences: {colors: true}\n",
		"no apiVersion and no kind":                   strings.ReplaceAll(strings.ReplaceAll(yamlText, "apiVersion: v1\n", ""), "kind: Config\n", ""),
		"anchors, aliases and merge key":              strings.ReplaceAll(strings.ReplaceAll(yamlText, "    token: t\n", "    <<: *base\n"), "clusters:\n", "base: &base {token: t}\nclusters:\n"),
		"a merge of several, the first of which wins": strings.ReplaceAll(yamlText, "    token: t\n", "    <<: [{token: t}, {token: other}]\n"),
		"a field beside a merge key wins":             strings.ReplaceAll(yamlText, "    token: t\n", "    token: t\n    <<: {token: other}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c := mustLoad(t, content)
			require.Equal(t, "https://k", c.Server)
			require.Equal(t, "t", c.BearerToken)
			require.Empty(t, c.Warnings)
		})
	}
	t.Run("of several documents the first is read, with a warning", func(t *testing.T) {
		c := mustLoad(t, yamlText+"---\n"+strings.ReplaceAll(yamlText, "token: t", "token: other"))
		require.Equal(t, "t", c.BearerToken)
		require.Len(t, c.Warnings, 1)
		require.Contains(t, c.Warnings[0], "several YAML documents")
	})
}

func TestFileErrors(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"a name twice within one file is an error that says where: contexts", "contexts:\n- name: a\n  context: {}\n- name: a\n  context: {}", `line 4: contexts[1] has the name "a", as the one on line 2 has`},
		{"a name twice within one file is an error: clusters", "clusters: [{name: a}, {name: a}]", `clusters[1] has the name "a"`},
		{"a name twice within one file is an error: users", "users: [{name: a, user: {token: s3cr3t}}, {name: a, user: {token: s3cr3t}}]", `users[1] has the name "a"`},
		{"a field twice is an error that says where", "current-context: a\nkind: Config\ncurrent-context: b", "line 3: the file holds a key twice, first on line 1"},
		{"bad YAML is an error with its line", "kind: Config\nusers:\n- name: a\n  user: {token: s3cr3t]\n", "line 4: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: a key's indentation", "kind: Config\n\nusers: []\n current-context: s3cr3t\n", "line 4: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: a tab", "kind: Config\nusers:\n\t- s3cr3t\n", "line 3: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: an item missing", "kind: Config\nusers:\n- name: a\n  user: {}\n? - s3cr3t\n-\n", "line 6: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: the first", "{'s3cr3t' 's3cr3t'}", "line 1: is neither YAML nor JSON"},
		{"bad JSON is an error with its line: a quote missing", "{\n\"kind\": \"Config\",\n\"token\": \"s3cr3t}", "line 3: is neither YAML nor JSON"},
		{"bad JSON is an error with the line of its object", "{\n\"kind\": \"Config\",\n\"users\": [\n{\"token\": \"s3cr3t\" \"x\"}]}", "line 4: is neither YAML nor JSON"},
		{"text after the end of JSON is an error", `{"kind": "Config"} ]}`, "is neither YAML nor JSON"},
		{"a later document that does not parse is an error", "kind: Config\n---\nkind: [\n", "is neither YAML nor JSON"},
		{"an alias without anchor is an error that does not quote it", "users: *s3cr3t", "an alias has no anchor"},
		{"a list for a string is an error that names the field", "users:\n- name: a\n  user:\n    token: [s3cr3t]", "line 4: users[0].user.token must be a string, not a list"},
		{"a mapping for a string is an error", "users:\n- name: a\n  user:\n    password: {s3cr3t: a}", "line 4: users[0].user.password must be a string, not a mapping"},
		{"a string for a list is an error", "users: s3cr3t", "line 1: users must be a list, not a single value"},
		{"a string for a mapping is an error", "users: [s3cr3t]", "line 1: users[0] must be a mapping, not a single value"},
		{"a string for a boolean is an error", "clusters: [{name: a, cluster: {insecure-skip-tls-verify: s3cr3t}}]", "insecure-skip-tls-verify must be true or false"},
		{"a quoted boolean is an error", `clusters: [{name: a, cluster: {insecure-skip-tls-verify: "true"}}]`, "must be true or false"},
		{"a file that is a token is an error that does not quote it", "s3cr3t", "it holds a single value, not a mapping"},
		{"a list is no kubeconfig", "- s3cr3t", "it holds a list"},
		{"another kind is no kubeconfig", "apiVersion: v1\nkind: Secret\ndata: {a: s3cr3t}", "line 2: kind is not Config"},
		{"another apiVersion is no kubeconfig", "apiVersion: v2", "apiVersion is not v1"},
		{"bytes that are no text are an error", "users: \xff\xfe s3cr3t", "neither UTF-8 nor UTF-16"},
		{"UTF-16 cut short is an error", "\xff\xfea", "cut short"},
		{"a file above 1 MiB is refused", "# " + strings.Repeat("x", 1<<20), "larger than 1 MiB"},
		{"a file of brackets is refused", strings.Repeat("[", 100_000), "made of punctuation"},
		{"a file of dashes is refused", strings.Repeat("- ", 100_000), "made of punctuation"},
		{"deep nesting is refused", "clusters: [{name: a, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: " + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}]}}]", "more than 100 levels deep"},
		{"an alias in itself is refused", "users: [{name: a, user: &u {exec: *u, as-groups: &g [*g]}}]", "must be a string"},
		{"an extension that holds itself is refused", "clusters: [{name: a, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: &e [*e]}]}}]", "more than 100 levels deep"},
		{"a mapping merged into itself is refused", "users: [{name: a, user: &u {<<: *u}}]", "more than 100 levels deep"},
		{"aliases that multiply are refused", bomb(9), "expands, by its aliases"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := writeConfig(t, tt.content)
			_, err := kubeconfig.Load(kubeconfig.Options{Path: path})
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, "kubeconfig: "+path+": ")
			require.NotContains(t, err.Error(), "s3cr3t")
			require.NotContains(t, err.Error(), "\n")
		})
	}
}

// bomb is an extension that expands to 9 to the power of depth values.
func bomb(depth int) string {
	var b strings.Builder
	b.WriteString("x0: &x0 boom\n")
	for i := 1; i <= depth; i++ {
		alias := fmt.Sprintf("*x%d", i-1)
		fmt.Fprintf(&b, "x%d: &x%d [%s]\n", i, i, alias+strings.Repeat(", "+alias, 8))
	}
	fmt.Fprintf(&b, "clusters: [{name: a, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: *x%d}]}}]\n", depth)
	return b.String()
}

// allowance is what reading a file may take altogether, garbage included.
func allowance(size int) uint64 { return 1<<20 + 200*uint64(size) }

func allocated(t testing.TB, content []byte) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = kubeconfig.ParseFile("/folder/config", content)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestReadingTakesAtMost1MiBAnd200TimesTheFile(t *testing.T) {
	for name, unit := range map[string]string{
		"flow list": "a,", "short values": "ab,", "mapping": "a: b\n", "list": "- a\n", "nested lists": "- - - a\n", "quoted": "'a', ",
		"json": `{"a":"b"},`, "tags": "!!a b,", "comments": "# a\n- a\n", "anchors": "- &a a\n", "keys": "? a\n", "empty lines": "\n", "brackets": "[", "spaces": "   x\n",
		"escapes": `"\n\n\n\n",`, "long value": strings.Repeat("x", 100), "clusters": "- {name: NAME, cluster: {server: https://k}}\n",
	} {
		for _, size := range []int{300, 3_000, 6_000, 60_000} {
			t.Run(fmt.Sprintf("%s, %d bytes", name, size), func(t *testing.T) {
				for _, frame := range []string{"%s", "[%sa]", "users: [%sa]", "clusters:\n%s"} {
					var b strings.Builder
					for i := 0; b.Len() < size; i++ {
						b.WriteString(strings.ReplaceAll(unit, "NAME", fmt.Sprint(i)))
					}
					content := fmt.Appendf(nil, frame, b.String())
					require.LessOrEqual(t, allocated(t, content), allowance(len(content)))
				}
			})
		}
	}
	t.Run("aliases", func(t *testing.T) {
		for depth := range 12 {
			content := []byte(bomb(depth))
			require.LessOrEqual(t, allocated(t, content), allowance(len(content)))
		}
	})
}

func TestRealFilesAreWithinTheLimits(t *testing.T) {
	var y, j strings.Builder
	y.WriteString("contexts:\n")
	j.WriteString(`{"contexts":[`)
	for i := range 2000 {
		fmt.Fprintf(&y, "- context:\n    cluster: k\n    user: u\n  name: n%d\n", i)
		fmt.Fprintf(&j, `{"name":"n%d","context":{"cluster":"k","user":"u"}},`, i)
	}
	j.WriteString(`{"name":"last"}]}`)
	require.NoError(t, kubeconfig.ParseFile("/config", []byte(y.String())))
	require.NoError(t, kubeconfig.ParseFile("/config", []byte(j.String())))

	data := make([]byte, 2_000)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range data {
		data[i] = byte(random.Uint32())
	}
	var c strings.Builder
	c.WriteString("clusters:\n")
	for i := 0; c.Len() < 1_000_000; i++ {
		fmt.Fprintf(&c, "- cluster:\n    certificate-authority-data: %s\n    server: https://k\n  name: n%d\n", b64(string(data)), i)
	}
	require.NoError(t, kubeconfig.ParseFile("/config", []byte(c.String())))
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(entry(server, "token: t")))
	f.Add([]byte(`{"current-context":"a","contexts":[{"name":"a","context":{"cluster":"b"}}],"clusters":[{"name":"b","cluster":{"server":"https://k"}}]}`))
	f.Add([]byte(bomb(4)))
	f.Add([]byte("\uFEFFusers: [{name: a, user: &u {<<: *u, as-user-extra: {a: [b]}}}]"))
	f.Add([]byte(utf16Bytes(binary.LittleEndian, "current-context: a")))
	f.Add([]byte("a: &a [*a]\n---\nb: c\n"))
	f.Add([]byte("users: [{name: u, user: {exec: {command: ./p, env: [{name: A, value: b}], args: [c]}, auth-provider: {name: oidc, config: {id-token: a.b.c}}}}]"))
	f.Fuzz(func(t *testing.T, content []byte) {
		path := writeConfig(t, string(content))
		c, err := kubeconfig.Load(kubeconfig.Options{Path: path})
		if err == nil {
			require.NotEmpty(t, c.Server)
			require.NotEmpty(t, c.Namespace)
		}
		files, err := kubeconfig.Read(path)
		if err != nil {
			return
		}
		redacted, err := files.Redacted()
		if err != nil {
			return
		}
		again, err := kubeconfig.Read(writeConfig(t, string(redacted)))
		require.NoError(t, err)
		require.Equal(t, files.Contexts, again.Contexts)
		require.Equal(t, files.CurrentContext, again.CurrentContext)
		for _, context := range files.Contexts[:min(1, len(files.Contexts))] {
			if context.Name == "" {
				continue
			}
			require.NoError(t, files.UseContext(context.Name))
			again, err := kubeconfig.Read(path)
			require.NoError(t, err)
			require.Equal(t, context.Name, again.CurrentContext)
			require.Equal(t, files.Contexts, again.Contexts)
		}
	})
}
