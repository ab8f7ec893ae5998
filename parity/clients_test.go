package parity_test

import (
	"io"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// The benchmarks of this file do the same work with kx and with client-go. The part client=… of
// their names is the column of benchstat's table (docs/performance.md). The server is a process of
// its own, so that allocations are those of the client.

// BenchmarkDecode decodes a list of pods that is in memory.
func BenchmarkDecode(b *testing.B) {
	list, _ := podDocuments()
	b.Run("client=kx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var pods resources.List[resources.Pod]
			require.NoError(b, json.Unmarshal(list, &pods))
			require.Len(b, pods.Items, servedPods)
		}
	})
	b.Run("client=client-go", func(b *testing.B) {
		b.ReportAllocs()
		decoder := scheme.Codecs.UniversalDeserializer()
		for b.Loop() {
			var pods corev1.PodList
			require.NoError(b, runtime.DecodeInto(decoder, list, &pods))
			require.Len(b, pods.Items, servedPods)
		}
	})
}

// BenchmarkList lists pods of a server.
func BenchmarkList(b *testing.B) {
	kx, clientGo := podClients(b)
	b.Run("client=kx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pods, err := kx.List(b.Context(), resources.ListOptions{})
			require.NoError(b, err)
			require.Len(b, pods.Items, servedPods)
		}
	})
	b.Run("client=client-go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pods, err := clientGo.CoreV1().Pods("default").List(b.Context(), metav1.ListOptions{})
			require.NoError(b, err)
			require.Len(b, pods.Items, servedPods)
		}
	})
}

// BenchmarkWatch watches until it has an event for each pod.
func BenchmarkWatch(b *testing.B) {
	kx, clientGo := podClients(b)
	b.Run("client=kx", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			events := 0
			// A watch without a version begins with a list.
			for _, err := range kx.Watch(b.Context(), resources.ListOptions{ResourceVersion: "1"}) {
				require.NoError(b, err)
				events++
				if events == servedPods {
					break
				}
			}
			require.Equal(b, servedPods, events)
		}
	})
	b.Run("client=client-go", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			options := metav1.ListOptions{ResourceVersion: "1"}
			changes, err := clientGo.CoreV1().Pods("default").Watch(b.Context(), options)
			require.NoError(b, err)
			for range servedPods {
				event := <-changes.ResultChan()
				require.IsType(b, &corev1.Pod{}, event.Object)
			}
			changes.Stop()
		}
	})
}

// BenchmarkExec receives 16 MiB of stdout over TLS.
func BenchmarkExec(b *testing.B) {
	const size = 16 << 20
	_, secure := startServer(b)
	target := at(secure)
	for _, name := range []string{"kx", "client-go"} {
		b.Run("client="+name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				clients[name](b, target, target.send(size), nil, io.Discard)
			}
		})
	}
}

// podClients returns clients of a server with the pods, over TLS.
func podClients(b *testing.B) (*resources.API[resources.Pod], kubernetes.Interface) {
	_, secure := startServer(b)
	target := at(secure)
	client, err := transport.New(target.kx)
	require.NoError(b, err)
	b.Cleanup(func() { client.Close() })
	target.clientGo.QPS = -1 // no pauses between requests
	clientGo, err := kubernetes.NewForConfig(target.clientGo)
	require.NoError(b, err)
	return resources.New[resources.Pod](client, resources.InNamespace("default")), clientGo
}
