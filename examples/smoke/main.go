// Command smoke tests a Deployment after a rollout:
//
//	smoke DEPLOYMENT
//
// It waits until the rollout is done, and until a pod's log says that the pod serves. Then it sends
// the pod a HEAD request, and evicts the pod unless the answer is 200 OK. The ConfigMap of the
// Deployment's name says what to look for:
//
//	selector: app=web
//	log: listening
//	url: http://web/healthz
//	results: smoketests.example.com
//
// results is the kind of a custom resource, which gets an object of the pod's name.
package main

import (
	"context"
	"flag"
	"log"
	"net/http"

	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

func main() {
	flag.Parse()
	ctx, name := context.Background(), flag.Arg(0)
	cfg, err := kubeconfig.Load(kubeconfig.Options{})
	check(err)
	client, err := transport.New(cfg)
	check(err)
	pods := resources.New[resources.Pod](client)
	deployments := resources.New[resources.Deployment](client)

	check(resources.WaitFor(ctx, deployments, name, resources.RolloutDone))
	settings, err := resources.New[resources.ConfigMap](client).Get(ctx, name)
	check(err)
	kind, err := resources.Discover(ctx, client, settings.Data["results"])
	check(err)
	tests := resources.ForKind(client, kind)

	var pod string
	selected := resources.ListOptions{LabelSelector: settings.Data["selector"]}
	for event, err := range pods.Watch(ctx, selected) {
		check(err)
		if event.Type != resources.Deleted && event.Object.Status.Phase == "Running" {
			pod = event.Object.Metadata.Name
			break
		}
	}
	_, err = tests.Create(ctx, &resources.Object{Metadata: resources.ObjectMeta{Name: pod}})
	check(err)

	follow := subresource.LogOptions{Follow: true}
	for line, err := range subresource.Log(pods).Lines(ctx, pod, follow) {
		check(err)
		if line.Text == settings.Data["log"] {
			break
		}
	}

	forward := &http.Transport{DialContext: subresource.PortForward(pods).DialContext(pod, 8080)}
	answer, err := (&http.Client{Transport: forward}).Head(settings.Data["url"])
	check(err)

	_, err = tests.Modify(ctx, pod, func(test *resources.Object) error {
		return test.SetField(answer.Status, "spec", "answer")
	})
	check(err)
	if answer.StatusCode != http.StatusOK {
		check(subresource.Eviction(pods).Evict(ctx, pod))
	}
}

// check ends the program after an error. The errors of kx say what failed, on what, and why.
func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
