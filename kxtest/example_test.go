package kxtest_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/transport"
)

var pod = []string{"api", "v1", "namespaces", "default", "pods", "distroless"}

func Example() {
	server, err := kxtest.New(kxtest.WithDemo()) // in a test: kxtest.Start(t, kxtest.WithDemo())
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	_, err = client.Fetch(context.Background(), &transport.Request{Method: http.MethodGet, Path: pod})
	fmt.Println(err)
	// Output: <nil>
}

func ExampleServer_Fault() {
	server, err := kxtest.New(kxtest.WithDemo())
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		panic(err)
	}
	defer client.Close()

	fault := server.Fault(kxtest.Fault{
		Method: http.MethodDelete, Path: "/api/v1/namespaces/*/pods/*",
		Then: kxtest.AnswerStatus(http.StatusInternalServerError, "InternalError", "etcdserver: leader changed", 0),
	})
	_, err = client.Fetch(context.Background(), &transport.Request{Method: http.MethodDelete, Path: pod})
	var status *transport.StatusError
	fmt.Println(errors.As(err, &status), fault.Hits())
	// Output: true 1
}

func ExampleServer_User() {
	server, err := kxtest.New(kxtest.WithDemo())
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := transport.New(server.User("reader", kxtest.Allow("get,list,watch", "pods").In("default")))
	if err != nil {
		panic(err)
	}
	defer client.Close()
	_, err = client.Fetch(context.Background(), &transport.Request{Method: http.MethodDelete, Path: pod})
	fmt.Println(errors.Is(err, transport.ErrForbidden))
	// Output: true
}

func ExampleServer_Requests() {
	server, err := kxtest.New(kxtest.WithRegistryImage("registry.example/tool:*", time.Second))
	if err != nil {
		panic(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	_, err = client.Fetch(context.Background(), &transport.Request{Method: http.MethodGet, Path: []string{"version"}})
	for _, request := range server.Requests() {
		fmt.Println(request.Method, request.Path, request.User, err)
	}
	// Output: GET /version kx-admin <nil>
}
