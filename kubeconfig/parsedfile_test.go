package kubeconfig_test

import (
	"encoding/binary"
	"slices"
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
		`"clusters":[{"name":"k","cluster":{"server":"https://k"}}],` +
		`"users":[{"name":"u","user":{"token":"t"}}]}`
	yamlText := entry("server: https://k", "token: t")
	for name, content := range map[string]string{
		"YAML":                                               yamlText,
		"JSON is YAML too":                                   jsonText,
		"JSON indented by tabs":                              strings.ReplaceAll(strings.ReplaceAll(jsonText, `{"`, "{\n\t\""), `},`, "},\n\t"),
		"a byte order mark":                                  "\uFEFF" + yamlText,
		"UTF-16, little endian":                              utf16Bytes(binary.LittleEndian, yamlText),
		"UTF-16, big endian":                                 utf16Bytes(binary.BigEndian, yamlText),
		"lines that end in CR LF":                            strings.ReplaceAll(yamlText, "\n", "\r\n"),
		"a document start and end":                           "---\n" + yamlText + "...\n",
		"an empty document in front":                         "---\n# nothing\n---\n" + yamlText,
		"unknown fields at every level":                      "future: {a: 1}\n" + yamlText + "  future: [1]\npreferences: {colors: true}\n",
		"null and empty sections, as tools write them":       "preferences: {}\n" + strings.ReplaceAll(yamlText, "users:\n", "extensions: null\nusers:\n") + "    exec: null\n    auth-provider: null\n    as-groups: []\n    as-user-extra: {}\n    client-certificate-data: \"\"\n",
		"a document end, and nothing after a document start": yamlText + "...\n---\n",
		"lines that end in CR":                               strings.ReplaceAll(yamlText, "\n", "\r"),
		"a tab and a comment after a value":                  strings.ReplaceAll(yamlText, "token: t\n", "token: t\t# mine\n"),
		"UTF-16 without a mark, little endian":               utf16Bytes(binary.LittleEndian, yamlText)[2:],
		"UTF-16 without a mark, big endian":                  utf16Bytes(binary.BigEndian, yamlText)[2:],
		"no apiVersion and no kind":                          strings.ReplaceAll(strings.ReplaceAll(yamlText, "apiVersion: v1\n", ""), "kind: Config\n", ""),
		"an empty apiVersion and kind":                       strings.ReplaceAll(strings.ReplaceAll(yamlText, "apiVersion: v1\n", "apiVersion: ''\n"), "kind: Config\n", "kind: null\n"),
		"a list behind a merge key's":                        "<<: {users: [{name: u, user: {token: other}}], clusters: [{name: k}], contexts: [{name: c}]}\n" + yamlText,
		"an alias of null":                                   "none: &none null\n" + yamlText + "    exec: *none\n    auth-provider: *none\n",
		"anchors, aliases and merge key":                     strings.ReplaceAll(strings.ReplaceAll(yamlText, "    token: t\n", "    <<: *base\n"), "clusters:\n", "base: &base {token: t}\nclusters:\n"),
		"a merge of several, the first of which wins":        strings.ReplaceAll(yamlText, "    token: t\n", "    <<: [{token: t}, {token: other}]\n"),
		"a field behind a merge key wins":                    strings.ReplaceAll(yamlText, "    token: t\n", "    <<: {token: other}\n    token: t\n"),
		"a merge key behind a field wins, as with kubectl":   strings.ReplaceAll(yamlText, "    token: t\n", "    token: other\n    <<: {token: t}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			c := mustLoad(t, content)
			require.Equal(t, "https://k", c.Server)
			require.Equal(t, "t", c.BearerToken)
			require.Empty(t, c.Warnings)
		})
	}
	t.Run("a field behind a merge key replaces the merged field as a whole, even by null or an empty value", func(t *testing.T) {
		const clusterBase = "<<: {server: 'https://other', proxy-url: 'http://p', extensions: [{name: " +
			"client.authentication.k8s.io/exec, extension: {a: b}}]}\n"
		const exec = "exec: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never, args: [a], env: [{name: A, value: b}]}"
		const userBase = "<<: {username: u, password: p, as: jane, as-groups: [g], as-user-extra: {x: [y]}, auth-provider: {name: gcp}, " + exec + "}\n"
		c := mustLoad(t, entry(clusterBase+server+"\nproxy-url: ~\nextensions: []", userBase+"username: null\npassword: ''\nas-groups: []\nas-user-extra: {}\nauth-provider: null\nexec: null"))
		require.Equal(t, &kubeconfig.Config{Server: "https://10.0.0.1:6443", Namespace: "default",
			Impersonate: kubeconfig.Impersonate{User: "jane"}, Source: c.Source}, c)
		c = mustLoad(t, entry(clusterBase+server, "<<: {"+exec+"}\nexec: {<<: {apiVersion: client.authentication.k8s.io/v1, command: p, interactiveMode: Never, args: [a], env: [{name: A, value: b}]}, args: [], env: [{name: B}]}"))
		require.Empty(t, c.Exec.Args)
		require.Equal(t, []kubeconfig.ExecEnvVar{{Name: "B"}}, c.Exec.Env)
		require.Equal(t, map[string]any{"a": "b"}, c.Exec.ClusterConfig)
		require.Nil(t, mustLoad(t, entry(clusterBase+server+"\nextensions: []", "<<: {"+exec+"}")).Exec.ClusterConfig)
	})
	t.Run("null is the empty string", func(t *testing.T) {
		for _, null := range []string{"", "~", "null"} {
			require.Empty(t, mustLoad(t, entry(server, "token: "+null)).BearerToken)
			require.Equal(t, "null", mustLoad(t, entry(server, "token: 'null'")).BearerToken)
		}
	})
	t.Run("of several documents the first is read, with a warning", func(t *testing.T) {
		c := mustLoad(t, yamlText+"---\n"+strings.ReplaceAll(yamlText, "token: t", "token: other"))
		require.Equal(t, "t", c.BearerToken)
		require.Len(t, c.Warnings, 1)
		require.Contains(t, c.Warnings[0], "several YAML documents")
	})
}

func TestFileErrors(t *testing.T) {
	for _, tt := range []struct{ name, content, want string }{
		{"a name twice within one file is an error with its line: contexts", "contexts:\n- name: a\n  context: {}\n- name: a\n  context: {}", `line 4: contexts[1] has the name "a" of the entry on line 2`},
		{"a name twice within one file is an error: clusters", "clusters: [{name: a}, {name: a}]", `clusters[1] has the name "a"`},
		{"a name twice within one file is an error: users", "users: [{name: a, user: {token: s3cr3t}}, {name: a, user: {token: s3cr3t}}]", `users[1] has the name "a"`},
		{"a duplicate field is an error with its line", "current-context: a\nkind: Config\ncurrent-context: b", "line 3: the file: duplicate key, first on line 1"},
		{"bad YAML is an error with its line", "kind: Config\nusers:\n- name: a\n  user: {token: s3cr3t]\n", "line 4: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: a key's indentation", "kind: Config\n\nusers: []\n current-context: s3cr3t\n", "line 4: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: a tab", "kind: Config\nusers:\n\t- s3cr3t\n", "line 3: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: an item missing", "kind: Config\nusers:\n- name: a\n  user: {}\n? - s3cr3t\n-\n", "line 6: is neither YAML nor JSON"},
		{"bad YAML is an error with its line: the first", "{'s3cr3t' 's3cr3t'}", "line 1: is neither YAML nor JSON"},
		{"bad JSON is an error with its line: a quote missing", "{\n\"kind\": \"Config\",\n\"token\": \"s3cr3t}", "line 3: is neither YAML nor JSON"},
		{"bad JSON is an error with the line of its object", "{\n\"kind\": \"Config\",\n\"users\": [\n{\"token\": \"s3cr3t\" \"x\"}]}", "line 4: is neither YAML nor JSON"},
		{"text after the end of JSON is an error", `{"kind": "Config"} ]}`, "is neither YAML nor JSON"},
		{"a later document that does not parse is an error", "kind: Config\n---\nkind: [\n", "is neither YAML nor JSON"},
		{"an alias without anchor is an error that does not quote it", "users: *s3cr3t", "unknown anchor referenced"},
		{"a list for a string is an error that names the field", "users:\n- name: a\n  user:\n    token: [s3cr3t]", "line 4: users[0].user.token must be a string, not a list"},
		{"a mapping for a string is an error", "users:\n- name: a\n  user:\n    password: {s3cr3t: a}", "line 4: users[0].user.password must be a string, not a mapping"},
		{"a string in base64 by its tag is an error", "users: [{name: a, user: {token: !!binary czNjcjN0}}]", "users[0].user.token must be written as it is, not as !!binary"},
		{"a string for a list is an error", "users: s3cr3t", "line 1: users must be a list, not a single value"},
		{"a string for a mapping is an error", "users: [s3cr3t]", "line 1: users[0] must be a mapping, not a single value"},
		{"a string for a boolean is an error", "clusters: [{name: a, cluster: {insecure-skip-tls-verify: s3cr3t}}]", "insecure-skip-tls-verify must be true or false"},
		{"a quoted boolean is an error", `clusters: [{name: a, cluster: {insecure-skip-tls-verify: "true"}}]`, "must be true or false"},
		{"a file that is a token is an error that does not quote it", "s3cr3t", "it is a single value, not a mapping"},
		{"a list is refused", "- s3cr3t", "it is a list"},
		{"another kind is no kubeconfig", "apiVersion: v1\nkind: Secret\ndata: {a: s3cr3t}", "line 2: kind is not Config"},
		{"another apiVersion is no kubeconfig", "apiVersion: v2", "apiVersion is not v1"},
		{"binary data is an error", "users: \xff\xfe s3cr3t", "neither UTF-8 nor UTF-16"},
		{"UTF-16 cut short is an error", "\xff\xfea", "cut short"},
		{"a file above 1 MiB is refused", "# " + strings.Repeat("x", 1<<20), "larger than 1 MiB"},
		{"a file of brackets is refused", strings.Repeat("[", 100_000), "mostly punctuation"},
		{"a file of dashes is refused", strings.Repeat("- ", 100_000), "mostly punctuation"},
		{"deep nesting is refused", "clusters: [{name: a, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: " + strings.Repeat("[", 1001) + strings.Repeat("]", 1001) + "}]}}] #" + strings.Repeat("x", 8000), "nested deeper than 1000 levels"},
		{"a mapping in itself is refused", "users: [{name: a, user: &u {exec: *u}}]", "an alias is inside the value that it refers to"},
		{"a list in itself is refused", "users: [{name: a, user: {as-groups: &g [*g]}}]", "must be a string"},
		{"an extension that holds itself is refused", "clusters: [{name: a, cluster: {extensions: [{name: client.authentication.k8s.io/exec, extension: &e [*e]}]}}]", "an alias is inside the value that it refers to"},
		{"a mapping merged into itself is refused", "users: [{name: a, user: &u {<<: *u}}]", "an alias is inside the value that it refers to"},
		{"aliases that multiply are refused", bomb(9), "aliases repeat too much"},
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

// only returns a file with one value, at a path such as users[0].user.token.
func only(path, value string) string {
	for _, name := range slices.Backward(strings.Split(path, ".")) {
		name, isList := strings.CutSuffix(name, "[0]")
		if isList {
			value = "[" + value + "]"
		}
		value = "{" + name + ": " + value + "}"
	}
	return value
}

func TestAValueOfAnotherKindIsAnErrorThatNamesItsField(t *testing.T) {
	for must, paths := range map[string][]string{
		"must be a string, not a mapping": {
			"apiVersion", "kind", "current-context", "clusters[0].name", "contexts[0].name", "users[0].name",
			"clusters[0].cluster.server", "clusters[0].cluster.tls-server-name", "clusters[0].cluster.proxy-url",
			"clusters[0].cluster.certificate-authority", "clusters[0].cluster.certificate-authority-data",
			"clusters[0].cluster.extensions[0].name",
			"contexts[0].context.cluster", "contexts[0].context.user", "contexts[0].context.namespace",
			"users[0].user.client-certificate", "users[0].user.client-certificate-data",
			"users[0].user.client-key", "users[0].user.client-key-data", "users[0].user.token",
			"users[0].user.tokenFile", "users[0].user.username", "users[0].user.password",
			"users[0].user.as", "users[0].user.as-uid", "users[0].user.as-groups[0]",
			"users[0].user.auth-provider.name", "users[0].user.exec.apiVersion", "users[0].user.exec.command",
			"users[0].user.exec.args[0]", "users[0].user.exec.env[0].name", "users[0].user.exec.env[0].value",
			"users[0].user.exec.installHint", "users[0].user.exec.interactiveMode",
		},
		"must be a list, not a mapping": {
			"clusters", "contexts", "users", "clusters[0].cluster.extensions", "users[0].user.as-groups",
			"users[0].user.exec.args", "users[0].user.exec.env",
		},
		"must be a mapping, not a list": {
			"clusters[0]", "contexts[0]", "users[0]", "clusters[0].cluster", "contexts[0].context", "users[0].user",
			"clusters[0].cluster.extensions[0]", "users[0].user.as-user-extra", "users[0].user.auth-provider",
			"users[0].user.auth-provider.config", "users[0].user.exec", "users[0].user.exec.env[0]",
		},
		"must be true or false": {
			"clusters[0].cluster.insecure-skip-tls-verify", "clusters[0].cluster.disable-compression",
			"users[0].user.exec.provideClusterInfo",
		},
	} {
		// A name that the user chooses is no part of the path.
		for path, in := range map[string]string{"users[0].user.auth-provider.config": "must be a string, not a mapping",
			"users[0].user.as-user-extra": "must be a list, not a mapping"} {
			_, err := loadText(t, only(path+".chosen", "{a: b}"))
			require.ErrorContains(t, err, ": line 1: "+path+" "+in)
		}
		for _, path := range paths {
			t.Run(path, func(t *testing.T) {
				value := "a"
				switch {
				case strings.HasSuffix(must, "not a list"):
					value = "[a]"
				case strings.HasSuffix(must, "not a mapping"):
					value = "{a: b}"
				}
				_, err := loadText(t, only(path, value))
				require.ErrorContains(t, err, ": line 1: "+path+" "+must)
			})
		}
	}
}
