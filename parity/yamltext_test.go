package parity_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/kx-k8s/kx/internal/yamltext"
)

// yamlStrings are strings of each style, and near the edges of each rule.
var yamlStrings = []string{
	"", "a", "a b", " a", "a ", "a\n", "\n", "\n\n", "\na", " a\nb", "a \nb", "a\n b\n", "a\n\n\n", "a\nb ", "\t", "a\tb\nc", "a\r\nb", "y", "Y", "yes", "yEs", "on", "oN", "NO", "null", "~", "Null", "true", "tRue", ".inf", ".5", "1", "-1", "+1", "1_000", "0o7", "0x1F", "0b11", "1e3", "1.", "1.5.2",
	"12:30:45", "1:60", "10:5", "1:005", "-1:30.5", "1_0:2", "_1:2", "127.0.0.1:80", "::1", "2026-11-22", "2026-11-22T18:00:51Z", "2026-1-2 3:4:5", "- a", "-a", "-", "?", "? a", "?a", ":", ": a", ":a", "a:", "a: b", "a:b", "#a", "a #b", "a#b", "*a", "&a", "!a", "%a", "@a", "`a", "|", ">", "'", "it's", "\"", "a\"b", "\\", "{a}", "[a]", ",a", "a,b",
	"---", "--- a", "...", "--", "\u00a0", "\u00a0a", "é", "✓", "😀", "\ufffd", "\x00", "\x1b[31m", "\u200b", "\u202e", "<a> & b",
}

// ourYAML writes the members as kx does, in any order.
func ourYAML(members map[string]string) string {
	node := &yaml.Node{Kind: yaml.MappingNode}
	for key, value := range members {
		list := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}}}
		deep := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}, list}}
		for name, content := range map[string]*yaml.Node{key: list.Content[0], key + "/list": list, key + "/deep": deep} {
			node.Content = append(node.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, content)
		}
	}
	yamltext.SortKeys(node)
	return string(yamltext.Append(nil, node))
}

// theirYAML writes the same members as kubectl does.
func theirYAML(t require.TestingT, members map[string]string) string {
	document := map[string]any{}
	for key, value := range members {
		document[key], document[key+"/list"], document[key+"/deep"] = value, []any{value}, map[string]any{key: []any{value}}
	}
	data, err := json.Marshal(document)
	require.NoError(t, err)
	text, err := sigsyaml.JSONToYAML(data)
	require.NoError(t, err)
	return string(text)
}

func TestYAMLIsThatOfKubectl(t *testing.T) {
	for _, s := range yamlStrings {
		require.Equal(t, theirYAML(t, map[string]string{"key": s}), ourYAML(map[string]string{"key": s}), "%q", s)
		require.Equal(t, theirYAML(t, map[string]string{s: "value"}), ourYAML(map[string]string{s: "value"}), "%q", s)
	}
}

// Lines break, keys are long, and digits in keys are compared by their number.
func TestYAMLOfGeneratedTextIsThatOfKubectl(t *testing.T) {
	words := append(slices.Clone(yamlStrings), "a", "of", "the", "container", "10", "9", "007", "f:a-b_c.d/e", "A", "Z9", strings.Repeat("long", 12))
	generator := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		members := map[string]string{}
		for range 1 + generator.IntN(4) {
			var texts [2]string
			for i, count := range []int{1 + generator.IntN(3), 1 + generator.IntN(30)} {
				separator := []string{"", " ", "  ", "-"}[generator.IntN(4)]
				var chosen []string
				for range count {
					chosen = append(chosen, words[generator.IntN(len(words))])
				}
				texts[i] = strings.Join(chosen, separator)
			}
			members[texts[0]] = texts[1]
		}
		require.Equal(t, theirYAML(t, members), ourYAML(members))
	}
}

// What kubectl writes for these is another text for parsers of YAML 1.1, or unreadable.
func TestYAMLDiffersFromKubectlAsDocumented(t *testing.T) {
	for s, want := range map[string][2]string{
		"=": {"=", `"="`}, "<<": {"<<", `"<<"`}, "a\u0085b": {"a b", `"a\Nb"`}, "a\u2028b": {"'a\u2028  b'", `"a\Lb"`}, "\ufeffa": {`"\uFEFF\x61"`, `"\uFEFFa"`},
	} {
		data, err := json.Marshal(s)
		require.NoError(t, err)
		theirs, err := sigsyaml.JSONToYAML(data)
		require.NoError(t, err)
		require.Equal(t, want, [2]string{strings.TrimSuffix(string(theirs), "\n"), yamltext.Quote(s, 0)})
	}
}
