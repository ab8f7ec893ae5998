package parity_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	clientfeatures "k8s.io/client-go/features"
	clientfeaturestesting "k8s.io/client-go/features/testing"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/kx-k8s/kx/kxtest"
)

// withInformers runs a test with client-go's reflector in both of its modes: a list and then a
// watch, and a watch that begins with all objects (KEP-3157).
func withInformers(t *testing.T, test func(t *testing.T, srv *kxtest.Server, clients kubernetes.Interface)) {
	for name, isWatchList := range map[string]bool{"list and watch": false, "watch list": true} {
		t.Run(name, func(t *testing.T) {
			clientfeaturestesting.SetFeatureDuringTest(t, clientfeatures.WatchListClient, isWatchList)
			srv, config := startKxtest(t)
			clients, err := kubernetes.NewForConfig(config)
			require.NoError(t, err)
			test(t, srv, clients)
			first := ""
			for _, request := range srv.Requests() {
				if strings.HasPrefix(request.Path, "/api/v1/configmaps") && request.Method == "GET" {
					first = request.Query.Encode()
					break
				}
			}
			require.Equal(t, isWatchList, strings.Contains(first, "sendInitialEvents=true"), first)
		})
	}
}

// recordedEvents passes what an informer reports: "add NAME VALUE", "update …", "delete …".
type recordedEvents chan string

func (r recordedEvents) handler() cache.ResourceEventHandlerFuncs {
	record := func(kind string, object any) {
		m := object.(*corev1.ConfigMap)
		if m.Namespace == "default" {
			r <- kind + " " + m.Name + " " + m.Data["key"]
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    func(object any) { record("add", object) },
		UpdateFunc: func(_, object any) { record("update", object) },
		DeleteFunc: func(object any) {
			if missed, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = missed.Obj
			}
			record("delete", object)
		},
	}
}

// expect requires events in this order, and skips the repetitions of a resync.
func (r recordedEvents) expect(t *testing.T, wanted ...string) {
	t.Helper()
	deadline := time.After(waitLimit)
	for _, want := range wanted {
		for got := ""; got != want; {
			select {
			case got = <-r:
				if !strings.HasPrefix(got, "update") {
					require.Equal(t, want, got)
				}
			case <-deadline:
				require.Fail(t, "no event", want)
			}
		}
	}
}

func TestAnInformerSeesWhatChanges(t *testing.T) {
	withInformers(t, func(t *testing.T, srv *kxtest.Server, clients kubernetes.Interface) {
		ctx, maps := t.Context(), clients.CoreV1().ConfigMaps("default")
		_, err := maps.Create(ctx, configMap("before", "1"), metav1.CreateOptions{})
		require.NoError(t, err)
		events := make(recordedEvents, 100)
		factory := informers.NewSharedInformerFactory(clients, 0)
		informer := factory.Core().V1().ConfigMaps()
		registration, err := informer.Informer().AddEventHandler(events.handler())
		require.NoError(t, err)
		stop := make(chan struct{})
		defer factory.Shutdown()
		defer close(stop)
		factory.Start(stop)
		require.True(t, cache.WaitForCacheSync(stop, registration.HasSynced))
		events.expect(t, "add before 1")

		_, err = maps.Create(ctx, configMap("after", "1"), metav1.CreateOptions{})
		require.NoError(t, err)
		_, err = maps.Update(ctx, configMap("after", "2"), metav1.UpdateOptions{})
		require.NoError(t, err)
		require.NoError(t, maps.Delete(ctx, "before", metav1.DeleteOptions{}))
		events.expect(t, "add after 1", "update after 2", "delete before 1")
		listed, err := informer.Lister().ConfigMaps("default").List(labels.Everything())
		require.NoError(t, err)
		require.Len(t, listed, 1)
		got, err := maps.Get(ctx, "after", metav1.GetOptions{})
		require.NoError(t, err)
		require.Equal(t, got, listed[0])
	})
}

func TestAnInformerOutlivesARestartOfTheServer(t *testing.T) {
	withInformers(t, func(t *testing.T, srv *kxtest.Server, clients kubernetes.Interface) {
		_, err := clients.CoreV1().ConfigMaps("default").Create(t.Context(), configMap("before", "1"), metav1.CreateOptions{})
		require.NoError(t, err)
		events := make(recordedEvents, 100)
		factory := informers.NewSharedInformerFactory(clients, 0)
		_, err = factory.Core().V1().ConfigMaps().Informer().AddEventHandler(events.handler())
		require.NoError(t, err)
		stop := make(chan struct{})
		defer factory.Shutdown()
		defer close(stop)
		factory.Start(stop)
		events.expect(t, "add before 1")
		srv.Restart()
		_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"after","namespace":"default"},"data":{"key":"1"}}`)
		require.NoError(t, err)
		events.expect(t, "add after 1")
	})
}

// The server restarts without its history, so that the watch's resourceVersion is too old (410).
func TestAnInformerListsAgainWhenItsVersionIsTooOld(t *testing.T) {
	withInformers(t, func(t *testing.T, srv *kxtest.Server, clients kubernetes.Interface) {
		ctx, maps := t.Context(), clients.CoreV1().ConfigMaps("default")
		for _, name := range []string{"deleted", "kept"} {
			_, err := maps.Create(ctx, configMap(name, "1"), metav1.CreateOptions{})
			require.NoError(t, err)
		}
		events := make(recordedEvents, 100)
		factory := informers.NewSharedInformerFactory(clients, 0)
		registration, err := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(events.handler())
		require.NoError(t, err)
		stop := make(chan struct{})
		defer factory.Shutdown()
		defer close(stop)
		factory.Start(stop)
		require.True(t, cache.WaitForCacheSync(stop, registration.HasSynced))
		<-events
		<-events

		srv.Stop()
		_, err = srv.Create(`{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"created","namespace":"default"},"data":{"key":"1"}}`)
		require.NoError(t, err)
		srv.Compact()
		srv.Restart()
		events.expect(t, "add created 1")
		_, err = maps.Update(ctx, configMap("kept", "2"), metav1.UpdateOptions{})
		require.NoError(t, err)
		require.NoError(t, maps.Delete(ctx, "deleted", metav1.DeleteOptions{}))
		events.expect(t, "update kept 2", "delete deleted 1")
	})
}

func TestAResyncReportsTheSameObjectsAgain(t *testing.T) {
	withInformers(t, func(t *testing.T, srv *kxtest.Server, clients kubernetes.Interface) {
		_, err := clients.CoreV1().ConfigMaps("default").Create(t.Context(), configMap("c", "1"), metav1.CreateOptions{})
		require.NoError(t, err)
		events := make(recordedEvents, 100)
		factory := informers.NewSharedInformerFactory(clients, time.Second)
		registration, err := factory.Core().V1().ConfigMaps().Informer().AddEventHandler(events.handler())
		require.NoError(t, err)
		stop := make(chan struct{})
		defer factory.Shutdown()
		defer close(stop)
		factory.Start(stop)
		require.True(t, cache.WaitForCacheSync(stop, registration.HasSynced))
		events.expect(t, "add c 1", "update c 1", "update c 1")
		lists := 0
		for _, request := range srv.Requests() {
			if request.Path == "/api/v1/configmaps" {
				lists++
			}
		}
		require.LessOrEqual(t, lists, 2, "a resync sends no request")
	})
}
