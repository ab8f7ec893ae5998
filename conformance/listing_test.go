package conformance_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

func listing() []behaviour {
	return []behaviour{
		{"a list in pages of two has each object once", listsPages},
		{"a page has the number of remaining objects", func(t *testing.T, w *world) {
			ours := w.createPods(t, 3)
			page, err := w.pods.List(t.Context(), resources.ListOptions{Limit: 2})
			require.NoError(t, err)
			require.Len(t, page.Items, 2)
			require.NotEmpty(t, page.Metadata.Continue)
			require.GreaterOrEqual(t, *page.Metadata.RemainingItemCount, int64(1))
			rest, err := w.pods.List(t.Context(), resources.ListOptions{Limit: 2, LabelSelector: ours})
			require.NoError(t, err)
			require.Nil(t, rest.Metadata.RemainingItemCount, "with a selector the server does not count")
		}},
		{"a list is one snapshot, even if objects are created while it is read", listsSnapshot},
		{"a list has a kind and its items have none", func(t *testing.T, w *world) {
			page, err := w.pods.List(t.Context(), resources.ListOptions{LabelSelector: w.createPods(t, 1)})
			require.NoError(t, err)
			require.Equal(t, "PodList", page.Kind)
			require.Equal(t, "v1", page.APIVersion)
			require.NotEmpty(t, page.Metadata.ResourceVersion)
			require.Len(t, page.Items, 1)
			require.Empty(t, page.Items[0].Kind)
		}},
		{"an empty list has no items and a resourceVersion", func(t *testing.T, w *world) {
			page, err := w.pods.List(t.Context(), resources.ListOptions{LabelSelector: "kx-no-such=1"})
			require.NoError(t, err)
			require.Empty(t, page.Items)
			require.NotEmpty(t, page.Metadata.ResourceVersion)
		}},
		{"label selectors select", selectsLabels},
		{"field selectors select", selectsFields},
		{"a malformed label selector is refused", func(t *testing.T, w *world) {
			_, err := w.pods.List(t.Context(), resources.ListOptions{LabelSelector: "a in"})
			refused(t, err, transport.ErrBadRequest, "unable to parse requirement: found '' expected: '('")
		}},
		{"a field selector for an unsupported field is refused", func(t *testing.T, w *world) {
			_, err := w.pods.List(t.Context(), resources.ListOptions{FieldSelector: "spec.hostname=a"})
			refused(t, err, transport.ErrBadRequest, "field label not supported: spec.hostname")
		}},
		{"an invalid continue token is refused", func(t *testing.T, w *world) {
			_, err := w.pods.List(t.Context(), resources.ListOptions{Limit: 2, Continue: "garbage"})
			refused(
				t, err, transport.ErrBadRequest,
				`invalid continue token: continue key is not valid: invalid character '\u0081' looking for beginning `+
					`of value`,
			)
		}},
		{"a list can return only the metadata", listsMetadata},
		{"objects of all namespaces are listed together", func(t *testing.T, w *world) {
			ours := w.createPods(t, 2)
			n := 0
			everywhere := resources.New[resources.Pod](w.client, resources.AllNamespaces())
			for pod, err := range everywhere.All(t.Context(), resources.ListOptions{LabelSelector: ours}) {
				require.NoError(t, err)
				require.Equal(t, w.config.Namespace, pod.Metadata.Namespace)
				n++
			}
			require.Equal(t, 2, n)
		}},
	}
}

// createPods creates n pods and returns the label selector for them.
func (w *world) createPods(t *testing.T, n int) string {
	t.Helper()
	group := w.name()
	for i := range n {
		w.create(
			t,
			fmt.Sprintf(
				`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%[1]s-%[2]d","labels":{"group":"%[1]s",
					"n":"%[2]d"}},
			"spec":{"schedulerName":"none","containers":[{"name":"app","image":"kx.local/busybox:1"}]}}`,
				group,
				i,
			),
		)
	}
	return "group=" + group
}

// podNumbers returns which of these pods a list has.
func (w *world) podNumbers(t *testing.T, list resources.ListOptions) (numbers []string) {
	t.Helper()
	for pod, err := range w.pods.All(t.Context(), list) {
		require.NoError(t, err)
		numbers = append(numbers, pod.Metadata.Labels["n"])
	}
	return numbers
}

func listsPages(t *testing.T, w *world) {
	ours := w.createPods(t, 5)
	require.Equal(t, []string{"0", "1", "2", "3", "4"}, w.podNumbers(t, resources.ListOptions{
		LabelSelector: ours,
		Limit:         2,
	}))
	var sizes []int
	list := resources.ListOptions{LabelSelector: ours, Limit: 2}
	for first := true; first || list.Continue != ""; first = false {
		page, err := w.pods.List(t.Context(), list)
		require.NoError(t, err)
		sizes = append(sizes, len(page.Items))
		list.Continue = page.Metadata.Continue
	}
	require.Equal(t, []int{2, 2, 1}, sizes)
}

func listsSnapshot(t *testing.T, w *world) {
	ours := w.createPods(t, 3)
	page, err := w.pods.List(t.Context(), resources.ListOptions{LabelSelector: ours, Limit: 1})
	require.NoError(t, err)
	last := page.Items[0].Metadata.Labels["group"] + "-2"
	_, err = w.pods.Delete(t.Context(), last, resources.GracePeriod(0))
	require.NoError(t, err)
	rest, err := w.pods.List(t.Context(), resources.ListOptions{LabelSelector: ours, Continue: page.Metadata.Continue})
	require.NoError(t, err)
	require.Len(t, rest.Items, 2, "the one that has gone since is still there")
	require.Equal(t, page.Metadata.ResourceVersion, rest.Metadata.ResourceVersion)
}

func selectsLabels(t *testing.T, w *world) {
	ours := w.createPods(t, 3)
	for selector, want := range map[string]string{
		"n=1": "1", "n==1": "1", "n!=1": "0 2", "n in (0,2)": "0 2", "n notin (0)": "1 2", "n": "0 1 2", "!n": "",
		"n>0,n<2": "1", "x notin (a)": "0 1 2",
	} {
		require.Equal(
			t,
			want,
			joinWords(w.podNumbers(t, resources.ListOptions{LabelSelector: ours + "," + selector})),
			selector,
		)
	}
}

func selectsFields(t *testing.T, w *world) {
	ours := w.createPods(t, 3)
	name := ours[len("group="):] + "-1"
	for selector, want := range map[string]string{
		"metadata.name=" + name: "1", "metadata.name!=" + name: "0 2",
		"metadata.namespace=" + w.config.Namespace: "0 1 2",
		"status.phase=Pending":                     "0 1 2", "status.phase=Running": "", "spec.nodeName=": "0 1 2",
		"spec.restartPolicy=Always,spec.schedulerName=none": "0 1 2",
	} {
		require.Equal(
			t,
			want,
			joinWords(w.podNumbers(t, resources.ListOptions{LabelSelector: ours, FieldSelector: selector})),
			selector,
		)
	}
}

func listsMetadata(t *testing.T, w *world) {
	ours := w.createPods(t, 3)
	var found []string
	for object, err := range w.pods.AllMetadata(t.Context(), resources.ListOptions{LabelSelector: ours, Limit: 2}) {
		require.NoError(t, err)
		require.Empty(t, object.Unknown, "nothing but metadata")
		require.NotEmpty(t, object.Metadata.UID)
		found = append(found, object.Metadata.Labels["n"])
	}
	require.True(t, slices.Equal([]string{"0", "1", "2"}, found), "%v", found)
}
