package resources_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type answer = func(*http.Request) (*http.Response, error)

// labeled is an event of an object with a label.
func labeled(kind, name, uid, version, value string) string {
	return fmt.Sprintf(`{"type":%q,"object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":%q,"uid":%q,"resourceVersion":%q,"labels":{"v":%q}}}}`+"\n", kind, name, uid, version, value)
}

// hang answers with text, and then with nothing until the request ends.
func hang(text string) answer {
	return func(r *http.Request) (*http.Response, error) {
		response, err := answers(200, "")(r)
		response.Body = &hanging{Reader: strings.NewReader(text), ended: r.Context().Done()}
		return response, err
	}
}

type hanging struct {
	*strings.Reader
	ended <-chan struct{}
}

func (h *hanging) Read(p []byte) (int, error) {
	if h.Len() > 0 {
		return h.Reader.Read(p)
	}
	<-h.ended
	return 0, context.Canceled
}

func (h *hanging) Close() error { return nil }

func (s *script) objects(t *testing.T) *resources.API[object] {
	return resources.As[object](s.pods(t))
}

// runScript runs a store on the answers, until all goroutines wait. It returns the calls of its
// functions.
func runScript(t *testing.T, list ...answer) []string {
	t.Helper()
	var made []string
	synctest.Test(t, func(t *testing.T) {
		recorded := make(calls, 100)
		s := &script{answers: list}
		store := resources.NewStore(s.objects(t), recorded.options())
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- store.Run(ctx) }()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		close(recorded)
		for call := range recorded {
			made = append(made, call)
		}
	})
	return made
}

func TestAStoreFollowsAServerThatDoesNotKeepItsWord(t *testing.T) {
	list := answers(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a","uid":"1","resourceVersion":"5","labels":{"v":"1"}}}]}`)
	for name, test := range map[string]struct {
		events string
		calls  []string
	}{
		"an event that comes twice":               {labeled("MODIFIED", "a", "1", "10", "2") + labeled("MODIFIED", "a", "1", "10", "2"), []string{"update a:1 to a:2"}},
		"an object that the list has had":         {labeled("ADDED", "a", "1", "5", "1"), nil},
		"a change of an unknown object":           {labeled("MODIFIED", "b", "2", "10", "1"), []string{"add b:1"}},
		"a deletion of an unknown object":         {labeled("DELETED", "b", "2", "10", "1"), nil},
		"a deletion that comes twice":             {labeled("DELETED", "a", "1", "10", "1") + labeled("DELETED", "a", "1", "10", "1"), []string{"delete a:1"}},
		"a version that goes back":                {labeled("MODIFIED", "a", "1", "4", "0"), []string{"update a:1 to a:0"}},
		"events without a version":                {labeled("MODIFIED", "a", "1", "", "2") + labeled("MODIFIED", "a", "1", "", "3"), []string{"update a:1 to a:2", "update a:2 to a:3"}},
		"an object created anew without deletion": {labeled("MODIFIED", "a", "7", "10", "2"), []string{"delete a:1", "add a:2"}},
		"bookmarks out of order":                  {event("BOOKMARK", "", "20") + event("BOOKMARK", "", "3") + labeled("MODIFIED", "a", "1", "21", "2"), []string{"update a:1 to a:2"}},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, append([]string{"add a:1"}, test.calls...), runScript(t, list, hang(test.events)))
		})
	}
}

func TestAListWithoutVersionsOfItsObjectsUpdatesThem(t *testing.T) {
	list := func(value string) answer {
		return answers(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a","uid":"1","labels":{"v":"`+value+`"}}}]}`)
	}
	gone := answers(200, event("BOOKMARK", "", "20")+`{"type":"ERROR","object":`+failing(410, "Expired")+`}`)
	synctest.Test(t, func(t *testing.T) {
		recorded := make(calls, 100)
		s := &script{answers: []answer{list("1"), gone, list("2"), hang("")}}
		runStore(t, resources.NewStore(s.objects(t), recorded.options()))
		require.Equal(t, []string{"add a:1", "update a:1 to a:2"}, recorded.take(t, 2))
	})
}

func TestExpiredWatchesInARowAreReportedWithGrowingPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		list, gone := answers(200, page("", "a")), answers(410, failing(410, "Expired"))
		s := &script{}
		for range 8 {
			s.answers = append(s.answers, list, gone)
		}
		s.answers = append(s.answers, list, hang(""))
		var reported []error
		store := resources.NewStore(s.objects(t), resources.StoreOptions[object]{OnError: func(err error) { reported = append(reported, err) }})
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- store.Run(ctx) }()
		time.Sleep(2 * time.Minute) // of the bubble's clock; the last watch lasts longer
		synctest.Wait()
		require.Len(t, s.at, 18)
		cancel()
		require.ErrorIs(t, <-ended, context.Canceled)
		require.Len(t, reported, 7, "the first alone is the usual end of a watch")
		for _, err := range reported {
			require.ErrorIs(t, err, transport.ErrGone)
		}
		require.Greater(t, s.at[14].Sub(s.at[12]), s.at[6].Sub(s.at[4]))
	})
}

func TestAFunctionThatEndsTheContextIsTheLastOne(t *testing.T) {
	three := page("", "a", "b", "c")
	events := labeled("ADDED", "a", "1", "10", "") + labeled("ADDED", "b", "2", "11", "") + labeled("ADDED", "c", "3", "12", "")
	for name, list := range map[string][]answer{
		"in a list":  {answers(200, three), hang("")},
		"in a watch": {answers(200, page("")), hang(events)},
	} {
		t.Run(name, func(t *testing.T) {
			s := &script{answers: append(list, answers(200, three), hang(""))}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			var added []string
			store := resources.NewStore(s.objects(t), resources.StoreOptions[object]{OnAdd: func(o *object) {
				added = append(added, o.Metadata.Name)
				cancel()
			}})
			require.ErrorIs(t, store.Run(ctx), context.Canceled)
			require.Len(t, added, 1)
			require.Equal(t, []string{"a"}, names(store))
			isSynced := false
			select {
			case <-store.Synced():
				isSynced = true
			default:
			}
			require.Equal(t, name == "in a watch", isSynced)
		})
	}
}

func TestAStoreWhoseFunctionPanicsCanRunAgain(t *testing.T) {
	s := &script{answers: []answer{answers(200, page("", "a", "b")), answers(200, page("", "a", "b")), hang("")}}
	explode := true
	var added []string
	var store *resources.Store[object]
	store = resources.NewStore(s.objects(t), resources.StoreOptions[object]{OnAdd: func(o *object) {
		if explode {
			explode = false
			panic("the caller's")
		}
		_, ok := store.Get("", o.Metadata.Name)
		require.True(t, ok, "a function may read the store")
		require.ErrorContains(t, store.Run(t.Context()), "Run is already called")
		added = append(added, o.Metadata.Name)
	}})
	require.PanicsWithValue(t, "the caller's", func() { _ = store.Run(t.Context()) })
	require.Len(t, names(store), 1)
	runStore(t, store)
	require.Equal(t, []string{"a", "b"}, names(store))
	require.Len(t, added, 1, "the first object was stored before the panic")
}

func TestAStoreIsReadWhileItChanges(t *testing.T) {
	var events strings.Builder
	for i := range 2000 {
		events.WriteString(labeled("MODIFIED", fmt.Sprint("pod-", i%50), "1", fmt.Sprint(i+10), fmt.Sprint(i)))
	}
	events.WriteString(labeled("ADDED", "end", "2", "9999", ""))
	s := &script{answers: []answer{answers(200, page("")), hang(events.String())}}
	var store *resources.Store[object]
	done := make(chan struct{})
	store = resources.NewStore(s.objects(t), resources.StoreOptions[object]{
		OnAdd: func(o *object) {
			if o.Metadata.Name == "end" {
				close(done)
			}
		},
		OnUpdate: func(_, o *object) {
			stored, _ := store.Get("", o.Metadata.Name)
			if stored != o {
				panic("a function sees an older object in the store")
			}
		},
	})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				for o := range store.All() {
					_ = o.Metadata.Labels["v"]
				}
				_, _ = store.Get("", "pod-7")
			}
		})
	}
	runStore(t, store)
	readers.Wait()
	require.Len(t, names(store), 51)
}
