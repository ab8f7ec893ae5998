package parity_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/retry"

	"github.com/kx-k8s/kx/kxtest"
)

// The tests of this file hold cells of client-go in the comparison of docs/library.md.

func TestAWatchOfClientGoEndsWithItsConnection(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	changes, err := client.CoreV1().ConfigMaps("default").Watch(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	defer changes.Stop()
	srv.Restart()
	requireEnd(t, changes.ResultChan())
}

func TestTheRetryWatcherOfClientGoResumesAndEndsAt410(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	maps := client.CoreV1().ConfigMaps("default")
	list, err := maps.List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	changes, err := watchtools.NewRetryWatcherWithContext(t.Context(), list.ResourceVersion, &cache.ListWatch{
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			return maps.Watch(ctx, options)
		},
	})
	require.NoError(t, err)
	defer changes.Stop()
	next := func() watch.Event {
		select {
		case event := <-changes.ResultChan():
			return event
		case <-time.After(waitLimit):
			require.FailNow(t, "the event is missing")
			return watch.Event{}
		}
	}
	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}`)
	require.NoError(t, err)
	require.Equal(t, watch.Added, next().Type)
	srv.Restart()
	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}`)
	require.NoError(t, err)
	require.Equal(t, watch.Added, next().Type, "it has resumed")

	cutOff := srv.Fault(kxtest.Fault{Query: map[string]string{"watch": "true"}, Then: kxtest.Reset(), Times: -1})
	srv.Restart()
	_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`)
	require.NoError(t, err)
	srv.Compact()
	cutOff.Remove()
	last := next()
	require.Equal(t, watch.Error, last.Type)
	require.True(t, apierrors.IsResourceExpired(apierrors.FromObject(last.Object)), last)
	requireEnd(t, changes.ResultChan())
}

// requireEnd waits until a watch has ended.
func requireEnd(t *testing.T, events <-chan watch.Event) {
	t.Helper()
	limit := time.After(waitLimit)
	for {
		select {
		case _, ok := <-events:
			if !ok {
				return
			}
		case <-limit:
			require.FailNow(t, "the watch has not ended")
		}
	}
}

func TestRetryOnConflictOfClientGoCallsTheCaller4Or5Times(t *testing.T) {
	conflict := apierrors.NewConflict(metav1.Unversioned.WithResource("a").GroupResource(), "a", nil)
	for _, test := range []struct {
		backoff wait.Backoff
		calls   int
	}{{retry.DefaultBackoff, 4}, {retry.DefaultRetry, 5}} {
		calls := 0
		err := retry.RetryOnConflict(test.backoff, func() error { calls++; return conflict })
		require.True(t, apierrors.IsConflict(err), err)
		require.Equal(t, test.calls, calls)
	}
}

func TestUntilWithSyncOfClientGoWaitsForTheConditionOfTheCaller(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	deployments := client.AppsV1().Deployments("default")
	_, err = srv.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{
		"selector":{"matchLabels":{"app":"web"}},"template":{"metadata":{"labels":{"app":"web"}},
		"spec":{"containers":[{"name":"app","image":"kx.local/busybox:1"}]}}}}`)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), waitLimit)
	defer cancel()
	list := cache.NewListWatchFromClient(client.AppsV1().RESTClient(), "deployments", "default", fields.Everything())
	called, exceeded := make(chan struct{}, 100), errors.New("the deadline is exceeded")
	ended := make(chan error, 1)
	go func() {
		_, err := watchtools.UntilWithSync(ctx, list, &appsv1.Deployment{}, nil, func(event watch.Event) (bool, error) {
			called <- struct{}{}
			for _, condition := range event.Object.(*appsv1.Deployment).Status.Conditions {
				if condition.Type == "Mine" {
					return false, exceeded
				}
			}
			return false, nil
		})
		ended <- err
	}()
	setCondition := func(kind appsv1.DeploymentConditionType, reason string) {
		deployment, err := deployments.Get(ctx, "web", metav1.GetOptions{})
		require.NoError(t, err)
		deployment.Status.Conditions = append(deployment.Status.Conditions,
			appsv1.DeploymentCondition{Type: kind, Status: "False", Reason: reason})
		_, err = deployments.UpdateStatus(ctx, deployment, metav1.UpdateOptions{})
		require.NoError(t, err)
	}
	for _, step := range []func(){
		func() { setCondition(appsv1.DeploymentProgressing, "ProgressDeadlineExceeded") },
		func() { setCondition("Mine", "Any") },
	} {
		select {
		case <-called:
		case err := <-ended:
			require.FailNow(t, "only the caller's condition ends the wait", err)
		}
		step()
	}
	require.ErrorIs(t, <-ended, exceeded)
}

func TestClientGoSendsARefusedEvictionAgainIfTheAnswerHasARetryAfter(t *testing.T) {
	const path = "/api/v1/namespaces/default/pods/web/eviction"
	for name, test := range map[string]struct {
		header   http.Header
		requests int
	}{
		"a Retry-After":  {http.Header{"Retry-After": {"0"}}, 11},
		"no Retry-After": {http.Header{}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			srv, config := startKxtest(t)
			client, err := kubernetes.NewForConfig(config)
			require.NoError(t, err)
			test.header.Set("Content-Type", "application/json")
			srv.Fault(kxtest.Fault{Path: path, Times: -1, Then: kxtest.Answer(http.StatusTooManyRequests, test.header,
				`{"apiVersion":"v1","kind":"Status","status":"Failure","reason":"TooManyRequests","code":429}`)})
			err = client.CoreV1().Pods("default").EvictV1(t.Context(), &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: "web"}})
			require.True(t, apierrors.IsTooManyRequests(err), err)
			require.Len(t, requestsOf(srv, http.MethodPost, path), test.requests)
		})
	}
}

func TestClientGoReportsTheServersMessageOfARefusedJSONPatch(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	maps := client.CoreV1().ConfigMaps("default")
	_, err = maps.Create(t.Context(), configMap("c", "1"), metav1.CreateOptions{})
	require.NoError(t, err)
	srv.ForgetRequests()
	_, err = maps.Patch(t.Context(), "c", types.JSONPatchType, []byte(`[
		{"op": "test", "path": "/metadata/name", "value": "c"},
		{"op": "test", "path": "/data/key", "value": "2"}]`), metav1.PatchOptions{})
	require.True(t, apierrors.IsInvalid(err), err)
	require.EqualError(t, err, "the server rejected our request due to an error in our request")
	require.Len(t, srv.Requests(), 1)
}

func TestClientGoSendsARequestForASubresourceThatTheKindLacks(t *testing.T) {
	srv, config := startKxtest(t)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	_, err = client.AppsV1().RESTClient().Post().Namespace("default").Resource("deployments").Name("web").SubResource("exec").DoRaw(t.Context())
	require.True(t, apierrors.IsNotFound(err), err)
	require.Len(t, requestsOf(srv, http.MethodPost, "/apis/apps/v1/namespaces/default/deployments/web/exec"), 1)
}

func TestTheTypesOfClientGoLoseUnknownFieldsAndItsDynamicClientKeepsThem(t *testing.T) {
	srv, config := startKxtest(t)
	config.ContentType = "application/json"
	_, err := srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c"}}`)
	require.NoError(t, err)
	const path = "/api/v1/namespaces/default/configmaps/c"
	srv.Fault(kxtest.Fault{Method: http.MethodGet, Path: path, Times: -1, Then: kxtest.Answer(200, http.Header{"Content-Type": {"application/json"}},
		`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"c","namespace":"default"},"new":"yes"}`)})
	typed, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	maps := typed.CoreV1().ConfigMaps("default")
	object, err := maps.Get(t.Context(), "c", metav1.GetOptions{})
	require.NoError(t, err)
	_, err = maps.Update(t.Context(), object, metav1.UpdateOptions{})
	require.NoError(t, err)
	untyped, err := dynamic.NewForConfig(config)
	require.NoError(t, err)
	resource := untyped.Resource(corev1.SchemeGroupVersion.WithResource("configmaps")).Namespace("default")
	unstructured, err := resource.Get(t.Context(), "c", metav1.GetOptions{})
	require.NoError(t, err)
	_, err = resource.Update(t.Context(), unstructured, metav1.UpdateOptions{})
	require.NoError(t, err)
	sent := requestsOf(srv, http.MethodPut, path)
	require.Len(t, sent, 2)
	require.NotContains(t, string(sent[0].Body), "new")
	require.Contains(t, string(sent[1].Body), `"new":"yes"`)
}
