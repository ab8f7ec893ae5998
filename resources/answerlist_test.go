package resources_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

var widgetKind = resources.Kind{Group: "example.com", Version: "v1", Kind: "Widget", Resource: "widgets", Namespaced: true}

// listed returns the errors of a list in each form, and the names that All has yielded.
func listed(t *testing.T, kind resources.Kind, body string) (names []string, errs map[string]error) {
	t.Helper()
	client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
	api := resources.ForKind(client, kind)
	errs = map[string]error{"List": second(api.List(t.Context(), resources.ListOptions{})), "All": nil}
	for object, err := range api.All(t.Context(), resources.ListOptions{}) {
		if err != nil {
			errs["All"] = err
			break
		}
		names = append(names, object.Metadata.Name)
	}
	return names, errs
}

func TestAListIsCheckedAgainstTheQuestion(t *testing.T) {
	const item = `{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"}}`
	for name, test := range map[string]struct {
		body, got string
		names     []string
	}{
		"another kind":                     {body: `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a"}}]}`, got: "v1 PodList"},
		"another kind without items":       {body: `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}`, got: "v1 PodList"},
		"another group":                    {body: `{"kind":"ConfigMapList","apiVersion":"x.y/v1","metadata":{},"items":[]}`, got: "x.y/v1 ConfigMapList"},
		"a Status with Failure":            {body: answeredFailure, got: "a Status (Failure: no healthy upstream)"},
		"a Status with Success":            {body: answeredSuccess, got: "a Status (Success: )"},
		"one object":                       {body: answeredConfigMap, got: "v1 ConfigMap"},
		"a Table":                          {body: answeredTable, got: "meta.k8s.io/v1 Table"},
		"an empty object":                  {body: `{}`, got: "an object without a kind"},
		"no kind":                          {body: `{"apiVersion":"v1","items":[` + item + `]}`, got: "an object without a kind", names: []string{"a"}},
		"no apiVersion":                    {body: `{"kind":"ConfigMapList","items":[` + item + `]}`, got: "ConfigMapList", names: []string{"a"}},
		"the kind after the items":         {body: `{"items":[` + item + `],"kind":"PodList","apiVersion":"v1"}`, got: "v1 PodList", names: []string{"a"}},
		"an item of another kind":          {body: `{"apiVersion":"v1","items":[` + item + `,{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b"}}],"kind":"ConfigMapList"}`, got: "a list with v1 Pod b", names: []string{"a"}},
		"an item of another group":         {body: `{"apiVersion":"v1","items":[{"kind":"ConfigMap","apiVersion":"x.y/v1"}],"kind":"ConfigMapList"}`, got: "a list with x.y/v1 ConfigMap"},
		"the answer":                       {body: `{"kind":"ConfigMapList","apiVersion":"v1","metadata":{},"items":[{"metadata":{"name":"a"}}]}`, names: []string{"a"}},
		"the answer in another order":      {body: `{"apiVersion":"v1","items":[{"metadata":{"name":"a"}},` + item + `],"kind":"ConfigMapList"}`, names: []string{"a", "a"}},
		"the answer with status, message":  {body: `{"kind":"ConfigMapList","apiVersion":"v1","status":{"a":1},"message":[],"items":[]}`},
		"the answer in the order of names": {body: `{"apiVersion":"v1","items":[],"kind":"ConfigMapList","metadata":{"resourceVersion":"1"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			names, errs := listed(t, configMapKind, test.body)
			require.Equal(t, test.names, names)
			if test.got == "" {
				require.Equal(t, map[string]error{"List": nil, "All": nil}, errs)
				return
			}
			require.EqualError(t, errs["All"], "GET configmaps: the answer is "+test.got+" and not v1 ConfigMapList; a proxy may have sent it")
			if name == "an item of another kind" || name == "an item of another group" {
				return // List reads a list of the right kind once
			}
			require.EqualError(t, errs["List"], errs["All"].Error())
			var other *transport.AnswerError
			require.ErrorAs(t, errs["List"], &other)
			require.False(t, other.OutcomeUnknown)
		})
	}
}

func TestAListOfACustomResourceMayHaveAnotherName(t *testing.T) {
	const widget = `{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"a"}}`
	for name, test := range map[string]struct {
		body string
		fits bool
	}{
		"its listKind":                     {`{"apiVersion":"example.com/v1","items":[` + widget + `],"kind":"Widgetry"}`, true},
		"its listKind before the items":    {`{"kind":"Widgetry","apiVersion":"example.com/v1","items":[` + widget + `]}`, true},
		"its listKind without items":       {`{"kind":"Widgetry","apiVersion":"example.com/v1","items":[]}`, true},
		"items of another kind":            {`{"kind":"Widgetry","apiVersion":"example.com/v1","items":[{"apiVersion":"example.com/v1","kind":"Gear"}]}`, false},
		"items without a kind":             {`{"kind":"Widgetry","apiVersion":"example.com/v1","items":[{"metadata":{"name":"a"}}]}`, false},
		"items without a kind, after some": {`{"kind":"Widgetry","apiVersion":"example.com/v1","items":[` + widget + `,{}]}`, false},
		"another group":                    {`{"kind":"Widgetry","apiVersion":"example.net/v1","items":[]}`, false},
		"a Status":                         {answeredFailure, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, errs := listed(t, widgetKind, test.body)
			for _, err := range errs {
				require.Equal(t, test.fits, err == nil, "%v", err)
			}
			protected := widgetKind
			protected.Group = "example.k8s.io"
			_, errs = listed(t, protected, test.body)
			require.Error(t, errs["List"])
			require.Error(t, errs["All"])
		})
	}
}

func TestATableOrMetadataIsAskedForAndNothingElse(t *testing.T) {
	for body, want := range map[string]string{
		answeredTable: "a Table",
		`{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{},"items":[` + answeredMetadata + `]}`: "metadata",
		answeredList:    "objects",
		answeredFailure: "nothing",
		`{}`:            "nothing",
	} {
		client := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		api := resources.ForKind(client, configMapKind)
		_, err := api.ListTable(t.Context(), resources.ListOptions{})
		require.Equal(t, want == "a Table", err == nil, "%s: %v", body, err)
		_, err = resources.Metadata(api).List(t.Context(), resources.ListOptions{})
		require.Equal(t, want == "metadata", err == nil, "%s: %v", body, err)
		for _, err = range api.AllMetadata(t.Context(), resources.ListOptions{}) {
		}
		require.Equal(t, want == "metadata", err == nil, "%s: %v", body, err)
		_, err = api.List(t.Context(), resources.ListOptions{})
		require.Equal(t, want == "objects", err == nil, "%s: %v", body, err)
	}
}
