package conformance_test

import (
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// watchExpiring are the behaviours of watches whose events the server no longer has.
func watchExpiring() []behaviour {
	return []behaviour{
		{"a watch reports what it missed if its events have expired, by an ERROR event", func(t *testing.T, w *world) {
			watchesExpired(t, w, func(next http.RoundTripper, r *http.Request) (*http.Response, error) {
				query := r.URL.Query()
				query.Set("resourceVersion", "1")
				old := r.Clone(r.Context())
				old.URL.RawQuery = query.Encode()
				return next.RoundTrip(old)
			})
		}},
		// The answer is the test's own: Kubernetes 1.35 sends an event.
		{"a watch reports what it missed if its events have expired, by the status", func(t *testing.T, w *world) {
			watchesExpired(t, w, func(_ http.RoundTripper, r *http.Request) (*http.Response, error) {
				return &http.Response{
					StatusCode: http.StatusGone, Header: http.Header{"Content-Type": {"application/json"}},
					Body: io.NopCloser(strings.NewReader(expired)), Request: r,
				}, nil
			})
		}},
		{"a watch from an expired resourceVersion ends with ErrGone", func(t *testing.T, w *world) {
			kind := newCustomKind(t, w.withoutHistory(t))
			var errs []error
			for _, err := range kind.api.Watch(within(t, waitLimit), resources.ListOptions{ResourceVersion: "1"}) {
				errs = append(errs, err)
			}
			require.Len(t, errs, 1)
			require.ErrorIs(t, errs[0], transport.ErrGone)
			require.Regexp(t, `^too old resource version: 1 \(\d+\)$`, statusOf(t, errs[0]).Status.Message)
		}},
	}
}

// withoutHistory returns a world whose server has no events of version 1. A cluster never has those
// of a custom resource: it keeps events since the kind is served. A kxtest server forgets events
// when it is told to, and then for all behaviours.
func (w *world) withoutHistory(t *testing.T) *world {
	t.Helper()
	if *e2e {
		return w
	}
	server := kxtest.Start(t)
	server.Compact()
	return newWorld(t, &target{config: server.Config()})
}

// expiringWatch breaks the first watch, and answers the second one as from a version that has
// expired.
type expiringWatch struct {
	next    http.RoundTripper
	watches int
	missed  func() // happens between the two
	expire  func(next http.RoundTripper, r *http.Request) (*http.Response, error)
}

func (e *expiringWatch) RoundTrip(r *http.Request) (*http.Response, error) {
	if !r.URL.Query().Has("watch") {
		return e.next.RoundTrip(r)
	}
	e.watches++
	switch e.watches {
	case 1:
		answer, err := e.next.RoundTrip(r)
		if err == nil {
			answer.Body = &cutWatchBody{ReadCloser: answer.Body}
		}
		return answer, err
	case 2:
		e.missed()
		return e.expire(e.next, r)
	}
	return e.next.RoundTrip(r)
}

func watchesExpired(t *testing.T, w *world, expire func(http.RoundTripper, *http.Request) (*http.Response, error)) {
	w = w.withoutHistory(t)
	kind := newCustomKind(t, w)
	remove := func(name string) {
		_, err := kind.api.Delete(t.Context(), name)
		require.NoError(t, err)
	}
	for _, name := range []string{"changed", "deleted", "kept"} {
		kind.create(t, name, `{"size":0}`)
	}
	expiring := &expiringWatch{expire: expire, missed: func() {
		_, err := kind.api.Patch(t.Context(), "changed", patch.Merge(`{"spec":{"size":1}}`))
		require.NoError(t, err)
		remove("deleted")
		kind.create(t, "new", `{"size":0}`)
	}}
	client := connect(t, w.config, transport.WithRoundTripper(func(next http.RoundTripper) http.RoundTripper {
		expiring.next = next
		return expiring
	}))
	api := resources.ForKind(client, kind.kind)
	next, stop := iter.Pull2(api.Watch(within(t, waitLimit), resources.ListOptions{}))
	defer stop()
	take := func(count int) (lines []string) {
		for range count {
			event, err, ok := next()
			require.True(t, ok)
			require.NoError(t, err)
			line := fmt.Sprint(event.Type, " ", event.Object.Metadata.Name)
			if event.FinalStateUnknown {
				line += " unknown"
			} else {
				line += " " + field(t, event.Object, "spec", "size")
			}
			lines = append(lines, line)
		}
		return lines
	}
	require.Equal(t, []string{"ADDED changed 0", "ADDED deleted 0", "ADDED kept 0"}, take(3))
	missed := take(3)
	slices.Sort(missed)
	require.Equal(t, []string{"ADDED new 0", "DELETED deleted unknown", "MODIFIED changed 1"}, missed)
	remove("kept")
	require.Equal(t, []string{"DELETED kept 0"}, take(1))
	require.Equal(t, 3, expiring.watches)
}
