package conformance_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

var budgetKind = resources.Kind{Group: "policy", Version: "v1", Kind: "PodDisruptionBudget", Resource: "poddisruptionbudgets", Namespaced: true}

// evicting returns the behaviours of the eviction subresource.
func evicting() []behaviour {
	return []behaviour{
		{"an eviction deletes a pod that no disruption budget selects", func(t *testing.T, w *world) {
			name := w.running(t)
			require.NoError(t, w.evict(t, name))
			eventually(t, "the pod is gone", func() bool {
				_, err := w.pods.Get(t.Context(), name)
				return errors.Is(err, transport.ErrNotFound)
			})
		}},
		{"an eviction marks the pod as the target of a disruption", func(t *testing.T, w *world) {
			name := w.running(t)
			_, err := w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"finalizers":["example.com/wait"]}}`))
			require.NoError(t, err)
			require.NoError(t, w.evict(t, name))
			pod := w.get(t, name)
			require.NotNil(t, pod.Metadata.DeletionTimestamp)
			require.Equal(t, "EvictionByEvictionAPI", reasonOf(pod, "DisruptionTarget"))
			require.NoError(t, w.evict(t, name), "a pod under deletion can be evicted again")
			_, err = w.pods.Patch(t.Context(), name, patch.Merge(`{"metadata":{"finalizers":null}}`))
			require.NoError(t, err)
		}},
		{"a disruption budget forbids an eviction, and says which budget and why", func(t *testing.T, w *world) {
			name := w.guarded(t, 1, 0)
			w.unchanged(t, name, func() {
				err := w.evict(t, name)
				require.ErrorIs(t, err, subresource.ErrBudget)
				refused(t, err, transport.ErrTooManyRequests, "Cannot evict pod as it would violate the pod's disruption budget.", " DisruptionBudget")
				var budget *subresource.BudgetError
				require.ErrorAs(t, err, &budget)
				require.Equal(t, name, budget.Budget)
				require.Equal(t, "The disruption budget "+name+" needs 1 healthy pods and has 1 currently", budget.Cause)
				require.Zero(t, budget.RetryAfter)
			})
		}},
		{"a disruption budget that allows a disruption allows one eviction", func(t *testing.T, w *world) {
			name := w.guarded(t, 0, 1)
			w.unchanged(t, name, func() {
				require.NoError(t, w.evict(t, name, subresource.DryRun()))
			})
			require.EqualValues(t, 1, w.allowedDisruptions(t, name), "a dry run takes none")
			require.NoError(t, w.evict(t, name))
			require.Zero(t, w.allowedDisruptions(t, name))
		}},
		{"a pod that several disruption budgets select cannot be evicted", func(t *testing.T, w *world) {
			name := w.guarded(t, 0, 1)
			w.budget(t, name+"-second", name, 0)
			w.unchanged(t, name, func() {
				err := w.evict(t, name)
				refused(t, err, transport.ErrInternal, "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.")
				require.NotErrorIs(t, err, subresource.ErrBudget)
				require.ErrorAs(t, err, new(*subresource.RefusedError))
			})
		}},
		{"a pod that has not started is evicted whatever its disruption budget says", func(t *testing.T, w *world) {
			name := w.pod(t)
			_, err := w.pods.Patch(t.Context(), name, patch.Merge(fmt.Sprintf(`{"metadata":{"labels":{"guarded":%q}}}`, name)))
			require.NoError(t, err)
			w.budget(t, name, name, 1)
			require.NoError(t, w.evict(t, name))
			_, err = w.pods.Get(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrNotFound)
		}},
		{"an eviction passes on the options of a deletion", func(t *testing.T, w *world) {
			name := w.launch(t, `"restartPolicy":"Never"`, []string{
				`{"name":"app","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]}`})
			pod := w.get(t, name)
			w.unchanged(t, name, func() {
				err := w.evict(t, name, resources.IfUID("00000000-0000-0000-0000-000000000000"))
				require.ErrorIs(t, err, transport.ErrConflict)
				require.ErrorContains(t, err, "the UID in the precondition")
				err = w.evict(t, name, resources.IfResourceVersion("1"))
				require.ErrorIs(t, err, transport.ErrConflict)
				require.ErrorContains(t, err, "the ResourceVersion in the precondition (1)")
				require.NoError(t, w.evict(t, name, subresource.DryRun(), resources.IfUID(pod.Metadata.UID)))
				err = w.evict(t, name, resources.PropagationPolicy("Never"), subresource.DryRun())
				require.ErrorIs(t, err, transport.ErrInvalid)
				require.ErrorContains(t, err, "propagationPolicy")
			})
			require.NoError(t, w.evict(t, name, resources.GracePeriod(2), resources.IfUID(pod.Metadata.UID)))
			since := resources.ListOptions{FieldSelector: "metadata.name=" + name, ResourceVersion: pod.Metadata.ResourceVersion}
			for event, err := range w.pods.Watch(within(t, waitLimit), since) {
				require.NoError(t, err)
				if event.Object.Metadata.DeletionTimestamp != nil {
					require.EqualValues(t, 2, *event.Object.Metadata.DeletionGracePeriodSeconds)
					break
				}
			}
		}},
		{"an eviction of a pod that does not exist is refused", func(t *testing.T, w *world) {
			refused(t, w.evict(t, "no-such"), transport.ErrNotFound, `pods "no-such" not found`)
		}},
		{"an Eviction with another name or kind than the path is refused", func(t *testing.T, w *world) {
			name := w.pod(t)
			sub := resources.Sub[resources.Object](w.pods, "eviction")
			post := func(document string) error {
				var object resources.Object
				require.NoError(t, decode(document, &object))
				_, err := sub.Create(t.Context(), name, &object)
				return err
			}
			w.unchanged(t, name, func() {
				refused(t, post(`{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"other"}}`), transport.ErrBadRequest, "name in URL does not match name in Eviction object")
				refused(t, post(`{"apiVersion":"policy/v1","kind":"Eviction","metadata":{}}`), transport.ErrBadRequest, "name in URL does not match name in Eviction object")
				refused(t, post(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"`+name+`"}}`), transport.ErrBadRequest,
					`Pod in version "v1" cannot be handled as a Eviction: converting (v1.Pod) to (policy.Eviction): unknown conversion`)
				_, err := sub.Get(t.Context(), name)
				require.ErrorIs(t, err, transport.ErrMethodNotAllowed)
			})
		}},
		{"an eviction by a user without the right is refused", func(t *testing.T, w *world) {
			cfg, user := w.addUser(t, "eviction-onlooker", right{verbs: []string{"get", "list", "delete"}, resources: []string{"pods"}})
			name := w.pod(t)
			err := subresource.Eviction(resources.New[resources.Pod](connect(t, cfg))).Evict(t.Context(), name)
			require.ErrorIs(t, err, transport.ErrForbidden)
			require.ErrorContains(t, err, fmt.Sprintf(`User %q cannot create resource "pods/eviction"`, user))
		}},
		{"a disruption budget with contradictory or invalid values is refused", func(t *testing.T, w *world) {
			for spec, says := range map[string]string{
				`{"minAvailable":1,"maxUnavailable":1}`: `spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":1,"UnhealthyPodEvictionPolicy":null}: ` +
					`minAvailable and maxUnavailable cannot be both set`,
				`{"minAvailable":-1}`: `spec.minAvailable: Invalid value: -1: must be greater than or equal to 0`,
				`{"maxUnavailable":"x%"}`: `spec.maxUnavailable: Invalid value: "x%": a valid percent string must be a numeric string followed by an ending '%' ` +
					`(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')`,
				`{"minAvailable":"120%","unhealthyPodEvictionPolicy":"No"}`: `[spec.minAvailable: Invalid value: "120%": must not be greater than 100%, ` +
					`spec.unhealthyPodEvictionPolicy: Unsupported value: "No": supported values: "AlwaysAllow", "IfHealthyBudget"]`,
			} {
				_, err := w.budgets().CreateRaw(t.Context(), []byte(`{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"bad"},"spec":`+spec+`}`))
				refused(t, err, transport.ErrInvalid, `PodDisruptionBudget.policy "bad" is invalid: `+says)
			}
		}},
	}
}

func (w *world) evict(t *testing.T, pod string, opts ...subresource.EvictOption) error {
	t.Helper()
	return subresource.Eviction(w.pods).Evict(within(t, waitLimit), pod, opts...)
}

func (w *world) budgets() *resources.API[resources.Object] {
	return resources.ForKind(w.client, budgetKind)
}

// budgetStatus is the part of a budget's status that decides about evictions.
type budgetStatus struct {
	ObservedGeneration int64 `json:"observedGeneration"`
	DisruptionsAllowed int64 `json:"disruptionsAllowed"`
	CurrentHealthy     int64 `json:"currentHealthy"`
	DesiredHealthy     int64 `json:"desiredHealthy"`
	ExpectedPods       int64 `json:"expectedPods"`
}

// budget creates a budget for the pods with the label guarded=VALUE.
func (w *world) budget(t *testing.T, name, value string, minAvailable int) {
	t.Helper()
	_, err := w.budgets().CreateRaw(t.Context(), fmt.Appendf(nil, `{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":%q},
		"spec":{"minAvailable":%d,"selector":{"matchLabels":{"guarded":%q}}}}`, name, minAvailable, value))
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := w.budgets().Delete(atEnd(t), name)
		require.NoError(t, err)
	})
}

// guarded creates a ready pod, and a budget of the same name that allows that many disruptions. It
// writes the budget's status as the disruption controller does, which kxtest does not have.
func (w *world) guarded(t *testing.T, minAvailable, allowed int64) string {
	t.Helper()
	name := w.running(t)
	_, err := w.pods.Patch(t.Context(), name, patch.Merge(fmt.Sprintf(`{"metadata":{"labels":{"guarded":%q}}}`, name)))
	require.NoError(t, err)
	// The kubelet reports the generation once it has written the last condition.
	eventually(t, "the pod is ready", func() bool { return statusOfCondition(w.get(t, name), "Ready") == "True" })
	w.budget(t, name, name, int(minAvailable))
	want := budgetStatus{ObservedGeneration: 1, DisruptionsAllowed: allowed, CurrentHealthy: 1, DesiredHealthy: minAvailable, ExpectedPods: 1}
	_, err = subresource.Dispatch(w.budgets(), "status")
	require.NoError(t, err)
	_, err = resources.Sub[resources.Object](w.budgets(), "status").Patch(t.Context(), name, patch.Merge(map[string]any{"status": want}))
	require.NoError(t, err)
	eventually(t, "the budget has its status", func() bool { return w.budgetStatus(t, name) == want })
	return name
}

func (w *world) budgetStatus(t *testing.T, name string) budgetStatus {
	t.Helper()
	object, err := w.budgets().Get(t.Context(), name)
	require.NoError(t, err)
	var budget struct {
		Status budgetStatus `json:"status"`
	}
	require.NoError(t, object.Decode(&budget))
	return budget.Status
}

func (w *world) allowedDisruptions(t *testing.T, budget string) int64 {
	t.Helper()
	return w.budgetStatus(t, budget).DisruptionsAllowed
}

func statusOfCondition(pod *resources.Pod, name string) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == name {
			return c.Status
		}
	}
	return ""
}

func reasonOf(pod *resources.Pod, condition string) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == condition {
			return c.Reason
		}
	}
	return ""
}
