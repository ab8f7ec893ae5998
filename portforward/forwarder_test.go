package portforward_test

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

var (
	podKind     = resources.Kind{Version: "v1", Kind: "Pod", Resource: "pods", Namespaced: true}
	serviceKind = resources.Kind{Version: "v1", Kind: "Service", Resource: "services", Namespaced: true}
)

// answers gives a client of a server that has these documents and no others, by the ends of their
// addresses.
func serverWith(t *testing.T, documents map[string]string) *transport.Client {
	t.Helper()
	client, err := transport.New(&kubeconfig.Config{Server: "https://kx.invalid"},
		transport.WithRoundTripper(func(http.RoundTripper) http.RoundTripper {
			return roundTripper(func(req *http.Request) (*http.Response, error) {
				for end, document := range documents {
					if strings.HasSuffix(req.URL.Path, end) {
						return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(document)), Request: req}, nil
					}
				}
				return &http.Response{StatusCode: 404, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(`{"kind":"Status","status":"Failure","reason":"NotFound","code":404}`)), Request: req}, nil
			})
		}))
	require.NoError(t, err)
	t.Cleanup(client.Close)
	return client
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

const runningPod = `{"kind":"Pod","apiVersion":"v1","metadata":{"name":"web-0","uid":"1"},"spec":{
	"initContainers":[{"name":"side","restartPolicy":"Always","ports":[{"name":"metrics","containerPort":9090}]}],
	"containers":[{"name":"none"},{"name":"app","ports":[{"name":"http","containerPort":8080,"protocol":"TCP"},{"name":"dns","containerPort":53,"protocol":"UDP"},{"containerPort":7000}]}]},
	"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}`

func TestPortsOfAPodAreNumbersOrNamesThatContainersDeclare(t *testing.T) {
	client := serverWith(t, map[string]string{"/pods/web-0": runningPod})
	f, err := portforward.New(t.Context(), client, podKind, "web-0", portforward.Options{})
	require.NoError(t, err)
	for port, want := range map[string]int{"80": 80, "http": 8080, "metrics": 9090} {
		local, remote, err := f.Port(port)
		require.NoError(t, err)
		require.Equal(t, [2]int{want, want}, [2]int{local, remote}, port)
	}
	for _, port := range []string{"https", "dns"} {
		_, _, err = f.Port(port)
		require.Equal(t, &portforward.PortError{Port: port, Object: `pod web-0`, Ports: []string{"http (8080)", "metrics (9090)"}}, err, "UDP is not forwarded")
		_, err = f.Dial(t.Context(), port)
		require.ErrorAs(t, err, new(*portforward.PortError))
	}
}

func TestPortsOfAServiceLeadToItsTargetPorts(t *testing.T) {
	ports := `"ports":[{"name":"web","port":80,"targetPort":"http"},{"port":443,"targetPort":8443},{"name":"same","port":8080},{"name":"dns","port":53,"protocol":"UDP"},{"name":"gone","port":81,"targetPort":"nope"}]`
	for name, tc := range map[string]struct {
		clusterIP string
		want      map[string]string
	}{
		"with a cluster IP: names and numbers lead to target ports": {"10.0.0.1", map[string]string{"80": "80 8080", "web": "80 8080", "443": "443 8443", "same": "8080 8080", "8080": "8080 8080"}},
		"headless: a number is the pods' own port":                  {"None", map[string]string{"80": "80 80", "web": "80 8080", "443": "443 443"}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := portforward.New(t.Context(), serverWith(t, map[string]string{
				"/services/web": `{"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},"spec":{"clusterIP":"` + tc.clusterIP + `","selector":{"app":"web"},` + ports + `}}`,
				"/pods":         `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[` + runningPod + `]}`,
			}), serviceKind, "web", portforward.Options{})
			require.NoError(t, err)
			for port, want := range tc.want {
				local, remote, err := f.Port(port)
				require.NoError(t, err)
				require.Equal(t, want, fmt.Sprint(local, remote), port)
			}
			_, _, err = f.Port("90")
			require.EqualError(t, err, `the service has no TCP port "90": it has web (80), (443), same (8080), gone (81)`)
			_, _, err = f.Port("gone")
			require.EqualError(t, err, `pod web-0 has no TCP port "nope": it has http (8080), metrics (9090)`)
			_, _, err = f.Port("dns")
			require.ErrorAs(t, err, new(*portforward.PortError))
		})
	}
}

func TestNewFailsWithoutARunningPod(t *testing.T) {
	service := func(selector string) string {
		return `{"kind":"Service","apiVersion":"v1","metadata":{"name":"web"},"spec":{"selector":` + selector + `}}`
	}
	none := `{"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]}`
	for name, tc := range map[string]struct {
		kind      resources.Kind
		documents map[string]string
		fails     string
		object    string // if it is not "web"
	}{
		"a service that selects nothing":    {serviceKind, map[string]string{"/services/web": service(`{}`), "/pods": none}, `services/web has no pods: its selector is empty`, ""},
		"a service whose pods do not exist": {serviceKind, map[string]string{"/services/web": service(`{"app":"web"}`), "/pods": none}, `services/web has no pods: no pod matches "app=web"`, ""},
		"a service that does not exist":     {serviceKind, nil, "404", ""},
		"a pod that has ended":              {podKind, map[string]string{"/pods/web-0": strings.Replace(runningPod, "Running", "Succeeded", 1)}, `pod web-0 has ended (Succeeded)`, "web-0"},
		"another kind":                      {resources.Kind{Version: "v1", Kind: "Node", Resource: "nodes"}, nil, "nodes have no pods", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := portforward.New(t.Context(), serverWith(t, tc.documents), tc.kind, cmp.Or(tc.object, "web"), portforward.Options{})
			require.ErrorContains(t, err, tc.fails)
		})
	}
}

func ExampleForwarder() {
	listening := make(chan struct{})
	server, err := kxtest.New(kxtest.WithProgram("/web", func(_ context.Context, p *kxtest.Process) int {
		l, err := p.Listen(8080)
		if err != nil {
			return 1
		}
		close(listening)
		hello := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }
		_ = http.Serve(l, http.HandlerFunc(hello)) // until the process ends
		return 0
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	for _, object := range []string{
		`{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}},
			"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "kx.local/busybox:1"}]}}}}`,
		`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "labels": {"app": "web"}}, "spec": {"containers": [
			{"name": "app", "image": "kx.local/busybox:1", "command": ["/web"], "ports": [{"name": "http", "containerPort": 8080}]}]}}`,
	} {
		if _, err := server.Create(object); err != nil {
			log.Fatal(err)
		}
	}
	<-listening
	client, err := transport.New(server.Config()) // a program uses kubeconfig.Load
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	deployments := (*resources.Deployment)(nil).APIKind()
	o := portforward.Options{Notice: func(text string) { log.Print(text) }}
	web, err := portforward.New(context.Background(), client, deployments, "web", o)
	if err != nil {
		log.Fatal(err)
	}
	_, port, err := web.Port("http")
	fmt.Println(port, err)
	conn, err := web.Dial(context.Background(), "http")
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.0\r\n\r\n")
	answer, err := io.ReadAll(conn)
	fmt.Println(strings.HasSuffix(string(answer), "hello"), err)
	// Output:
	// 8080 <nil>
	// true <nil>
}
