package resources_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// An aggregated API server may ignore field selectors.
func TestAWaitIgnoresOtherObjectsThanItsOwn(t *testing.T) {
	other := labeled("ADDED", "other", "2", "10", "") + labeled("MODIFIED", "other", "2", "11", "yes") + labeled("DELETED", "other", "2", "12", "")
	list := answers(200, page("", "other", "a", "another"))
	hasLabel := func(o *object) (bool, error) { return o.Metadata.Labels["v"] == "yes", nil }
	wait := func(s *script, condition func(*resources.API[object]) error) ([]string, error) {
		err := condition(s.objects(t))
		return s.versions, err
	}
	for name, test := range map[string]struct {
		answers   []answer
		condition func(*resources.API[object]) error
		versions  []string // of the requests, up to the one whose answer ends the wait
		problem   string
	}{
		"for its deletion": {
			[]answer{list, answers(200, other), answers(200, labeled("DELETED", "a", "u-a", "13", ""))},
			func(api *resources.API[object]) error {
				return resources.WaitFor(limited(t), api, "a", resources.Deleted)
			},
			[]string{"", "1", "12"}, "",
		},
		"for its creation": {
			[]answer{answers(200, page("", "other")), answers(200, other), answers(200, labeled("ADDED", "a", "1", "13", ""))},
			func(api *resources.API[object]) error {
				return resources.WaitFor(limited(t), api, "a", resources.Added)
			},
			[]string{"", "1", "12"}, "",
		},
		"for a condition": {
			[]answer{list, answers(200, other), answers(200, labeled("MODIFIED", "a", "u-a", "13", "yes"))},
			func(api *resources.API[object]) error { return resources.WaitFor(limited(t), api, "a", hasLabel) },
			[]string{"", "1", "12"}, "",
		},
		"for a condition of an object that is not there": {
			[]answer{answers(200, page("", "other"))},
			func(api *resources.API[object]) error { return resources.WaitFor(limited(t), api, "a", hasLabel) },
			[]string{""}, `pods "a" not found`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			versions, err := wait(&script{answers: test.answers}, test.condition)
			require.Equal(t, test.versions, versions)
			if test.problem == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, transport.ErrNotFound)
			require.ErrorContains(t, err, test.problem)
		})
	}
}

func TestAWaitEndsIfTheServerHasNoList(t *testing.T) {
	gone := answers(410, failing(410, "Expired"))
	s := &script{answers: []answer{gone}}
	require.ErrorIs(t, resources.WaitFor(limited(t), s.objects(t), "a", resources.Deleted), transport.ErrGone)
	require.Len(t, s.versions, 1)
}

func TestAnObjectThatWasCreatedAnewEndsAWait(t *testing.T) {
	ready := func(o *object) (bool, error) { return o.Metadata.Labels["v"] == "yes", nil }
	anew := answers(200, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"30"},"items":[{"metadata":{"name":"a","uid":"new","resourceVersion":"29","labels":{"v":"yes"}}}]}`)
	gone := answers(200, `{"type":"ERROR","object":`+failing(410, "Expired")+`}`)
	for name, list := range map[string][]answer{
		"the watch has the deletion":     {answers(200, page("", "a")), answers(200, labeled("DELETED", "a", "u-a", "9", "")+labeled("ADDED", "a", "new", "10", "yes"))},
		"the watch has the new one only": {answers(200, page("", "a")), answers(200, labeled("MODIFIED", "a", "new", "10", "yes"))},
		"a new list has it":              {answers(200, page("", "a")), gone, anew},
	} {
		t.Run(name, func(t *testing.T) {
			var failed *resources.WaitError
			err := resources.WaitFor(limited(t), (&script{answers: list}).objects(t), "a", ready)
			require.ErrorAs(t, err, &failed)
			require.Equal(t, "Deleted", failed.Reason)
			require.NoError(t, resources.WaitFor(limited(t), (&script{answers: list}).objects(t), "a", resources.Deleted))
		})
	}
}
