package yamltext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamltext"
)

func TestADocumentHasKubectlsLayout(t *testing.T) {
	text := `apiVersion: v1
args:
- --flag=x
- "yes"
- "12:30:45"
- 10.0.0.1
- 100m
- "1"
- 1
- "2026-11-22T10:00:00Z"
- a: 1
  b:
  - - nested
    - '- x'
  c: {}
- []
- null
- 'it is # quoted: yes'
empty: ""
script: |
  echo one

  echo two
stripped: |-
  a
  b
kept: |+
  a

"true": true
`
	var node yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte(text), &node))
	require.Equal(t, text, string(yamltext.Append(nil, &node)))
}

func TestAliasesAreExpanded(t *testing.T) {
	var node yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte("a: &x {k: v}\nb: *x\n"), &node))
	require.Equal(t, "a:\n  k: v\nb:\n  k: v\n", string(yamltext.Append(nil, &node)))
}

func TestQuote(t *testing.T) {
	for s, want := range map[string]string{
		"":            `""`,
		"plain":       "plain",
		"a b":         "a b",
		"a: b":        `'a: b'`,
		"a:":          `'a:'`,
		"a #b":        `'a #b'`,
		"-":           `'-'`,
		"null":        `"null"`,
		"~":           `"~"`,
		"off":         `"off"`,
		"0x1f":        `"0x1f"`,
		"1e3":         `"1e3"`,
		"---":         `'---'`,
		"tab\there":   `"tab\there"`,
		"\x1b[31m":    `"\e[31m"`,
		`back\slash`:  `back\slash`,
		`"quoted"`:    `'"quoted"'`,
		"é✓":          "é✓",
		"é✓😀":         `"é✓\U0001F600"`,
		"::1":         "::1",
		"10.0.0.1:80": "10.0.0.1:80",
		"10:59":       `"10:59"`,
		"yEs":         "yEs",
		"{json: yes}": `'{json: yes}'`,
	} {
		require.Equal(t, want, yamltext.Quote(s, 0))
	}
	require.Equal(t, "'it''s'", yamltext.Quote("it's", yaml.SingleQuotedStyle))
	require.Equal(t, `"a"`, yamltext.Quote("a", yaml.DoubleQuotedStyle))
}

// The parser returns any string as it was written: as a value, as a key, and in a list.
func FuzzAStringIsUnchangedAfterARoundTrip(f *testing.F) {
	for _, s := range []string{"", "a", "a\nb\n", "\n", "a\n\n", " a\nb", "a \nb", "yes", "- a", "\u2028", "\t", "a\r\nb", "#", "...", "? a", "\ufeffx", "a\n---\nb", "\u0085"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = strings.ToValidUTF8(s, "?")
		scalar := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
		list := &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{scalar, scalar}}
		node := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "value"}, scalar,
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "list"}, list,
			{Kind: yaml.ScalarNode, Tag: "!!str", Value: "key"}, {Kind: yaml.MappingNode, Content: []*yaml.Node{scalar, scalar}},
		}}
		var got struct {
			Value string
			List  []string
			Key   map[string]string
		}
		text := yamltext.Append(nil, node)
		require.NoError(t, yaml.Unmarshal(text, &got), "%s", text)
		require.Equal(t, s, got.Value, "%s", text)
		require.Equal(t, []string{s, s}, got.List, "%s", text)
		require.Equal(t, map[string]string{s: s}, got.Key, "%s", text)
	})
}

func TestCommentsFollowTheirKeys(t *testing.T) {
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal([]byte("a: 1\nb: {c: [x, {d: e}], f: {}}\ng: \"x\\ny\\n\"\nh: [z] # not this one\n"), &document))
	comments := map[*yaml.Node]string{}
	var all func(n *yaml.Node)
	all = func(n *yaml.Node) {
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				comments[child] = "of " + child.Value
			}
			all(child)
		}
	}
	all(&document)
	delete(comments, document.Content[0].Content[6])
	text := string(yamltext.AppendCommented(nil, &document, comments))
	require.Equal(t, "a: 1 # of a\nb: # of b\n  c: # of c\n  - x\n  - d: e # of d\n  f: {} # of f\ng: |\n  x\n  y\nh:\n- z\n", text)
	var with, without any
	require.NoError(t, yaml.Unmarshal([]byte(text), &with))
	require.NoError(t, document.Decode(&without))
	require.Equal(t, without, with)
}
