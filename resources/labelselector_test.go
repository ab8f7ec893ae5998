package resources_test

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

func TestALabelSelectorIsEncodedForLists(t *testing.T) {
	for document, want := range map[string]string{
		`{}`: "",
		`{"matchLabels":{"b":"2","a":"1","example.com/c":""}}`:                                           "a=1,b=2,example.com/c=",
		`{"matchExpressions":[{"key":"tier","operator":"In","values":["back","front"]}]}`:                "tier in (back,front)",
		`{"matchExpressions":[{"key":"tier","operator":"In","values":[""]}]}`:                            "tier in ()",
		`{"matchExpressions":[{"key":"tier","operator":"NotIn","values":["back"]}]}`:                     "tier notin (back)",
		`{"matchExpressions":[{"key":"b","operator":"Exists"},{"key":"a","operator":"DoesNotExist"}]}`:   "b,!a",
		`{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"a","operator":"Exists","values":[]}]}`: "app=web,a",
	} {
		t.Run(want, func(t *testing.T) {
			var s resources.LabelSelector
			require.NoError(t, json.Unmarshal([]byte(document), &s))
			got, err := s.Encode()
			require.NoError(t, err)
			require.Equal(t, want, got)
		})
	}
}

func TestAnInvalidLabelSelectorIsNotEncoded(t *testing.T) {
	for name, r := range map[string]resources.LabelSelectorRequirement{
		"an unknown operator":       {Key: "a", Operator: "Gt", Values: []string{"1"}},
		"no operator":               {Key: "a"},
		"In without values":         {Key: "a", Operator: "In"},
		"NotIn without values":      {Key: "a", Operator: "NotIn"},
		"Exists with a value":       {Key: "a", Operator: "Exists", Values: []string{"1"}},
		"DoesNotExist with a value": {Key: "a", Operator: "DoesNotExist", Values: []string{"1"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := resources.LabelSelector{MatchLabels: map[string]string{"app": "web"}, MatchExpressions: []resources.LabelSelectorRequirement{r}}
			got, err := s.Encode()
			require.ErrorContains(t, err, `the label "a" with operator "`+r.Operator+`"`)
			require.Empty(t, got, "half a selector selects too much")
		})
	}
}
