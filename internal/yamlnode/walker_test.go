package yamlnode_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/internal/yamlnode"
)

func root(t *testing.T, text string) *yaml.Node {
	t.Helper()
	docs, err := yamlnode.Parse([]byte(text))
	require.NoError(t, err)
	return docs[0].Content[0]
}

func TestMappingVisitsMergedFieldsAtTheMergeKey(t *testing.T) {
	for text, want := range map[string]string{
		"{<<: {a: 1}, a: 2}":                      "a=1 a=2",
		"{a: 2, <<: {a: 1}}":                      "a=2 a=1",
		"{<<: [{a: 1}, {a: 2}]}":                  "a=2 a=1", // the first mapping of the list wins
		"{<<: {<<: {a: 1}, b: 2}, c: 3}":          "a=1 b=2 c=3",
		"{'<<': 1}":                               "<<=1",
		"{k: &k name, *k : 1}":                    "k=name name=1",
		"{x: &x {a: 1}, <<: *x}":                  "x= a=1",
		"{y: &y [{a: 1}], z: 0, <<: *y, b: here}": "y= z=0 a=1 b=here",
	} {
		var visited []string
		walker := yamlnode.NewWalker(yamlnode.NodesOf(len(text)))
		err := walker.Mapping(root(t, text), func(key, value *yaml.Node) error {
			visited = append(visited, key.Value+"="+yamlnode.Target(value).Value)
			return nil
		})
		require.NoError(t, err, text)
		require.Equal(t, want, strings.Join(visited, " "), text)
	}
}

func TestTheWalkEndsAtItsLimits(t *testing.T) {
	var visit func(w *yamlnode.Walker, n *yaml.Node) error
	visit = func(w *yamlnode.Walker, n *yaml.Node) error {
		if yamlnode.Target(n).Kind != yaml.SequenceNode {
			return w.Spend(n, 1)
		}
		return w.List(n, func(_ int, item *yaml.Node) error { return visit(w, item) })
	}
	deep := strings.Repeat("[", yamlnode.MaxDepth+1) + strings.Repeat("]", yamlnode.MaxDepth+1)
	wide := "[&a [x,x,x,x,x,x,x,x], &b [*a,*a,*a,*a,*a,*a,*a,*a], &c [*b,*b,*b,*b,*b,*b,*b,*b], [*c,*c,*c,*c,*c,*c,*c,*c]]"
	for text, want := range map[string]string{
		deep:       "nested deeper than 1000 levels",
		wide:       "aliases repeat too much",
		"&x [*x]":  "an alias is inside the value that it refers to",
		"[a, [b]]": "",
	} {
		err := visit(yamlnode.NewWalker(yamlnode.NodesOf(len(text))), root(t, text))
		if want == "" {
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want)
	}
}
