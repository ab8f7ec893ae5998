package subresource

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// AddPatch is the patch that adds one ephemeral container to one version of a pod. It is a
// resources.Patch:
//
//	{"metadata": {"resourceVersion": "1234"},
//	 "spec": {"$setElementOrder/ephemeralContainers": [{"name": "old"}, {"name": "new"}],
//	          "ephemeralContainers": [{"name": "new", "image": "busybox"}]}}
//
// The server refuses the patch with a conflict when the pod has another resourceVersion. It merges
// the list by the containers' names, so a container that is left out stays. Without
// $setElementOrder it would put the new one first (strategic merge patch,
// https://kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch/).
//
// An AddPatch is not for use by several goroutines at once: AddWith rebuilds it.
type AddPatch struct {
	name      string // of the new container
	container jsontext.Value
	body      []byte // nil until a pod was read

	// existing is the pod's container of the same name, if it has one, and existingKind its kind.
	existing     *resources.ContainerOutline
	existingKind resources.ContainerKind
}

// NewAddPatch builds the patch that adds container to pod. Both are JSON; pod is as the server
// returned it.
//
// If the pod has a container of the same name, AddWith fails without sending the patch. Encode
// still returns a body: a caller that sends it otherwise changes that container, or is refused.
func NewAddPatch(pod, container []byte) (*AddPatch, error) {
	p, err := newUnbuiltAddPatch(container)
	if err != nil {
		return nil, err
	}
	if err := p.rebuild(pod); err != nil {
		return nil, fmt.Errorf("add ephemeral container %s: %w", p.name, err)
	}
	return p, nil
}

// newUnbuiltAddPatch returns a patch without a body; rebuild makes the body.
func newUnbuiltAddPatch(container []byte) (*AddPatch, error) {
	var c containerName
	if err := json.Unmarshal(container, &c); err != nil {
		return nil, fmt.Errorf("add an ephemeral container: the container cannot be decoded: %w",
			err)
	}
	if c.Name == "" {
		return nil, errors.New("add an ephemeral container: the container has no name: set Name")
	}
	return &AddPatch{name: c.Name, container: container}, nil
}

// ContentType returns the media type of a strategic merge patch.
func (*AddPatch) ContentType() string { return "application/strategic-merge-patch+json" }

// Encode returns the body of the request.
func (p *AddPatch) Encode() ([]byte, error) { return p.body, nil }

// addBody is the body of an AddPatch. Package patch is not used: a program that only adds does not
// link it.
type addBody struct {
	Metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Spec struct {
		Order               []containerName  `json:"$setElementOrder/ephemeralContainers"`
		EphemeralContainers []jsontext.Value `json:"ephemeralContainers"`
	} `json:"spec"`
}

// containerName is a container's name, the merge key of the list.
type containerName struct {
	Name string `json:"name"`
}

// rebuild makes the body for this version of the pod.
func (p *AddPatch) rebuild(document []byte) error {
	var pod resources.PodOutline
	if err := json.Unmarshal(document, &pod); err != nil {
		return fmt.Errorf("the pod cannot be decoded: %w", err)
	}
	if pod.Metadata.ResourceVersion == "" {
		return errors.New("the pod has no resourceVersion: read the pod from the server first")
	}
	var body addBody
	body.Metadata.ResourceVersion = pod.Metadata.ResourceVersion
	for _, c := range pod.Spec.EphemeralContainers {
		body.Spec.Order = append(body.Spec.Order, containerName{c.Name})
	}
	body.Spec.Order = append(body.Spec.Order, containerName{p.name})
	body.Spec.EphemeralContainers = []jsontext.Value{p.container}
	var err error
	p.body, err = json.Marshal(&body)
	p.existing, p.existingKind = pod.Spec.Container(p.name)
	return err
}

// existingMatches reports whether the pod's container of the same name is an ephemeral container
// like the new one.
func (p *AddPatch) existingMatches() bool {
	if p.existingKind != resources.KindEphemeralContainer {
		return false
	}
	stored, err := json.Marshal(p.existing)
	return err == nil && ContainerMatches(stored, p.container)
}
