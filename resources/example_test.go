package resources_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/kx-k8s/kx/kxtest"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// demo returns a client of a server in this process. A program uses kubeconfig.Load.
func demo() (client *transport.Client, stop func()) {
	server, err := kxtest.New(kxtest.WithDemo())
	if err != nil {
		log.Fatal(err)
	}
	client, err = transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	return client, func() { client.Close(); server.Close() }
}

func ExampleNew() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client, resources.InNamespace("default"))
	pod, err := pods.Get(context.Background(), "distroless")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pod.Metadata.Name, pod.Spec.Containers[0].Image)
	// Output: distroless kx.local/distroless:1
}

func ExampleEndpoint_Get() {
	client, stop := demo()
	defer stop()
	_, err := resources.New[resources.Pod](client).Get(context.Background(), "missing")
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output: true
}

func ExampleAPI_All() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	for pod, err := range pods.All(context.Background(), resources.ListOptions{LabelSelector: "app in (distroless,shell)"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(pod.Metadata.Name)
	}
	// Output:
	// distroless
	// shell
}

func ExampleAPI_AllNames() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	for name, err := range pods.AllNames(context.Background(), resources.ListOptions{LabelSelector: "app in (distroless,shell)"}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(name)
	}
	// Output:
	// distroless
	// shell
}

func ExampleAPI_Watch() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	for event, err := range pods.Watch(context.Background(), resources.ListOptions{FieldSelector: "metadata.name=distroless"}) {
		if err != nil {
			log.Fatal(err)
		}
		if event.Object.Status.Phase == "Running" {
			fmt.Println(event.Object.Metadata.Name, "runs")
			break
		}
	}
	// Output: distroless runs
}

func ExampleForKind() {
	client, stop := demo()
	defer stop()
	kind, err := resources.Discover(context.Background(), client, "cm")
	if err != nil {
		log.Fatal(err)
	}
	object := &resources.Object{APIVersion: kind.APIVersion(), Kind: kind.Kind, Metadata: resources.ObjectMeta{Name: "settings"}}
	object, err = resources.ForKind(client, kind).Create(context.Background(), object, resources.FieldManager("example"))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(kind, object.Metadata.Namespace, object.Metadata.Name)
	// Output: configmaps default settings
}

func ExampleBuiltIn() {
	kind, ok := resources.BuiltIn("ing")
	fmt.Println(kind.APIVersion(), kind.Kind, kind.Namespaced, ok)
	// Output: networking.k8s.io/v1 Ingress true true
}

func ExampleDiscovery() {
	client, stop := demo()
	defer stop()
	discovery := resources.NewDiscovery(client)
	for _, name := range []string{"deploy", "apps/v1/deployments", "pods/log"} {
		found, err := discovery.Find(context.Background(), name)
		if err != nil {
			log.Fatal(err)
		}
		_, scales := found.Subresource("scale")
		fmt.Println(found.Kind, found.ShortNames, scales)
	}
	// Output:
	// deployments.apps [deploy] true
	// deployments.apps [deploy] true
	// pods [po] false
}

func ExamplePodsOf() {
	client, stop := demo()
	defer stop()
	ctx := context.Background()
	kind, err := resources.Discover(ctx, client, "deploy")
	if err != nil {
		log.Fatal(err)
	}
	web := `{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "distroless"}},
		"template": {"metadata": {"labels": {"app": "distroless"}}, "spec": {"containers": [{"name": "app", "image": "kx.local/distroless:1"}]}}}}`
	if _, err := resources.ForKind(client, kind).CreateRaw(ctx, []byte(web)); err != nil {
		log.Fatal(err)
	}
	pods, err := resources.PodsOf(ctx, client, kind, "web")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pods[0].Metadata.Name)
	// Output: distroless
}

func ExampleNewStore() {
	client, stop := demo()
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pods := resources.New[resources.Pod](client, resources.AllNamespaces())
	store := resources.NewStore(pods, resources.StoreOptions[resources.Pod]{
		Transform: func(pod *resources.Pod) { pod.Metadata.ManagedFields = nil },
		OnDelete:  func(pod *resources.Pod) { log.Print(pod.Metadata.Name, " is gone") },
	})
	failed := make(chan error, 1)
	go func() { failed <- store.Run(ctx) }()
	select {
	case <-store.Synced():
	case err := <-failed:
		log.Fatal(err)
	}
	for pod := range store.All() {
		fmt.Println(pod.Metadata.Namespace, pod.Metadata.Name)
	}
	shell, ok := store.Get("default", "shell")
	fmt.Println(ok, len(shell.Spec.Containers))
	// Output:
	// default distroless
	// default shell
	// true 2
}

func ExampleWaitFor() {
	client, stop := demo()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	pods := resources.New[resources.Pod](client)
	err := resources.WaitFor(ctx, pods, "shell", resources.Ready)
	fmt.Println("ready:", err)

	// A condition of the caller's own:
	err = resources.WaitFor(ctx, pods, "shell", func(pod *resources.Pod) (bool, error) {
		return pod.Status.PodIP != "", nil
	})
	fmt.Println("has an address:", err)

	if _, err := pods.Delete(ctx, "shell", resources.GracePeriod(0)); err != nil {
		log.Fatal(err)
	}
	err = resources.WaitFor(ctx, pods, "shell", resources.Deleted)
	fmt.Println("deleted:", err)

	// An object that is not there ends the wait at once.
	err = resources.WaitFor(ctx, pods, "shell", resources.Ready)
	fmt.Println(errors.Is(err, transport.ErrNotFound))
	// Output:
	// ready: <nil>
	// has an address: <nil>
	// deleted: <nil>
	// true
}

func ExampleRolloutDone() {
	server, err := kxtest.New()
	if err != nil {
		log.Fatal(err)
	}
	defer server.Close()
	client, err := transport.New(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = server.Create(`{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},
		"spec":{"replicas":0,"selector":{"matchLabels":{"app":"web"}},
		"template":{"metadata":{"labels":{"app":"web"}},"spec":{"containers":[{"name":"app","image":"nginx"}]}}},
		"status":{"observedGeneration":1}}`)
	if err != nil {
		log.Fatal(err)
	}
	deployments := resources.New[resources.Deployment](client)
	fmt.Println(resources.WaitFor(context.Background(), deployments, "web", resources.RolloutDone))
	// Output: <nil>
}

func ExampleJSONPath() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	qos := resources.JSONPath("{.status.qosClass}", "BestEffort")
	fmt.Println(resources.WaitFor(context.Background(), pods, "shell", qos))
	// Output: <nil>
}

func ExampleJSONPathExists() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	started := resources.JSONPathExists("{.status.startTime}")
	fmt.Println(resources.WaitFor(context.Background(), pods, "shell", started))
	// Output: <nil>
}

func ExampleConditionIs() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)
	scheduled := resources.ConditionIs("PodScheduled", "True")
	fmt.Println(resources.WaitFor(context.Background(), pods, "shell", scheduled))
	// Output: <nil>
}

// A subresource that this library has no function for is called by its name. Here the name is that
// of the eviction subresource, for which subresource.Eviction exists, too. A service account's
// token works alike: Sub[TokenRequest](accounts, "token").
func ExampleEndpoint_Create() {
	client, stop := demo()
	defer stop()
	pods := resources.New[resources.Pod](client)

	eviction := resources.Sub[resources.Object](pods, "eviction")
	answer, err := eviction.Create(context.Background(), "shell", &resources.Object{
		Kind: "Eviction", APIVersion: "policy/v1", Metadata: resources.ObjectMeta{Name: "shell"},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Kind, string(answer.Unknown))
	// Output: Status {"status":"Success","code":201}
}
