package resources_test

import (
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/resources"
)

// podMetadataJSON is the metadata of a pod of a ReplicaSet, as a kubelet and controllers leave it.
// The managed fields of a real one are longer.
func podMetadataJSON(i int) string {
	return fmt.Sprintf(`{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"frontend-%[2]d-7d9c8b5f6-%05[1]d","generateName":"frontend-%[2]d-7d9c8b5f6-","namespace":"team-%[3]d","uid":"0f9e2a0c-6f0d-4c2e-9a53-%012[1]d","resourceVersion":"%[4]d","generation":1,"creationTimestamp":"2026-11-29T08:00:00Z","labels":{"app.kubernetes.io/name":"frontend-%[2]d","app.kubernetes.io/instance":"frontend-%[2]d","app.kubernetes.io/version":"1.14.2","pod-template-hash":"7d9c8b5f6"},"annotations":{"prometheus.io/port":"8080","prometheus.io/scrape":"true"},"ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"frontend-%[2]d-7d9c8b5f6","uid":"5b1c3b1e-8f0e-4b39-8d5e-%012[2]d","controller":true,"blockOwnerDeletion":true}],"managedFields":[{"manager":"kubelet","operation":"Update","apiVersion":"v1","time":"2026-11-29T08:00:09Z","fieldsType":"FieldsV1","fieldsV1":{"f:status":{"f:phase":{}}},"subresource":"status"}]}}`,
		i, i/100, i/1000, 100000+i)
}

func servePodMetadata(total int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		q := r.URL.Query()
		if q.Has("watch") {
			w.WriteHeader(http.StatusOK)
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			return
		}
		from, _ := strconv.Atoi(q.Get("continue"))
		limit, _ := strconv.Atoi(q.Get("limit"))
		next, to := "", min(from+limit, total)
		if to < total {
			next = strconv.Itoa(to)
		}
		var page strings.Builder
		fmt.Fprintf(&page, `{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1","metadata":{"resourceVersion":"900000","continue":%q},"items":[`, next)
		for i := from; i < to; i++ {
			if i > from {
				page.WriteString(",")
			}
			page.WriteString(podMetadataJSON(i))
		}
		page.WriteString("]}")
		_, _ = io.WriteString(w, page.String())
	}
}

// heapInUse returns the bytes of the reachable objects.
func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // the first one leaves what finalizers and pools still hold
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

func TestTheMetadataOfTwentyThousandPodsFitsFortyMiB(t *testing.T) {
	const pods, budget = 20_000, 40 << 20
	client := serve(t, servePodMetadata(pods))
	api := resources.Metadata(resources.New[resources.Pod](client, resources.AllNamespaces()))
	before := heapInUse()
	store := resources.NewStore(api, resources.StoreOptions[resources.PartialObjectMetadata]{
		Transform: func(p *resources.PartialObjectMetadata) { p.Metadata.ManagedFields = nil },
	})
	runStore(t, store)
	after := heapInUse()
	count := 0
	for pod := range store.All() {
		require.Len(t, pod.Metadata.Labels, 4)
		require.Len(t, pod.Metadata.OwnerReferences, 1)
		count++
	}
	require.Equal(t, pods, count)
	t.Logf("%d bytes of %d, %d a pod", after-before, budget, (after-before)/pods)
	require.Less(t, after-before, uint64(budget))
}
