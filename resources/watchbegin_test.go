package resources_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// An API server with etcd older than 3.4.31 or 3.5.13 answers such a watch with an error event.
func TestAWatchListsFirstIfTheServerCannotSendExistingObjects(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		q := r.URL.Query()
		switch {
		case !q.Has("watch"):
			_, _ = fmt.Fprint(w, `{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[{"metadata":{"name":"a","resourceVersion":"3"}},{"metadata":{"name":"b","resourceVersion":"5"}}]}`)
		case q.Get("resourceVersion") == "":
			_, _ = fmt.Fprint(w, `{"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"the required storage feature RequestWatchProgress is disabled","code":500}}`)
		case q.Get("resourceVersion") == "7":
			_, _ = fmt.Fprint(w, `{"type":"DELETED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a","resourceVersion":"8"}}}`)
		default:
			http.Error(w, "unexpected "+r.URL.RawQuery, http.StatusBadRequest)
		}
	}))
	defer srv.Close()
	client, err := transport.New(&kubeconfig.Config{Server: srv.URL})
	require.NoError(t, err)
	var seen []string
	for event, err := range resources.New[resources.Pod](client).Watch(limited(t), resources.ListOptions{LabelSelector: "app=web"}) {
		require.NoError(t, err)
		seen = append(seen, fmt.Sprint(event.Type, " ", event.Object.Metadata.Name))
		if event.Type == resources.Deleted {
			break
		}
	}
	require.Equal(t, []string{"ADDED a", "ADDED b", "DELETED a"}, seen)
}
