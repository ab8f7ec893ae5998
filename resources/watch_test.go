package resources_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func describe[T any](event resources.WatchEvent[T], name string) string {
	return fmt.Sprint(event.Type, " ", name)
}

func TestAWatchYieldsExistingObjectsFirst(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	api := configMaps(t, server)
	var seen []string
	for event, err := range api.Watch(limited(t), resources.ListOptions{LabelSelector: "app=web", Limit: 2}) {
		require.NoError(t, err)
		seen = append(seen, describe(event, event.Object.Metadata.Name))
		switch len(seen) {
		case 3:
			create(t, server, "default", "later")
		case 4:
			event.Object.Metadata.Labels["more"] = "1"
			_, err := api.Update(t.Context(), event.Object)
			require.NoError(t, err)
		case 5:
			_, err := api.Delete(t.Context(), "map-0")
			require.NoError(t, err)
		}
		if event.Type == resources.Deleted {
			break
		}
	}
	require.Equal(t, []string{"ADDED map-0", "ADDED map-1", "ADDED map-2", "ADDED later", "MODIFIED later", "DELETED map-0"}, seen)
}

func TestAWatchSendsItsOptionsInTheQuery(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := configMaps(t, server)
	for event, err := range api.Watch(limited(t), resources.ListOptions{LabelSelector: "app=web", FieldSelector: "metadata.name=one", Limit: 7}) {
		require.NoError(t, err)
		require.Equal(t, "one", event.Object.Metadata.Name)
		if event.Type == resources.Deleted {
			break
		}
		create(t, server, "default", "two")
		_, err := api.Delete(t.Context(), "one")
		require.NoError(t, err)
	}
	var lists, watches []kxtest.Request
	for _, r := range server.Requests() {
		switch {
		case r.Query.Has("watch"):
			watches = append(watches, r)
		case r.Method == http.MethodGet:
			lists = append(lists, r)
		}
	}
	require.Len(t, lists, 1)
	require.Equal(t, "fieldSelector=metadata.name%3Done&labelSelector=app%3Dweb&limit=7", lists[0].Query.Encode())
	for _, r := range watches {
		require.NotEmpty(t, r.Query.Get("resourceVersion"))
		r.Query.Del("resourceVersion")
		require.Equal(t, "allowWatchBookmarks=true&fieldSelector=metadata.name%3Done&labelSelector=app%3Dweb&timeoutSeconds=300&watch=1", r.Query.Encode())
	}
}

func TestAWatchFromAVersionYieldsLaterChanges(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := configMaps(t, server)
	list, err := api.List(t.Context(), resources.ListOptions{})
	require.NoError(t, err)
	create(t, server, "default", "two")
	server.ForgetRequests()
	for event, err := range api.Watch(limited(t), resources.ListOptions{ResourceVersion: list.Metadata.ResourceVersion, Continue: "no", ResourceVersionMatch: "Exact"}) {
		require.NoError(t, err)
		require.Equal(t, "ADDED two", describe(event, event.Object.Metadata.Name))
		break
	}
	require.Len(t, server.Requests(), 1)
	require.Equal(t, list.Metadata.ResourceVersion, last(t, server).Query.Get("resourceVersion"))
	require.False(t, last(t, server).Query.Has("continue"))
	require.False(t, last(t, server).Query.Has("resourceVersionMatch"))
}

func TestALostWatchIsResumedWhereItStopped(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(4)...)
	api := configMaps(t, server)
	duringTheSecondEvent := kxtest.CutAnswer(600)
	fault := server.Fault(kxtest.Fault{Query: map[string]string{"watch": "1"}, Then: duringTheSecondEvent})
	var seen []string
	for event, err := range api.Watch(limited(t), resources.ListOptions{LabelSelector: "app=web", ResourceVersion: "1"}) {
		require.NoError(t, err)
		seen = append(seen, event.Object.Metadata.Name)
		if len(seen) == 4 {
			break
		}
	}
	require.Equal(t, numbered(4), seen, "nothing twice, nothing left out")
	require.Equal(t, 1, fault.Hits())
	require.Len(t, server.Requests(), 2)
}

func TestAWatchFromAnExpiredVersionEndsWithGone(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := configMaps(t, server)
	errs := func() (list []error) {
		for event, err := range api.Watch(limited(t), resources.ListOptions{ResourceVersion: "1"}) {
			require.Zero(t, event)
			list = append(list, err)
		}
		return list
	}
	t.Run("by an ERROR event", func(t *testing.T) {
		server.Compact()
		got := errs()
		require.Len(t, got, 1)
		require.ErrorIs(t, got[0], transport.ErrGone)
		require.ErrorContains(t, got[0], "too old resource version")
	})
	t.Run("by the response status", func(t *testing.T) {
		server.Fault(kxtest.Fault{Query: map[string]string{"watch": "1"}, Then: kxtest.AnswerStatus(http.StatusGone, "Expired", "too old", 0)})
		got := errs()
		require.Len(t, got, 1)
		require.ErrorIs(t, got[0], transport.ErrGone)
	})
}

func TestAWatchEndsWithItsContext(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var errs []error
	for _, err := range configMaps(t, server).Watch(ctx, resources.ListOptions{}) {
		cancel()
		if err != nil {
			errs = append(errs, err)
		}
	}
	require.Len(t, errs, 1)
	require.ErrorIs(t, errs[0], context.Canceled)
}

func TestLeavingAWatchFreesItsConnection(t *testing.T) {
	left := make(chan struct{})
	client := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"2"}}}`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(left)
	})
	for _, err := range resources.New[resources.Pod](client).Watch(limited(t), resources.ListOptions{ResourceVersion: "1"}) {
		require.NoError(t, err)
		break
	}
	<-left
}

func TestAForbiddenWatchFails(t *testing.T) {
	server := start(t)
	create(t, server, "default", "one")
	api := resources.ForKind(connect(t, server.User("reader", kxtest.Allow("get,list", "configmaps"))), configMapKind)
	var seen []string
	var failure error
	for event, err := range api.Watch(limited(t), resources.ListOptions{LabelSelector: "app=web"}) {
		failure = err
		if err == nil {
			seen = append(seen, event.Object.Metadata.Name)
		}
	}
	require.Equal(t, []string{"one"}, seen)
	require.ErrorIs(t, failure, transport.ErrForbidden)
}

// script answers a client's watches one by one without a network, so that the test owns the clock.
type script struct {
	answers  []func(*http.Request) (*http.Response, error)
	at       []time.Time
	versions []string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.at = append(s.at, time.Now())
	s.versions = append(s.versions, r.URL.Query().Get("resourceVersion"))
	next := s.answers[0]
	if len(s.answers) > 1 {
		s.answers = s.answers[1:]
	}
	return next(r)
}

func (s *script) pods(t *testing.T) *resources.API[resources.Pod] {
	t.Helper()
	return resources.New[resources.Pod](clientOn(t, s))
}

// clientOn returns a client whose requests end in answering.
func clientOn(t *testing.T, answering http.RoundTripper) *transport.Client {
	t.Helper()
	client, err := transport.New(&kubeconfig.Config{Server: "http://api.test"},
		transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper { return answering }))
	require.NoError(t, err)
	return client
}

func answers(code int, body string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: code, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func event(kind, name, version string) string {
	return fmt.Sprintf(`{"type":%q,"object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":%q,"resourceVersion":%q}}}`+"\n", kind, name, version)
}

func failing(code int, reason string) string {
	return fmt.Sprintf(`{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"it failed","reason":%q,"code":%d}`, reason, code)
}

func TestAWatchIsResumed(t *testing.T) {
	done := answers(200, event("ADDED", "end", "99"))
	for name, test := range map[string]struct {
		answer   func(*http.Request) (*http.Response, error)
		versions []string
		seen     []string
	}{
		"after a normal end, from the last event":        {answers(200, event("ADDED", "a", "5")+event("MODIFIED", "a", "6")), []string{"1", "6"}, []string{"ADDED a", "MODIFIED a", "ADDED end"}},
		"from a bookmark, which is not yielded":          {answers(200, event("ADDED", "a", "5")+event("BOOKMARK", "", "8")), []string{"1", "8"}, []string{"ADDED a", "ADDED end"}},
		"from before an event that was cut off":          {answers(200, event("ADDED", "a", "5")+`{"type":"MODIFIED","obj`), []string{"1", "5"}, []string{"ADDED a", "ADDED end"}},
		"from the previous version if an event has none": {answers(200, event("ADDED", "a", "5")+event("MODIFIED", "a", "")), []string{"1", "5"}, []string{"ADDED a", "MODIFIED a", "ADDED end"}},
		"after a normal end without a bookmark":          {answers(200, ""), []string{"1", "1"}, []string{"ADDED end"}},
		"after an ERROR event of a busy server":          {answers(200, `{"type":"ERROR","object":`+failing(504, "Timeout")+`}`), []string{"1", "1"}, []string{"ADDED end"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []func(*http.Request) (*http.Response, error){test.answer, done}}
				var seen []string
				for event, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
					require.NoError(t, err)
					seen = append(seen, describe(event, event.Object.Metadata.Name))
					if event.Object.Metadata.Name == "end" {
						break
					}
				}
				require.Equal(t, test.seen, seen)
				require.Equal(t, test.versions, s.versions)
			})
		})
	}
}

func TestAWatchEndsWithAPermanentError(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(*http.Request) (*http.Response, error)
		text   string
	}{
		"an ERROR event of the server":        {answers(200, `{"type":"ERROR","object":`+failing(500, "InternalError")+`}`), "it failed"},
		"an ERROR event that is not a Status": {answers(200, `{"type":"ERROR","object":[]}`), "WATCH pods: the answer cannot be read: "},
		"an object without a name":            {answers(200, `{"type":"ADDED","object":{"kind":"Table","rows":[]}}`), "WATCH pods: the answer cannot be read: the server sent an event of an object without a name; a proxy may have sent it"},
		"an object that is null":              {answers(200, `{"type":"ADDED","object":null}`), "WATCH pods: the answer cannot be read: the server sent an event of an object without a name; a proxy may have sent it"},
		"an event of an unknown type":         {answers(200, `{"type":"NEW","object":7}`+event("ADDED", "a", "5")), "the answer is an event of type \"NEW\" and not a watch event"},
		"an object that cannot be read":       {answers(200, `{"type":"ADDED","object":{"metadata":7}}`), "WATCH pods: the answer cannot be read: "},
		"a response that is not JSON":         {answers(200, `<html>`), "WATCH pods: the answer cannot be read: "},
		"a selector that the server refuses":  {answers(400, failing(400, "BadRequest")), "it failed"},
		"a server that could not be reached":  {func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("no route") }, "no route"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []func(*http.Request) (*http.Response, error){test.answer}}
				var errs []error
				for event, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
					require.Zero(t, event)
					errs = append(errs, err)
				}
				require.Len(t, errs, 1)
				require.ErrorContains(t, errs[0], test.text)
			})
		})
	}
}

func TestAWatchBacksOffWhileNothingArrives(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		refused := func(*http.Request) (*http.Response, error) { return nil, fmt.Errorf("connection refused") }
		empty := answers(200, "")
		list := []func(*http.Request) (*http.Response, error){empty}
		for range 12 {
			list = append(list, refused) // the server restarts
		}
		list = append(list, answers(200, event("ADDED", "a", "5")), answers(200, event("ADDED", "end", "6")))
		s := &script{answers: list}
		for event, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
			require.NoError(t, err)
			if event.Object.Metadata.Name == "end" {
				break
			}
		}
		require.Len(t, s.at, 15)
		limit := 100 * time.Millisecond
		for i := 1; i < 14; i++ {
			pause := s.at[i].Sub(s.at[i-1])
			require.GreaterOrEqual(t, pause, limit/2, "pause %d", i)
			require.LessOrEqual(t, pause, limit+limit/2, "pause %d", i)
			limit = min(limit*2, 10*time.Second)
		}
		require.LessOrEqual(t, s.at[14].Sub(s.at[13]), 150*time.Millisecond, "after an event it begins anew")
	})
}

func TestAWaitingWatchEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, "")}}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		for _, err := range s.pods(t).Watch(ctx, resources.ListOptions{ResourceVersion: "1"}) {
			require.ErrorIs(t, err, context.DeadlineExceeded)
		}
		require.Equal(t, time.Minute, time.Since(began))
	})
}

func TestAWatchThatIsAnsweredWithAnotherShapeEndsOnce(t *testing.T) {
	const pods, table = "an event of a v1 Pod", "an event of a meta.k8s.io/v1 Table"
	added := func(object string) string { return `{"type":"ADDED","object":` + object + `}` }
	for name, test := range map[string]struct{ body, got, want string }{
		"a plain list":            {page("", "a"), "v1 PodList", "a watch event"},
		"an empty object":         {`{}`, "an object without a kind", "a watch event"},
		"a Status with Failure":   {failing(503, "ServiceUnavailable"), "a Status (Failure: it failed)", "a watch event"},
		"an object":               {answeredConfigMap, "v1 ConfigMap one", "a watch event"},
		"an event without a type": {`{"object":` + answeredConfigMap + `}`, "an object without a kind", "a watch event"},
		"an unknown type":         {`{"type":"CHANGED\u001b[2J","object":` + answeredConfigMap + `}`, `an event of type "CHANGED\x1b[2J"`, "a watch event"},
		"another kind":            {added(answeredConfigMap), "an event of v1 ConfigMap one", pods},
		"another group":           {added(`{"kind":"Pod","apiVersion":"x.y/v1","metadata":{"name":"a"}}`), "an event of x.y/v1 Pod a", pods},
		"no kind":                 {added(`{"metadata":{"name":"a"}}`), "an event of an object without a kind", pods},
		"a bookmark of a kind":    {`{"type":"BOOKMARK","object":` + answeredConfigMap + `}`, "an event of v1 ConfigMap one", pods},
		"another Table":           {added(`{"kind":"Table","apiVersion":"v1","rows":[{"cells":["a"],"object":{"metadata":{"name":"a"}}}]}`), "an event of v1 Table", table},
		"a list for a Table":      {page("", "a"), "v1 PodList", "a watch event"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []func(*http.Request) (*http.Response, error){answers(200, test.body)}}
				var errs []error
				if strings.HasSuffix(name, "Table") {
					for _, err := range s.pods(t).WatchTable(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
						errs = append(errs, err)
					}
				} else {
					for _, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
						errs = append(errs, err)
					}
				}
				require.Len(t, errs, 1)
				require.Len(t, s.at, 1, "it does not ask again")
				var other *transport.AnswerError
				require.ErrorAs(t, errs[0], &other)
				require.EqualError(t, errs[0], "WATCH pods: the answer is "+test.got+" and not "+test.want+"; a proxy may have sent it")
			})
		})
	}
}
