package parity_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	applycorev1 "k8s.io/client-go/applyconfigurations/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kx-k8s/kx/kxtest"
)

// withTypedClient runs a test with a client of each encoding, each on a server of its own.
func withTypedClient(t *testing.T, test func(*testing.T, kubernetes.Interface, *kxtest.Server)) {
	for name, contentType := range contentTypes {
		t.Run(name, func(t *testing.T) {
			srv, config := startKxtest(t)
			config.ContentType = contentType
			clients, err := kubernetes.NewForConfig(config)
			require.NoError(t, err)
			test(t, clients, srv)
		})
	}
}

func TestTheTypedClientWritesAndReads(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, _ *kxtest.Server) {
		ctx, maps := t.Context(), clients.CoreV1().ConfigMaps("default")

		created, err := maps.Create(ctx, configMap("c", "1"), metav1.CreateOptions{FieldManager: "m"})
		require.NoError(t, err)
		require.NotEmpty(t, created.UID)
		require.Equal(t, map[string]string{"key": "1"}, created.Data)
		require.Equal(t, `{"f:data":{".":{},"f:key":{}}}`, string(created.ManagedFields[0].FieldsV1.Raw))

		_, err = maps.Create(ctx, configMap("c", "1"), metav1.CreateOptions{})
		require.True(t, apierrors.IsAlreadyExists(err), err)
		_, err = maps.Create(ctx, configMap("C", "1"), metav1.CreateOptions{})
		require.True(t, apierrors.IsInvalid(err), err)
		_, err = maps.Get(ctx, "none", metav1.GetOptions{})
		require.True(t, apierrors.IsNotFound(err), err)

		changed := created.DeepCopy()
		changed.Data["key"], changed.BinaryData = "2", map[string][]byte{"bytes": {0, 255}}
		updated, err := maps.Update(ctx, changed, metav1.UpdateOptions{})
		require.NoError(t, err)
		require.Equal(t, []byte{0, 255}, updated.BinaryData["bytes"])
		require.Equal(t, created.CreationTimestamp, updated.CreationTimestamp)
		_, err = maps.Update(ctx, changed, metav1.UpdateOptions{})
		require.True(t, apierrors.IsConflict(err), err)

		patched, err := maps.Patch(ctx, "c", types.StrategicMergePatchType, []byte(`{"data":{"key":"3"}}`), metav1.PatchOptions{})
		require.NoError(t, err)
		require.Equal(t, "3", patched.Data["key"])
		patched, err = maps.Patch(ctx, "c", types.MergePatchType, []byte(`{"data":{"key":null}}`), metav1.PatchOptions{})
		require.NoError(t, err)
		require.Empty(t, patched.Data)
		patched, err = maps.Patch(ctx, "c", types.JSONPatchType, []byte(`[{"op":"remove","path":"/binaryData"}]`), metav1.PatchOptions{})
		require.NoError(t, err)
		require.Empty(t, patched.BinaryData)
		applied, err := maps.Apply(ctx, applycorev1.ConfigMap("c", "default").WithData(map[string]string{"mine": "yes"}), metav1.ApplyOptions{FieldManager: "a"})
		require.NoError(t, err)
		require.Equal(t, map[string]string{"mine": "yes"}, applied.Data)
		_, err = maps.Apply(ctx, applycorev1.ConfigMap("c", "default").WithData(map[string]string{"mine": "no"}), metav1.ApplyOptions{FieldManager: "b"})
		require.True(t, apierrors.IsConflict(err), err)

		got, err := maps.Get(ctx, "c", metav1.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, applied, got)
		wrong := types.UID("another")
		err = maps.Delete(ctx, "c", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &wrong}})
		require.True(t, apierrors.IsConflict(err), err)
		require.NoError(t, maps.Delete(ctx, "c", metav1.DeleteOptions{DryRun: []string{"All"}}))
		require.NoError(t, maps.Delete(ctx, "c", metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &got.UID}}))
		err = maps.Delete(ctx, "c", metav1.DeleteOptions{})
		require.True(t, apierrors.IsNotFound(err), err)
	})
}

func TestTheTypedClientListsInPagesAndDeletesCollections(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, srv *kxtest.Server) {
		ctx, maps := t.Context(), clients.CoreV1().ConfigMaps("default")
		for _, name := range []string{"a", "b", "c"} {
			object := configMap(name, "1")
			object.Labels = map[string]string{"name": name}
			_, err := maps.Create(ctx, object, metav1.CreateOptions{})
			require.NoError(t, err)
		}
		page, err := maps.List(ctx, metav1.ListOptions{Limit: 2})
		require.NoError(t, err)
		require.Len(t, page.Items, 2)
		require.EqualValues(t, 1, *page.RemainingItemCount)
		rest, err := maps.List(ctx, metav1.ListOptions{Continue: page.Continue})
		require.NoError(t, err)
		require.Equal(t, "c", rest.Items[0].Name)
		require.Equal(t, page.ResourceVersion, rest.ResourceVersion)
		selected, err := maps.List(ctx, metav1.ListOptions{LabelSelector: "name in (a,c)", FieldSelector: "metadata.name!=a"})
		require.NoError(t, err)
		require.Len(t, selected.Items, 1)
		require.Equal(t, "c", selected.Items[0].Name)

		srv.Compact()
		_, err = maps.List(ctx, metav1.ListOptions{Continue: page.Continue})
		require.True(t, apierrors.IsResourceExpired(err), err)
		require.NoError(t, maps.DeleteCollection(ctx, metav1.DeleteOptions{}, metav1.ListOptions{LabelSelector: "name!=b"}))
		left, err := maps.List(ctx, metav1.ListOptions{})
		require.NoError(t, err)
		require.Len(t, left.Items, 1)
	})
}

func TestTheTypedClientWatches(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, _ *kxtest.Server) {
		ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
		defer cancel()
		maps := clients.CoreV1().ConfigMaps("default")
		list, err := maps.List(ctx, metav1.ListOptions{})
		require.NoError(t, err)
		events, err := maps.Watch(ctx, metav1.ListOptions{ResourceVersion: list.ResourceVersion})
		require.NoError(t, err)
		defer events.Stop()
		_, err = maps.Create(ctx, configMap("c", "1"), metav1.CreateOptions{})
		require.NoError(t, err)
		_, err = maps.Update(ctx, configMap("c", "2"), metav1.UpdateOptions{})
		require.NoError(t, err)
		require.NoError(t, maps.Delete(ctx, "c", metav1.DeleteOptions{}))
		for _, want := range []struct {
			event watch.EventType
			value string
		}{{watch.Added, "1"}, {watch.Modified, "2"}, {watch.Deleted, "2"}} {
			event := <-events.ResultChan()
			require.Equal(t, want.event, event.Type)
			require.Equal(t, want.value, event.Object.(*corev1.ConfigMap).Data["key"])
		}
	})
}

func TestTheTypedClientUsesSubresources(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, _ *kxtest.Server) {
		ctx, deployments := t.Context(), clients.AppsV1().Deployments("default")
		pod := sleepingPod("web")
		deployment, err := deployments.Create(ctx, &appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Name: "web"},
			Spec: appsv1.DeploymentSpec{
				Selector: &metav1.LabelSelector{MatchLabels: pod.Labels},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: pod.Labels}, Spec: pod.Spec},
			},
		}, metav1.CreateOptions{})
		require.NoError(t, err)
		require.Equal(t, "25%", deployment.Spec.Strategy.RollingUpdate.MaxSurge.StrVal)
		scale, err := deployments.GetScale(ctx, "web", metav1.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, "app=web", scale.Status.Selector)
		scale.Spec.Replicas = 0
		scale, err = deployments.UpdateScale(ctx, "web", scale, metav1.UpdateOptions{})
		require.NoError(t, err)
		require.EqualValues(t, 0, scale.Spec.Replicas)
		deployment, err = deployments.Get(ctx, "web", metav1.GetOptions{})
		require.NoError(t, err)
		require.EqualValues(t, 0, *deployment.Spec.Replicas)
		deployment.Status.ReadyReplicas, deployment.Status.Replicas = 1, 1
		deployment.Spec.Paused = true
		deployment, err = deployments.UpdateStatus(ctx, deployment, metav1.UpdateOptions{})
		require.NoError(t, err)
		require.EqualValues(t, 1, deployment.Status.ReadyReplicas)
		require.False(t, deployment.Spec.Paused, "the status subresource leaves the spec")
	})
}

func TestTheTypedClientAsksWhatTheUserMayDo(t *testing.T) {
	withTypedClient(t, func(t *testing.T, clients kubernetes.Interface, _ *kxtest.Server) {
		ctx := t.Context()
		access, err := clients.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, &authorizationv1.SelfSubjectAccessReview{
			Spec: authorizationv1.SelfSubjectAccessReviewSpec{ResourceAttributes: &authorizationv1.ResourceAttributes{Verb: "create", Resource: "pods", Namespace: "default"}},
		}, metav1.CreateOptions{})
		require.NoError(t, err)
		require.True(t, access.Status.Allowed)
		rules, err := clients.AuthorizationV1().SelfSubjectRulesReviews().Create(ctx, &authorizationv1.SelfSubjectRulesReview{
			Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: "default"},
		}, metav1.CreateOptions{})
		require.NoError(t, err)
		require.Equal(t, []string{"*"}, rules.Status.ResourceRules[len(rules.Status.ResourceRules)-1].Verbs)
		self, err := clients.AuthenticationV1().SelfSubjectReviews().Create(ctx, &authenticationv1.SelfSubjectReview{}, metav1.CreateOptions{})
		require.NoError(t, err)
		require.Contains(t, self.Status.UserInfo.Groups, "system:authenticated")
	})
}
