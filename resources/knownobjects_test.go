package resources_test

import (
	"context"
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
