package resources_test

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// page is one page of a list, with the token of the next one.
func page(token string, names ...string) string {
	items := ""
	for i, name := range names {
		if i > 0 {
			items += ","
		}
		items += fmt.Sprintf(`{"metadata":{"name":%q,"uid":"u-%s","resourceVersion":"1"}}`, name, name)
	}
	return fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"1","continue":%q},"items":[%s]}`, token, items)
}

func TestAServerThatRepeatsItsContinueTokenEndsTheList(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, page("again", "a"))}}
	seen, errs := yielded(s.pods(t).All(t.Context(), resources.ListOptions{}))
	require.Len(t, errs, 1)
	require.EqualError(t, errs[0], "GET pods: the answer cannot be read: the server repeats its continue token: the list would not end; a proxy may have sent it")
	require.Equal(t, []string{"a", "a"}, seen)
	require.Len(t, s.at, 2)
}

func TestAListOfPagesWithoutItemsEnds(t *testing.T) {
	none := resources.ListOptions{}
	const pod, table = `"kind":"PodList","apiVersion":"v1","items":[]`, `"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[]`
	for name, test := range map[string]struct {
		list string
		call func(*resources.API[resources.Pod]) error
	}{
		"objects":         {pod, func(pods *resources.API[resources.Pod]) error { return lastError(pods.All(t.Context(), none)) }},
		"rows":            {table, func(pods *resources.API[resources.Pod]) error { return lastError(pods.AllRows(t.Context(), none)) }},
		"a watch":         {pod, func(pods *resources.API[resources.Pod]) error { return lastError(pods.Watch(t.Context(), none)) }},
		"a watch of rows": {table, func(pods *resources.API[resources.Pod]) error { return lastError(pods.WatchTable(t.Context(), none)) }},
	} {
		t.Run(name, func(t *testing.T) {
			pages := 0
			s := &script{answers: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
				pages++
				return answers(200, fmt.Sprintf(`{"metadata":{"resourceVersion":"1","continue":"token-%d"},%s}`, pages, test.list))(r)
			}}}
			require.EqualError(t, test.call(s.pods(t)), "GET pods: the answer cannot be read: 1000 pages in turn have no items, "+
				"and there are more: the list would not end; a proxy may have sent it")
			require.Equal(t, 1000, pages)
		})
	}
}

// lastError returns the last error of a sequence.
func lastError[T any](all iter.Seq2[T, error]) (last error) {
	for _, err := range all {
		last = err
	}
	return last
}

func TestPagesWithoutItemsBetweenOthersAreRead(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(200, page("1")), answers(200, page("2", "a")), answers(200, page("3")), answers(200, page("", "b")),
	}}
	seen, errs := yielded(s.pods(t).All(t.Context(), resources.ListOptions{}))
	require.Empty(t, errs)
	require.Equal(t, []string{"a", "b"}, seen)
}

func TestAListWhoseEveryTokenHasExpiredFails(t *testing.T) {
	expired := func(token string) func(*http.Request) (*http.Response, error) {
		return answers(410, `{"kind":"Status","apiVersion":"v1","metadata":{"continue":"`+token+`"},"status":"Failure","reason":"Expired","code":410}`)
	}
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(200, page("1", "a")), expired("2"), answers(200, page("3", "b")), expired("4"), expired("5"),
	}}
	seen, errs := yielded(s.pods(t).All(t.Context(), resources.ListOptions{}))
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], transport.ErrGone)
	require.Equal(t, []string{"a", "b"}, seen)
	require.Len(t, s.at, 5)
}

// closable is a body that knows whether it was closed.
type closable struct {
	io.Reader
	closed bool
}

func (c *closable) Close() error {
	c.closed = true
	return nil
}

func TestAPanicInTheLoopFreesTheConnection(t *testing.T) {
	for name, text := range map[string]string{"list": page("", "a", "b"), "watch": event("ADDED", "a", "5")} {
		t.Run(name, func(t *testing.T) {
			body := &closable{}
			s := &script{answers: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
				answer, err := answers(200, text)(r)
				body.Reader = answer.Body
				answer.Body = body
				return answer, err
			}}}
			pods := s.pods(t)
			require.PanicsWithValue(t, "the caller's", func() {
				if name == "list" {
					for range pods.All(t.Context(), resources.ListOptions{}) {
						panic("the caller's")
					}
				}
				for range pods.Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
					panic("the caller's")
				}
			})
			require.True(t, body.closed)
		})
	}
}

// yielded returns the names of all pods and all errors that a list yields, also after an error.
func yielded(pods iter.Seq2[*resources.Pod, error]) (names []string, errs []error) {
	for pod, err := range pods {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		names = append(names, pod.Metadata.Name)
	}
	return names, errs
}
