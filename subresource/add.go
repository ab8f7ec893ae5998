package subresource

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// How often Add tries while other writers are faster, and how long it pauses at most before it reads again.
const (
	maxAddAttempts = 50
	minAddPause    = 5 * time.Millisecond
	maxAddPause    = 500 * time.Millisecond
)

// ContainerExistsError says that the pod has a container of that name already. It matches transport.ErrAlreadyExists.
type ContainerExistsError struct {
	Pod, Container string
	// Kind is "container", "init container" or "ephemeral container".
	Kind string
	// Same is true when it is an ephemeral container that has all that the new one was to have.
	Same bool
}

func (e *ContainerExistsError) Error() string {
	return fmt.Sprintf("pod %q has %s %s %q already: containers cannot be replaced, so choose another name", e.Pod, article(e.Kind), e.Kind, e.Container)
}

// Is matches transport.ErrAlreadyExists.
func (e *ContainerExistsError) Is(target error) bool { return target == transport.ErrAlreadyExists }

func article(noun string) string {
	if noun == "container" {
		return "a"
	}
	return "an"
}

// Add puts container into the pod called name, whatever else is there, and gives the pod as it is then.
//
// It reads the pod and sends a strategic merge patch that holds for that version only: containers that are there are not sent again,
// so nothing of them can be lost, and when another writer was faster it starts again from a fresh read. After a write whose answer was lost it reads
// the pod to see whether the container is there; when that fails too, the error matches transport.ErrOutcomeUnknown.
// A container of the same name is a *ContainerExistsError.
func (e *EphemeralContainersEndpoint[T]) Add(ctx context.Context, name string, container resources.EphemeralContainer, opts ...PatchOption) (*T, error) {
	document, err := json.Marshal(container)
	if err != nil {
		return nil, fmt.Errorf("add ephemeral container %q: %w", container.Name, err)
	}
	stored, err := e.raw.add(ctx, name, document, opts)
	if err != nil {
		return nil, err
	}
	pod := new(T)
	if err := json.Unmarshal(stored, pod); err != nil {
		return nil, fmt.Errorf("add ephemeral container %q: pod %q has it, and cannot be read: %w", container.Name, name, err)
	}
	return pod, nil
}

// AddRaw is Add with a JSON document for the container, which is sent as it is, and one for the pod.
func (e *EphemeralContainersEndpoint[T]) AddRaw(ctx context.Context, name string, container []byte, opts ...PatchOption) ([]byte, error) {
	return e.raw.add(ctx, name, container, opts)
}

// Addition gives the body of the request with which Add would put container into pod, both JSON: a strategic merge patch.
func Addition(pod, container []byte) ([]byte, error) {
	var view podView
	var name named
	err := json.Unmarshal(pod, &view)
	if err == nil {
		err = json.Unmarshal(container, &name)
	}
	if err != nil {
		return nil, fmt.Errorf("add an ephemeral container: it or the pod cannot be read: %w", err)
	}
	a, err := newAddition(&view, name.Name, container)
	if err != nil {
		return nil, fmt.Errorf("add ephemeral container %q: the pod cannot be read: %w", name.Name, err)
	}
	return a.Encode()
}

// adder is what Add is for every type of pods alike: the pods, and their ephemeral containers, as the server sends them.
type adder struct {
	pods, sub resources.Endpoint[jsontext.Value]
}

func (a *adder) add(ctx context.Context, name string, wanted jsontext.Value, opts []PatchOption) (jsontext.Value, error) {
	var container named
	if err := json.Unmarshal(wanted, &container); err != nil {
		return nil, fmt.Errorf("add an ephemeral container: it cannot be read: %w", err)
	}
	if container.Name == "" {
		return nil, errors.New("add an ephemeral container: it has no name: set Name")
	}
	if err := a.sub.CheckPatch(&addition{}, opts...); err != nil {
		return nil, err
	}
	var unknown error // of a write whose answer was lost
	for attempt := 1; ; attempt++ {
		pod, err := a.pods.Get(ctx, name, readOptions(opts)...)
		if err != nil {
			return nil, unresolved(unknown, err)
		}
		var view podView
		if err := json.Unmarshal(*pod, &view); err != nil {
			return nil, unresolved(unknown, fmt.Errorf("add ephemeral container %q: pod %q cannot be read: %w", container.Name, name, err))
		}
		found := view.find(container.Name)
		if found != nil {
			same := found.kind == ephemeral && SameContainer(found.value, wanted)
			if same && unknown != nil { // the write had arrived
				return *pod, nil
			}
			// After a lost answer it may be the one that was sent, which a webhook has changed.
			return nil, unresolved(unknown, &ContainerExistsError{Pod: name, Container: container.Name, Kind: found.kind, Same: same})
		}
		addition, err := newAddition(&view, container.Name, wanted)
		if err != nil {
			return nil, unresolved(unknown, fmt.Errorf("add ephemeral container %q: pod %q cannot be read: %w", container.Name, name, err))
		}
		pod, err = a.sub.Patch(ctx, name, addition, opts...)
		switch {
		case err == nil:
			return *pod, nil
		case errors.Is(err, transport.ErrOutcomeUnknown):
			unknown = err
		case !errors.Is(err, transport.ErrConflict):
			return nil, unresolved(unknown, explain(err, nil))
		}
		if attempt == maxAddAttempts {
			return nil, unresolved(unknown, err)
		}
		stop := sleep(ctx, attempt)
		if stop != nil {
			return nil, fmt.Errorf("add ephemeral container %q to pod %q: %w, after: %w", container.Name, name, stop, unresolved(unknown, err))
		}
	}
}

// unresolved gives err, and with it the write of unknown outcome that it leaves unresolved, if there was one.
func unresolved(unknown, err error) error {
	if unknown == nil || errors.Is(err, transport.ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w; after that: %w", unknown, err)
}

// addition is a strategic merge patch that holds for one version of the pod and puts the container behind those that are there.
// It is made here so that a program which only adds does not link package patch.
type addition struct {
	Metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Spec struct {
		// Without the order the server puts what is new in front.
		Order      []named          `json:"$setElementOrder/ephemeralContainers"`
		Containers []jsontext.Value `json:"ephemeralContainers"`
	} `json:"spec"`
}

// named is a container by its name, the merge key of the list.
type named struct {
	Name string `json:"name"`
}

func newAddition(view *podView, name string, container jsontext.Value) (*addition, error) {
	a := &addition{}
	a.Metadata.ResourceVersion = view.Metadata.ResourceVersion
	for _, value := range view.Spec.EphemeralContainers {
		var there named
		if err := json.Unmarshal(value, &there); err != nil {
			return nil, err
		}
		a.Spec.Order = append(a.Spec.Order, there)
	}
	a.Spec.Order = append(a.Spec.Order, named{name})
	a.Spec.Containers = []jsontext.Value{container}
	return a, nil
}

func (*addition) ContentType() string { return "application/strategic-merge-patch+json" }

func (a *addition) Encode() ([]byte, error) { return json.Marshal(a) }

// sleep pauses longer the more attempts there were, and apart from other clients that do the same. The error is why ctx ended first.
func sleep(ctx context.Context, attempt int) error {
	pause := min(minAddPause<<min(attempt, 10), maxAddPause)
	timer := time.NewTimer(rand.N(pause) + time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

const ephemeral = "ephemeral container"

// existing is a container that a pod has already.
type existing struct {
	kind  string
	value jsontext.Value
}

// podView is as much of a pod as Add needs to know.
type podView struct {
	Metadata struct {
		ResourceVersion string `json:"resourceVersion"`
	} `json:"metadata"`
	Spec struct {
		Containers          []jsontext.Value `json:"containers"`
		InitContainers      []jsontext.Value `json:"initContainers"`
		EphemeralContainers []jsontext.Value `json:"ephemeralContainers"`
	} `json:"spec"`
}

// find gives the container of that name, nil when there is none.
func (v *podView) find(name string) *existing {
	for _, group := range []struct {
		kind   string
		values []jsontext.Value
	}{
		{"container", v.Spec.Containers},
		{"init container", v.Spec.InitContainers},
		{ephemeral, v.Spec.EphemeralContainers},
	} {
		for _, value := range group.values {
			var c named
			if json.Unmarshal(value, &c) == nil && c.Name == name {
				return &existing{group.kind, value}
			}
		}
	}
	return nil
}

// readOptions keeps the options that fit a read too: where, and how long.
func readOptions(opts []PatchOption) []GetOption {
	var read []GetOption
	for _, o := range opts {
		if g, ok := o.(GetOption); ok {
			read = append(read, g)
		}
	}
	return read
}

// SameContainer holds when stored, an ephemeral container, is what the server makes of wanted, their names aside: it has all of that and besides no more than
// the server's own defaults. Both are JSON.
func SameContainer(stored, wanted jsontext.Value) bool {
	var s, w map[string]jsontext.Value
	if json.Unmarshal(stored, &s) != nil || json.Unmarshal(wanted, &w) != nil {
		return false
	}
	s["name"] = w["name"]
	return sameMembers(s, w)
}

// sameMembers holds when stored has what wanted has, and no more than what the server puts there by itself: more could be another user, or more rights.
func sameMembers(stored, wanted map[string]jsontext.Value) bool {
	for key, value := range stored {
		_, asked := wanted[key]
		if asked || empty(value) {
			continue
		}
		switch key {
		case "imagePullPolicy", "terminationMessagePath", "terminationMessagePolicy":
		case "apiVersion", "divisor", "optional": // of a variable's source
			v := string(value)
			if v != `"v1"` && v != `"0"` && v != "false" {
				return false
			}
		default:
			return false
		}
	}
	for key, value := range wanted {
		if !includes(stored[key], value) {
			return false
		}
	}
	return true
}

// includes holds when stored is wanted, with the server's defaults.
func includes(stored, wanted jsontext.Value) bool {
	switch {
	case stored.Kind() == '{' && wanted.Kind() == '{':
		var s, w map[string]jsontext.Value
		return json.Unmarshal(stored, &s) == nil && json.Unmarshal(wanted, &w) == nil && sameMembers(s, w)
	case stored.Kind() == '[' && wanted.Kind() == '[':
		var s, w []jsontext.Value
		if json.Unmarshal(stored, &s) != nil || json.Unmarshal(wanted, &w) != nil || len(s) != len(w) {
			return false
		}
		for i := range w {
			if !includes(s[i], w[i]) {
				return false
			}
		}
		return true
	}
	return same(stored, wanted)
}
