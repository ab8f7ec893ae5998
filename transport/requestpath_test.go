package transport_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/transport"
)

func TestTheVerbAndTheKindComeFromThePath(t *testing.T) {
	type kind = transport.RequestMetrics
	for _, tc := range []struct {
		method, url string
		want        kind
	}{
		{"GET", "/api/v1/namespaces/n/pods/p", kind{Verb: "get", Version: "v1", Resource: "pods", Namespace: "n"}},
		{"HEAD", "/api/v1/namespaces/n/pods/p", kind{Verb: "get", Version: "v1", Resource: "pods", Namespace: "n"}},
		{"GET", "/api/v1/namespaces/n/pods", kind{Verb: "list", Version: "v1", Resource: "pods", Namespace: "n"}},
		{"GET", "/api/v1/pods?watch=1", kind{Verb: "watch", Version: "v1", Resource: "pods"}},
		{"GET", "/api/v1/pods?watch=false", kind{Verb: "list", Version: "v1", Resource: "pods"}},
		{"GET", "/apis/apps/v1/deployments?watch=true", kind{Verb: "watch", Group: "apps", Version: "v1", Resource: "deployments"}},
		{"POST", "/apis/apps/v1/namespaces/n/deployments", kind{Verb: "create", Group: "apps", Version: "v1", Resource: "deployments", Namespace: "n"}},
		{"PUT", "/apis/apps/v1/namespaces/n/deployments/d/scale", kind{Verb: "update", Group: "apps", Version: "v1", Resource: "deployments", Subresource: "scale", Namespace: "n"}},
		{"PATCH", "/api/v1/namespaces/n/pods/p/status", kind{Verb: "patch", Version: "v1", Resource: "pods", Subresource: "status", Namespace: "n"}},
		{"DELETE", "/api/v1/nodes/x", kind{Verb: "delete", Version: "v1", Resource: "nodes"}},
		{"DELETE", "/api/v1/namespaces/n/pods", kind{Verb: "deletecollection", Version: "v1", Resource: "pods", Namespace: "n"}},
		{"GET", "/api/v1/namespaces/n", kind{Verb: "get", Version: "v1", Resource: "namespaces", Namespace: "n"}},
		{"GET", "/api/v1/namespaces", kind{Verb: "list", Version: "v1", Resource: "namespaces"}},
		{"PUT", "/api/v1/namespaces/n/status", kind{Verb: "update", Version: "v1", Resource: "namespaces", Subresource: "status", Namespace: "n"}},
		{"GET", "/api/v1/nodes/x/proxy/metrics/cadvisor", kind{Verb: "get", Version: "v1", Resource: "nodes", Subresource: "proxy"}},
		{"GET", "/api/v1/namespaces/n/pods/a%3Fb/exec?command=x", kind{Verb: "get", Version: "v1", Resource: "pods", Subresource: "exec", Namespace: "n"}},
		{"GET", "/version", kind{Verb: "get"}},
		{"POST", "/apis/apps", kind{Verb: "post"}},
		{"GET", "/api/v1", kind{Verb: "get"}},
		{"GET", "/", kind{Verb: "get"}},
		{"OPTIONS", "/api/v1/pods", kind{Verb: "options", Version: "v1", Resource: "pods"}},
	} {
		t.Run(tc.method+" "+tc.url, func(t *testing.T) {
			for _, base := range []string{"https://kx.invalid", "https://kx.invalid/k8s/clusters/c%2F1"} {
				baseURL, err := url.Parse(base)
				require.NoError(t, err)
				target, err := url.Parse(base + tc.url)
				require.NoError(t, err)
				want := tc.want
				want.Method = tc.method
				require.Equal(t, want, transport.DescribePath(tc.method, baseURL, target))
			}
		})
	}
}
