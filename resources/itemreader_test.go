package resources_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// endless answers with text, followed by the letter a without end.
func endless(text string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		body := io.NopCloser(io.MultiReader(strings.NewReader(text), endlessReader{}))
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Request: r}, nil
	}
}

func TestAPartOfAListThatDoesNotEndEndsTheList(t *testing.T) {
	first := `{"kind":"PodList","apiVersion":"v1","items":[{"metadata":{"name":"first"}}`
	for name, test := range map[string]struct {
		text string
		seen []string
	}{
		"an item":             {first + `,{"metadata":{"name":"`, []string{"first"}},
		"an unknown member":   {first + `,{"metadata":{"name":"second"},"new":"`, []string{"first"}},
		"the name of a label": {first + `,{"metadata":{"labels":{"`, []string{"first"}},
		"the metadata":        {first + `],"metadata":{"continue":"`, []string{"first"}},
		"a member":            {`{"kind":"`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: []func(*http.Request) (*http.Response, error){endless(test.text)}}
			seen, errs := yielded(s.pods(t).All(t.Context(), resources.ListOptions{}))
			require.Equal(t, test.seen, seen)
			require.Len(t, errs, 1)
			require.ErrorContains(t, errs[0], "list pods: ")
			require.ErrorContains(t, errs[0], "the server sent an item of more than 16 MiB")
		})
	}
}

func TestAListMayBeLongerThanTheBoundOfAnItem(t *testing.T) {
	filler := strings.Repeat("a", 1<<20)
	var list strings.Builder
	list.WriteString(`{"kind":"PodList","apiVersion":"v1","items":[`)
	for i := range 40 {
		if i > 0 {
			list.WriteString(",")
		}
		fmt.Fprintf(&list, `{"metadata":{"name":"pod-%d","annotations":{"a":%q}}}`, i, filler)
	}
	list.WriteString(`],"metadata":{}}`)
	s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, list.String())}}
	count := 0
	for pod, err := range s.pods(t).All(t.Context(), resources.ListOptions{}) {
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("pod-%d", count), pod.Metadata.Name)
		require.Len(t, pod.Metadata.Annotations["a"], len(filler))
		count++
	}
	require.Equal(t, 40, count)
}
