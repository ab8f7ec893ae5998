package subresource_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// serverWithLog returns a server with the pod "hello" in namespace default.
func serverWithLog() *kxtest.Server {
	server, err := kxtest.New()
	if err != nil {
		log.Fatal(err)
	}
	_, err = server.Create(`{"apiVersion":"v1","kind":"Pod","metadata":{"name":"hello","labels":{"app":"hello"}},"spec":{"restartPolicy":"Never",
		"containers":[{"name":"app","image":"kx.local/busybox:1","command":["sh","-c","echo hello; echo world"]}]}}`)
	if err != nil {
		log.Fatal(err)
	}
	return server
}

func ExampleLogEndpoint_Lines() {
	server := serverWithLog()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pods := resources.New[resources.Pod](connectTo(server))

	// Follow waits for the container, and ends when it has ended for good.
	o := subresource.LogOptions{Container: "app", Follow: true, Since: time.Hour}
	for line, err := range subresource.Log(pods).Lines(ctx, "hello", o) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(line.Container, line.Text, line.Time.IsZero())
	}
	// Output:
	// app hello false
	// app world false
}

func ExampleLogEndpoint_Get() {
	server := serverWithLog()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	logs := subresource.Log(resources.New[resources.Pod](connectTo(server)))
	for range logs.Lines(ctx, "hello", subresource.LogOptions{Follow: true}) {
		continue // until the container has ended
	}

	text, err := logs.Get(ctx, "hello", subresource.LogOptions{Tail: new(int64(1))})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(string(text))
	// Output: world
}

func ExampleLogEndpoint_Copy() {
	server := serverWithLog()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	logs := subresource.Log(resources.New[resources.Pod](connectTo(server)))
	for range logs.Lines(ctx, "hello", subresource.LogOptions{Follow: true}) {
		continue // until the container has ended
	}

	err := logs.Copy(ctx, os.Stdout, "hello", subresource.LogOptions{Container: "app"})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// hello
	// world
}

func ExampleLogEndpoint_Merge() {
	server := serverWithLog()
	defer server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pods := resources.New[resources.Pod](connectTo(server))

	o := subresource.MergeOptions{LabelSelector: "app=hello", LogOptions: subresource.LogOptions{Follow: true}}
	for line, err := range subresource.Log(pods).Merge(ctx, o) {
		if err != nil {
			log.Fatal(err) // a *subresource.LogError names the container; the others go on
		}
		fmt.Printf("%s/%s: %s\n", line.Pod, line.Container, line.Text)
		if line.Text == "world" {
			break
		}
	}
	// Output:
	// hello/app: hello
	// hello/app: world
}
