package resources_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// broken answers with a body that fails with err after text.
func broken(text string, err error) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		body := io.NopCloser(io.MultiReader(strings.NewReader(text), iotest.ErrReader(err)))
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: body, Request: r}, nil
	}
}

func TestAnAcceptedWatchIsResumedAfter(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"a load balancer's 502":        answers(502, "<html>bad gateway</html>"),
		"a server's 500 as it starts":  answers(500, failing(500, "InternalError")),
		"a 503":                        answers(503, failing(503, "ServiceUnavailable")),
		"a refused connection":         func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
		"a connection that breaks":     broken("", errors.New("connection reset by peer")),
		"a stream that ends too early": broken(`{"type":"ADDED",`, io.ErrUnexpectedEOF),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: []func(*http.Request) (*http.Response, error){
					answers(200, event("ADDED", "a", "5")), answer, answers(200, event("ADDED", "end", "6")),
				}}
				var seen []string
				for event, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
					require.NoError(t, err)
					seen = append(seen, event.Object.Metadata.Name)
					if event.Object.Metadata.Name == "end" {
						break
					}
				}
				require.Equal(t, []string{"a", "end"}, seen)
				require.Equal(t, "5", s.versions[len(s.versions)-1])
			})
		})
	}
}

// A proxy may keep a connection open whose server is gone.
func TestAWatchThatTheServerDoesNotEndIsResumed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := func(r *http.Request) (*http.Response, error) {
			reader, writer := io.Pipe()
			context.AfterFunc(r.Context(), func() { writer.CloseWithError(r.Context().Err()) })
			return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: reader, Request: r}, nil
		}
		s := &script{answers: []func(*http.Request) (*http.Response, error){silent, answers(200, event("ADDED", "end", "6"))}}
		for event, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
			require.NoError(t, err)
			require.Equal(t, "end", event.Object.Metadata.Name)
			break
		}
		require.Equal(t, []string{"1", "1"}, s.versions)
		require.Less(t, s.at[1].Sub(s.at[0]), 331*time.Second)
	})
}

func TestAQuietWatchIsResumedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		quiet := func(r *http.Request) (*http.Response, error) {
			time.Sleep(5 * time.Minute)
			return answers(200, "")(r)
		}
		list := slices.Repeat([]func(*http.Request) (*http.Response, error){quiet}, 9)
		s := &script{answers: append(list, answers(200, event("ADDED", "end", "6")))}
		for _, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
			require.NoError(t, err)
			break
		}
		for i := 1; i < len(s.at); i++ {
			require.LessOrEqual(t, s.at[i].Sub(s.at[i-1]), 5*time.Minute+150*time.Millisecond)
		}
	})
}

func TestAWatchFromVersionZeroListsFirst(t *testing.T) {
	server := start(t)
	create(t, server, "default", numbered(3)...)
	server.ForgetRequests()
	var seen []string
	for event, err := range configMaps(t, server).Watch(limited(t), resources.ListOptions{ResourceVersion: "0", LabelSelector: "app=web"}) {
		require.NoError(t, err)
		seen = append(seen, describe(event, event.Object.Metadata.Name))
		if len(seen) == 3 {
			create(t, server, "default", "later")
		}
		if len(seen) == 4 {
			break
		}
	}
	require.Equal(t, []string{"ADDED " + numbered(3)[0], "ADDED " + numbered(3)[1], "ADDED " + numbered(3)[2], "ADDED later"}, seen)
	require.Equal(t, "0", server.Requests()[0].Query.Get("resourceVersion"))
	require.False(t, server.Requests()[0].Query.Has("watch"))
	require.NotEqual(t, "0", last(t, server).Query.Get("resourceVersion"), "the watch begins where the list ended")
}

func TestAWatchOutlivesRestartsOfTheServer(t *testing.T) {
	server := start(t)
	names := numbered(5)
	var seen []string
	create(t, server, "default", names[0])
	for event, err := range configMaps(t, server).Watch(limited(t), resources.ListOptions{LabelSelector: "app=web"}) {
		require.NoError(t, err)
		seen = append(seen, event.Object.Metadata.Name)
		if len(seen) == len(names) {
			break
		}
		server.Stop()
		create(t, server, "default", names[len(seen)])
		server.Restart()
	}
	require.Equal(t, names, seen, "nothing twice, nothing left out")
}

func TestAnEventWithoutEndEndsTheWatch(t *testing.T) {
	endless := io.MultiReader(strings.NewReader(`{"type":"ADDED","object":{"metadata":{"name":"`), endlessReader{})
	s := &script{answers: []func(*http.Request) (*http.Response, error){func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(endless), Request: r}, nil
	}}}
	var errs []error
	for _, err := range s.pods(t).Watch(t.Context(), resources.ListOptions{ResourceVersion: "1"}) {
		errs = append(errs, err)
	}
	require.Len(t, errs, 1)
	require.ErrorContains(t, errs[0], "the server sent an event of more than 16 MiB")
}

// endlessReader reads as the letter a without end.
type endlessReader struct{}

func (endlessReader) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'a'
	}
	return len(p), nil
}
