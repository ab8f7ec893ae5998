package subresource_test

import (
	"context"
	"fmt"
	"log"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// slimPod is a pod of which the program needs only the metadata. Three methods make it a model with
// ephemeral containers.
type slimPod struct {
	Metadata resources.ObjectMeta `json:"metadata"`
}

func (*slimPod) APIKind() resources.Kind       { return (*resources.Pod)(nil).APIKind() }
func (p *slimPod) Meta() *resources.ObjectMeta { return &p.Metadata }
func (*slimPod) HasEphemeralContainers()       {}

// A program with its own type for pods does not link the types below resources.Pod.
func ExampleEphemeralContainers_ownModel() {
	server := newServer()
	defer server.Close()
	pods := resources.New[slimPod](connectTo(server))
	pod, err := subresource.EphemeralContainers(pods).Add(context.Background(), "distroless",
		resources.EphemeralContainer{Name: "debugger", Image: "busybox:latest"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(pod.Metadata.Name)
	// Output: distroless
}
