package subresource_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"syscall"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/patch"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// connectTo returns a client of a server in this process. A program uses kubeconfig.Load.
func connectTo(server *kxtest.Server) *transport.Client {
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	return client
}

func newServer() *kxtest.Server {
	server, err := kxtest.New(kxtest.WithDemo())
	if err != nil {
		log.Fatal(err)
	}
	if err := awaitPods(server); err != nil {
		log.Fatal(err)
	}
	return server
}

func ExampleEphemeralContainersEndpoint_Add() {
	server := newServer()
	defer server.Close()
	ctx := context.Background()
	pods := resources.New[resources.Pod](connectTo(server))

	debugger := resources.EphemeralContainer{Name: "debugger", Image: "busybox:latest", TargetContainerName: "app"}
	pod, err := subresource.EphemeralContainers(pods).Add(ctx, "distroless", debugger, subresource.FieldManager("example"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pod.Spec.EphemeralContainers[0].Name)

	_, err = subresource.EphemeralContainers(pods).Add(ctx, "distroless", debugger)
	var exists *subresource.ContainerExistsError
	fmt.Println(errors.As(err, &exists) && exists.Matches)
	// Output:
	// debugger
	// true
}

func ExampleEphemeralContainersEndpoint_Replace() {
	server := newServer()
	defer server.Close()
	ctx := context.Background()
	ec := subresource.EphemeralContainers(resources.New[resources.Pod](connectTo(server)))

	pod, err := ec.Get(ctx, "distroless")
	if err != nil {
		log.Fatal(err)
	}
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, resources.EphemeralContainer{Name: "debugger", Image: "busybox:latest"})
	pod, err = ec.Replace(ctx, "distroless", pod)
	if errors.Is(err, transport.ErrConflict) {
		log.Fatal("the pod has changed since it was read: read it again")
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(pod.Spec.EphemeralContainers), pod.Spec.EphemeralContainers[0].ImagePullPolicy)
	// Output: 1 Always
}

func ExampleEphemeralContainersEndpoint_Patch() {
	server := newServer()
	defer server.Close()
	ctx := context.Background()
	ec := subresource.EphemeralContainers(resources.New[resources.Pod](connectTo(server)))

	list := func(name string) map[string]any {
		container := resources.EphemeralContainer{Name: name, Image: "busybox:latest"}
		return map[string]any{"spec": map[string]any{"ephemeralContainers": []resources.EphemeralContainer{container}}}
	}
	_, err := ec.Patch(ctx, "distroless", patch.Merge(list("one"))) // the pod has none yet
	fmt.Println(err)
	pod, err := ec.Patch(ctx, "distroless", patch.Strategic(list("two")))
	fmt.Println(err, len(pod.Spec.EphemeralContainers))
	_, err = ec.Patch(ctx, "distroless", patch.Merge(list("three")))
	var refused *subresource.RefusedError
	if errors.As(err, &refused) {
		_, advice, _ := strings.Cut(refused.Advice, ": ")
		fmt.Println(advice)
	}
	// Output:
	// <nil>
	// <nil> 2
	// use a strategic patch
}

func ExampleDispatch() {
	server := newServer()
	defer server.Close()
	client := connectTo(server)

	for _, name := range []string{"pods", "deployments"} {
		kind, err := resources.Discover(context.Background(), client, name)
		if err != nil {
			log.Fatal(err)
		}
		endpoint, err := subresource.Dispatch(resources.ForKind(client, kind), "ephemeralcontainers")
		if err != nil {
			fmt.Println(err)
			continue
		}
		pod, err := endpoint.Get(context.Background(), "distroless")
		fmt.Println(pod.Metadata.Name, err)
	}
	// Output:
	// distroless <nil>
	// deployments.apps have no subresource ephemeralcontainers: only pods have it
}

func ExampleScale() {
	server := newServer()
	defer server.Close()
	if _, err := server.Create(`{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"replicas": 2,
		"selector": {"matchLabels": {"app": "web"}},
		"template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": "nginx"}]}}}}`); err != nil {
		log.Fatal(err)
	}
	deployments := resources.New[resources.Deployment](connectTo(server))
	scale, err := subresource.Scale(deployments).Patch(context.Background(), "web", patch.Merge(map[string]any{"spec": map[string]any{"replicas": 3}}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(scale.Spec.Replicas, scale.Status.Selector)
	// Output: 3 app=web
}

func ExampleStatus() {
	server := newServer()
	defer server.Close()
	nodes := resources.New[resources.Node](connectTo(server))
	node, err := subresource.Status(nodes).Get(context.Background(), "kx-node")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(node.Metadata.Name, node.Status.NodeInfo.OperatingSystem)
	// Output: kx-node linux
}

func ExampleResize() {
	server := newServer()
	defer server.Close()
	if _, err := server.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "app",
		"image": "nginx", "resources": {"requests": {"cpu": "100m"}, "limits": {"cpu": "200m"}}}]}}`); err != nil {
		log.Fatal(err)
	}
	pods := resources.New[resources.Pod](connectTo(server))
	pod, err := subresource.Resize(pods).Patch(context.Background(), "web-0", patch.Strategic(
		`{"spec": {"containers": [{"name": "app", "resources": {"limits": {"cpu": "500m"}}}]}}`))
	if errors.Is(err, subresource.ErrNotServed) {
		log.Fatal("the server is older than Kubernetes 1.33")
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pod.Spec.Containers[0].Resources.Limits["cpu"])
	// Output: 500m
}

func ExampleEvictionEndpoint_Evict() {
	server := newServer()
	defer server.Close()
	for _, document := range []string{
		`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0", "labels": {"app": "web"}}, "spec": {"containers": [{"name": "app",
		"image": "nginx"}], "nodeName": "other"}, "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}}`,
		`{"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": {"minAvailable": 1,
		"selector": {"matchLabels": {"app": "web"}}}, "status": {"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 1}}`,
	} {
		if _, err := server.Create(document); err != nil {
			log.Fatal(err)
		}
	}
	ctx := context.Background()
	eviction := subresource.Eviction(resources.New[resources.Pod](connectTo(server)))

	err := eviction.Evict(ctx, "web-0", resources.GracePeriod(10))
	var refused *subresource.BudgetError
	switch {
	case errors.As(err, &refused): // errors.Is(err, subresource.ErrBudget) holds, too
		fmt.Println("budget", refused.Budget, "forbids it; wait", refused.RetryAfter)
	case err != nil:
		log.Fatal(err)
	}
	fmt.Println(eviction.Evict(ctx, "shell"))
	// Output:
	// budget web forbids it; wait 0s
	// <nil>
}

func ExampleExecEndpoint_Run() {
	server := newServer()
	defer server.Close()
	pods := resources.New[resources.Pod](connectTo(server))

	res, err := subresource.Exec(pods).Run(context.Background(), "shell", subresource.ExecOptions{
		Container: "main", Command: []string{"sh", "-c", "echo hello; echo oops >&2; exit 7"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%q %q %d\n", res.Stdout, res.Stderr, res.ExitCode)
	// Output: "hello\n" "oops\n" 7
}

func ExampleExecEndpoint_Start() {
	server := newServer()
	defer server.Close()
	pods := resources.New[resources.Pod](connectTo(server))

	session, err := subresource.Exec(pods).Start(context.Background(), "shell", subresource.ExecOptions{
		Container: "main", Command: []string{"sh", "-c", "sort; exit 3"}, StdinPipe: true, StdoutPipe: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	defer session.Close()
	go func() {
		fmt.Fprintln(session.StdinPipe(), "two\nthree\none")
		if err := session.CloseStdin(); err != nil {
			log.Print(err)
		}
	}()
	if _, err := io.Copy(os.Stdout, session.StdoutPipe()); err != nil {
		log.Fatal(err)
	}
	var exit *subresource.ExitError
	if errors.As(session.Wait(), &exit) {
		fmt.Println("exit code", exit.Code)
	}
	// Output:
	// one
	// three
	// two
	// exit code 3
}

func ExampleAttachEndpoint_Start() {
	server := newServer()
	defer server.Close()
	pods := resources.New[resources.Pod](connectTo(server))

	session, err := subresource.Attach(pods).Start(context.Background(), "shell", subresource.AttachOptions{
		Container: "echo", StdinPipe: true, StdoutPipe: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(session.StdinPipe(), "hello")
	line, err := bufio.NewReader(session.StdoutPipe()).ReadString('\n')
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(line)
	session.Close() // the container keeps running
	// Output: echo: hello
}

func ExampleRecorder() {
	server := newServer()
	defer server.Close()
	pods := resources.New[resources.Pod](connectTo(server))

	var file strings.Builder
	record := subresource.NewRecorder(&file, 80, 24)
	_, err := subresource.Exec(pods).Run(context.Background(), "shell", subresource.ExecOptions{
		Container: "main", Command: []string{"sh", "-c", "echo hello; exit 3"}, Record: record,
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := record.Close(); err != nil { // for example, the disk is full
		log.Fatal(err)
	}
	for line := range strings.Lines(file.String()) {
		if strings.HasPrefix(line, "[") {
			_, event, _ := strings.Cut(line, ",") // without the time
			fmt.Print(event)
		}
	}
	// Output:
	// "o","hello\n"]
	// "x","3"]
}

func ExamplePortForwardEndpoint_Dial() {
	server := newServer()
	defer server.Close()
	pods := resources.New[resources.Pod](connectTo(server))

	conn, err := subresource.PortForward(pods).Dial(context.Background(), "shell", 80)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close()
	_, err = io.ReadAll(conn)
	if errors.Is(err, syscall.ECONNREFUSED) {
		fmt.Println(err)
	}
	// Output: port 80 of pod shell: connection refused: nothing in the pod listens there
}

func ExamplePortForwardEndpoint_DialContext() {
	// A server whose image has a program that speaks HTTP.
	listening := make(chan struct{})
	server, err := kxtest.New(kxtest.WithProgram("hello-server", func(_ context.Context, p *kxtest.Process) int {
		listener, err := p.Listen(8080)
		if err != nil {
			return 1
		}
		close(listening)
		hello := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello from the pod") }
		_ = http.Serve(listener, http.HandlerFunc(hello)) // ends with the container
		return 0
	}))
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	if _, err := server.Create(`{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web-0"}, "spec": {"containers": [{"name": "app",
		"image": "kx.local/busybox:1", "imagePullPolicy": "Never", "command": ["hello-server"]}]}}`); err != nil {
		log.Fatal(err)
	}
	pods := resources.New[resources.Pod](connectTo(server))
	<-listening

	client := &http.Client{Transport: &http.Transport{
		DialContext: subresource.PortForward(pods).DialContext("web-0", 8080),
	}}
	defer client.CloseIdleConnections()
	resp, err := client.Get("http://web-0/healthz")
	if err != nil {
		log.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(resp.StatusCode, string(text))
	// Output: 200 hello from the pod
}
