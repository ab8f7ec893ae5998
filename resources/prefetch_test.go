package resources_test

import (
	"context"
	"fmt"
	"io"
	"iter"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// prefetched lists pods.
func prefetched(t *testing.T, client *transport.Client) iter.Seq2[*resources.Pod, error] {
	t.Helper()
	return resources.New[resources.Pod](client).All(t.Context(), resources.ListOptions{}, resources.Prefetch())
}

// headOfPage is a page up to its first item.
func headOfPage(token string) string {
	return fmt.Sprintf(`{"kind":"PodList","apiVersion":"v1","metadata":{"continue":%q},"items":[`, token)
}

func TestTheNextPageIsAskedForBeforeTheFirstItemOfThisOneArrives(t *testing.T) {
	second := make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "b" {
			close(second)
			_, _ = io.WriteString(w, page("", "b"))
			return
		}
		_, _ = io.WriteString(w, headOfPage("b"))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-second:
			_, _ = io.WriteString(w, `{"metadata":{"name":"a"}}]}`)
		case <-r.Context().Done():
		}
	})
	seen, errs := yielded(prefetched(t, client))
	require.Empty(t, errs)
	require.Equal(t, []string{"a", "b"}, seen)
}

func TestNoPageIsAskedForAfterTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){
			answers(200, page("b", "a")), answers(200, page("c", "b")), answers(200, page("d", "c")), answers(200, page("", "d")),
		}}
		for range prefetched(t, clientOn(t, s)) {
			synctest.Wait() // the answers arrive
			require.Len(t, s.at, 2)
			break
		}
		require.Len(t, s.at, 2)
	})
}

func TestTheItemsOfAPageComeBeforeTheErrorOfTheNext(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(200, page("b", "a1", "a2")), answers(403, failing(403, "Forbidden")),
	}}
	seen, errs := yielded(prefetched(t, clientOn(t, s)))
	require.Equal(t, []string{"a1", "a2"}, seen)
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], transport.ErrForbidden)
}

func TestAPrefetchedPageWhoseTokenHasExpiredGoesOnWithTheInconsistentToken(t *testing.T) {
	s := &script{answers: []func(*http.Request) (*http.Response, error){
		answers(200, page("old", "a")),
		answers(410, `{"kind":"Status","status":"Failure","reason":"Expired","code":410,"metadata":{"continue":"new"}}`),
		answers(200, page("", "b")),
	}}
	seen, errs := yielded(prefetched(t, clientOn(t, s)))
	require.Empty(t, errs)
	require.Equal(t, []string{"a", "b"}, seen)
	require.Len(t, s.at, 3)
}

func TestLeavingAListGivesUpThePrefetchedPage(t *testing.T) {
	asked, left := make(chan struct{}), make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("continue") == "" {
			_, _ = io.WriteString(w, page("b", "a"))
			return
		}
		close(asked)
		<-r.Context().Done() // never answered
		close(left)
	})
	for range prefetched(t, client) {
		<-asked
		break
	}
	<-left
}

// The first page of another list has another token.
func TestThePrefetchedPageOfAListThatIsReadAgainIsNotUsed(t *testing.T) {
	var asked []string
	cut := true
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		token := r.URL.Query().Get("continue")
		switch {
		case token == "old":
			<-r.Context().Done() // never answered
		case token == "new":
			asked = append(asked, token)
			_, _ = io.WriteString(w, page("", "b"))
		case cut:
			cut = false
			asked = append(asked, "cut")
			_, _ = io.WriteString(w, headOfPage("old"))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		default:
			asked = append(asked, "first")
			_, _ = io.WriteString(w, page("new", "a"))
		}
	})
	seen, errs := yielded(prefetched(t, client))
	require.Empty(t, errs)
	require.Equal(t, []string{"a", "b"}, seen)
	require.Equal(t, []string{"cut", "first", "new"}, asked)
}

func TestAPageThatTheCallerDoesNotGetToWithin10SecondsIsAskedForAgain(t *testing.T) {
	for pause, want := range map[time.Duration]int{9 * time.Second: 2, 11 * time.Second: 3} {
		synctest.Test(t, func(t *testing.T) {
			var given []context.Context
			late := func(r *http.Request) (*http.Response, error) {
				given = append(given, r.Context())
				return answers(200, page("", "b"))(r)
			}
			s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, page("b", "a")), late}}
			var seen []string
			for pod, err := range prefetched(t, clientOn(t, s)) {
				require.NoError(t, err)
				seen = append(seen, pod.Metadata.Name)
				if pod.Metadata.Name == "a" {
					time.Sleep(pause)
				} else {
					require.NoError(t, given[len(given)-1].Err())
				}
			}
			require.Equal(t, []string{"a", "b"}, seen)
			require.Len(t, s.at, want)
			require.Error(t, given[0].Err(), "nothing holds the first answer")
		})
	}
}
