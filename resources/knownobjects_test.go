package resources_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// Without a version nobody can tell whether an object has changed.
func TestANewListOfAWatchYieldsObjectsWithoutAVersion(t *testing.T) {
	list := func(value string) answer {
		return answers(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9"},"items":[{"metadata":{"name":"a","uid":"1","labels":{"v":"`+value+`"}}}]}`)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		s := &script{answers: []answer{list("1"), answers(410, failing(410, "Expired")), list("2"), hang("")}}
		var seen []string
		for event, err := range s.objects(t).Watch(ctx, resources.ListOptions{}) {
			require.NoError(t, err)
			seen = append(seen, describe(event, state(event.Object)))
			if len(seen) == 2 {
				break
			}
		}
		require.Equal(t, []string{"ADDED a:1", "MODIFIED a:2"}, seen)
	})
}

func TestAWatchOfObjectsWithoutEndIsTooLarge(t *testing.T) {
	if raceDetector {
		t.Skip("keeps 256 MiB: make test runs it without the race detector")
	}
	name := strings.Repeat("a", 7<<20)
	answered := 0
	nextPage := func(r *http.Request) (*http.Response, error) {
		answered++
		return answers(200, page(fmt.Sprint("token-", answered), fmt.Sprint(answered, name)))(r)
	}
	nextEvent := func(r *http.Request) (*http.Response, error) {
		answered++
		return answers(200, event("ADDED", fmt.Sprint(answered, name), "5"))(r)
	}
	for kind, script := range map[string]*script{
		"of a list": {answers: []answer{nextPage}}, "of events": {answers: []answer{answers(200, page("")), nextEvent}},
	} {
		t.Run(kind, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				answered = 0
				err := lastError(script.pods(t).Watch(t.Context(), resources.ListOptions{}))
				require.EqualError(t, err, "the server sent names of objects of more than 256 MiB (resources.MaxWatchBytes)")
				require.Less(t, answered, 40)
			})
		})
	}
}
