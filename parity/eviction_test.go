package parity_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes"

	"github.com/kx-k8s/kx/kxtest"
)

func TestClientGoEvictsAPodUnlessItsBudgetForbidsThat(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, _ *kxtest.Server) {
		ctx := t.Context()
		pod := runningPod(t, clients, sleepingPod("web"))
		minAvailable := intstr.FromInt32(1)
		budgets := clients.PolicyV1().PodDisruptionBudgets("default")
		budget, err := budgets.Create(ctx, &policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Name: "web"},
			Spec:       policyv1.PodDisruptionBudgetSpec{MinAvailable: &minAvailable, Selector: &metav1.LabelSelector{MatchLabels: pod.Labels}},
		}, metav1.CreateOptions{})
		require.NoError(t, err)
		require.Equal(t, &minAvailable, budget.Spec.MinAvailable)
		ready := corev1.PodCondition{Type: corev1.PodReady, Status: corev1.ConditionTrue}
		require.True(t, hasCondition(pod, ready), "only a ready pod needs the budget")
		budget.Status.ObservedGeneration, budget.Status.CurrentHealthy, budget.Status.DesiredHealthy = budget.Generation, 1, 1
		budget, err = budgets.UpdateStatus(ctx, budget, metav1.UpdateOptions{})
		require.NoError(t, err)

		seconds := int64(0)
		eviction := &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "web"}, DeleteOptions: &metav1.DeleteOptions{GracePeriodSeconds: &seconds}}
		err = clients.CoreV1().Pods("default").EvictV1(ctx, eviction)
		require.True(t, apierrors.IsTooManyRequests(err), err)
		require.True(t, apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause), err)
		budget.Status.DisruptionsAllowed, budget.Status.CurrentHealthy = 1, 2
		_, err = budgets.UpdateStatus(ctx, budget, metav1.UpdateOptions{})
		require.NoError(t, err)
		require.NoError(t, clients.CoreV1().Pods("default").EvictV1(ctx, eviction))
	})
}

func hasCondition(pod *corev1.Pod, want corev1.PodCondition) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == want.Type {
			return condition.Status == want.Status
		}
	}
	return false
}
