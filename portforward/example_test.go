package portforward_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/portforward"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// A listener outlives its connections, and the pod that they go to: for a workload or service,
// each connection goes to a pod that is ready.
func ExampleForwarder_Serve() {
	// A server whose pod has a program that speaks HTTP.
	listening := make(chan struct{})
	server, err := kxtest.New(kxtest.WithProgram("hello-server", func(_ context.Context, p *kxtest.Process) int {
		listener, err := p.Listen(8080)
		if err != nil {
			return 1
		}
		close(listening)
		hello := func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello from ", r.URL.Path) }
		_ = http.Serve(listener, http.HandlerFunc(hello)) // ends with the container
		return 0
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	if _, err := server.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "app",
		"image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["hello-server"],
		"ports": [{"name": "http", "containerPort": 8080}]}]}}`); err != nil {
		log.Fatal(err)
	}
	<-listening

	client, err := transport.New(server.Config()) // or kubeconfig.Load
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // ends Serve and its connections
	f, err := portforward.New(ctx, client, (*resources.Pod)(nil).APIKind(), "web-0", portforward.Options{})
	if err != nil {
		log.Fatal(err)
	}
	listeners, err := portforward.Listen(0, "127.0.0.1") // port 0 is a free port
	if err != nil {
		log.Fatal(err)
	}
	// The function receives the error of a connection that failed. The listener goes on.
	go f.Serve(ctx, listeners[0], "http", func(err error) { log.Print(err) })

	for _, path := range []string{"/one", "/two"} {
		resp, err := http.Get("http://" + listeners[0].Addr().String() + path)
		if err != nil {
			log.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(string(text), err)
	}
	// Output:
	// hello from /one <nil>
	// hello from /two <nil>
}
