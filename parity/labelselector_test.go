package parity_test

import (
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kx-k8s/kx/resources"
)

// A selector's text must select the same as the selector, by apimachinery's parser. Selectors
// that apimachinery refuses are refused.
func TestLabelSelectorsAreEncodedAsApimachineryReadsThem(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(words ...string) string { return words[random.IntN(len(words))] }
	key := func() string { return pick("a", "b", "example.com/c") }
	value := func() string { return pick("", "x", "y", "z-1") }
	refused := 0
	for range 5000 {
		var ours resources.LabelSelector
		var theirs metav1.LabelSelector
		for range random.IntN(3) {
			if ours.MatchLabels == nil {
				ours.MatchLabels = map[string]string{}
			}
			ours.MatchLabels[key()] = value()
		}
		theirs.MatchLabels = maps.Clone(ours.MatchLabels)
		for range random.IntN(3) {
			r := resources.LabelSelectorRequirement{Key: key(), Operator: pick("In", "NotIn", "Exists", "DoesNotExist", "Gt", "")}
			hasValues := r.Operator == "In" || r.Operator == "NotIn"
			if hasValues != (random.IntN(10) == 0) {
				for range 1 + random.IntN(3) {
					r.Values = append(r.Values, value())
				}
			}
			ours.MatchExpressions = append(ours.MatchExpressions, r)
			theirs.MatchExpressions = append(theirs.MatchExpressions, metav1.LabelSelectorRequirement{Key: r.Key, Operator: metav1.LabelSelectorOperator(r.Operator), Values: r.Values})
		}
		text, err := ours.Encode()
		want, theirErr := metav1.LabelSelectorAsSelector(&theirs)
		require.Equal(t, theirErr != nil, err != nil, "%+v: %v and %v", theirs, err, theirErr)
		if err != nil {
			refused++
			continue
		}
		got, err := labels.Parse(text)
		require.NoError(t, err, text)
		for range 20 {
			set := labels.Set{}
			for range random.IntN(4) {
				set[key()] = value()
			}
			require.Equal(t, want.Matches(set), got.Matches(set), "%q of %v", text, set)
		}
	}
	require.NotZero(t, refused)
}
