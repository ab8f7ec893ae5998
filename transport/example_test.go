package transport_test

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/transport"
)

// exampleServer returns a server with one pod, web-0.
func exampleServer() (*httptest.Server, *kubeconfig.Config) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/namespaces/default/pods/web-0" {
			fmt.Fprint(w, `{"kind":"Pod"}`)
			return
		}
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"kind":"Status","status":"Failure","reason":"NotFound","message":"pods \"web-1\" not `+
			`found","code":404}`)
	}))
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	return s, &kubeconfig.Config{Server: s.URL, TLS: kubeconfig.TLS{CAData: ca}}
}

func ExampleNew() {
	server, cfg := exampleServer() // or kubeconfig.Load
	defer server.Close()

	client, err := transport.New(cfg, transport.WithUserAgent("example/1.0"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()
	body, err := client.Fetch(context.Background(), &transport.Request{
		Method: http.MethodGet,
		Path:   []string{"api", "v1", "namespaces", "default", "pods", "web-0"},
	})
	fmt.Println(string(body), err)
	// Output: {"kind":"Pod"} <nil>
}

func ExampleClient_Resty() {
	server, cfg := exampleServer()
	defer server.Close()
	client, err := transport.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	resp, err := client.Resty().R().Get("/api/v1/namespaces/default/pods/web-0")
	fmt.Println(resp, err)
	// Output: {"kind":"Pod"} <nil>
}

func ExampleClient_Credential() {
	server, cfg := exampleServer()
	defer server.Close()
	cfg.BearerToken = "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"exp":4102444800}`)) + ".c2ln"
	client, err := transport.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	credential, err := client.Credential(context.Background())
	fmt.Println(credential.Kind, "until", credential.Expires.UTC().Format(time.RFC3339), err)
	// Output: bearer token until 2100-01-01T00:00:00Z <nil>
}

func ExampleWithAllowedExecPlugins() {
	cfg := &kubeconfig.Config{ // a kubeconfig of unknown origin
		Server: "https://example.com",
		Exec: &kubeconfig.ExecConfig{APIVersion: "client.authentication.k8s.io/v1", Command: "/bin/sh",
			InteractiveMode: kubeconfig.InteractiveNever},
	}
	_, err := transport.New(cfg, transport.WithAllowedExecPlugins())
	var plugin *transport.ExecPluginError
	if errors.As(err, &plugin) {
		fmt.Println(plugin.Reason, plugin.Command)
	}
	// Output: NotAllowed /bin/sh
}

func ExampleStatusError() {
	server, cfg := exampleServer()
	defer server.Close()
	client, err := transport.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	_, err = client.Fetch(context.Background(), &transport.Request{
		Method: http.MethodGet,
		Path:   []string{"api", "v1", "namespaces", "default", "pods", "web-1"},
	})
	if errors.Is(err, transport.ErrNotFound) {
		fmt.Println(err)
	}
	var failure *transport.StatusError
	if errors.As(err, &failure) {
		fmt.Println(failure.Code, failure.Status.Reason)
	}
	// Output:
	// GET /api/v1/namespaces/default/pods/web-1: pods "web-1" not found (404)
	// 404 NotFound
}
