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

const (
	// maxAddAttempts is how many times Add sends the patch: after conflicts and lost answers
	// together.
	maxAddAttempts = 50
	// maxLostAdds is how many answers may be lost. A silent server costs the request's limit each.
	maxLostAdds = 4
	// The pause before Add reads the pod again is random. Its upper bound starts with
	// firstAddPause, or with the duration of the last attempt if that is longer. It doubles with
	// each attempt, up to the larger of minAddPauseLimit and addPauseFactor times that duration.
	// It never exceeds maxAddPause. A busy server answers each rival later: with a fixed bound,
	// 100 rivals keep each other from success.
	firstAddPause    = 10 * time.Millisecond
	minAddPauseLimit = 2 * time.Second
	addPauseFactor   = 20
	maxAddPause      = 15 * time.Second
)

// Add adds container to the pod called name and returns the pod that the server stored.
//
// Add sends a GET of the pod and a strategic merge patch (AddPatch). The patch holds the new
// container only, so the containers that the pod already has stay as they are. It also holds the
// pod's resourceVersion: when another writer changed the pod since the GET, the server answers 409
// and Add starts again from a new GET.
//
// An ephemeral container has no labels. The subresource stores nothing but
// spec.ephemeralContainers: labels and annotations of the pod cannot be changed with it.
//
// A container of the same name is a *ContainerExistsError.
//
// Add sends a new patch after a 409, and after an answer that was lost: at most 50 patches in all,
// and none after the fourth lost answer.
// Between two attempts Add pauses for a random time of up to 2 s, or up to 15 s if the server is
// slow. The layers of package
// transport may also send a patch again; the table in that package's documentation has the cases.
//
// When the answer to the patch is lost, Add reads the pod. If the container is there, Add has
// succeeded. If it is not there, Add sends the patch again. If the pod cannot be read, the error
// matches transport.ErrOutcomeUnknown.
func (e *EphemeralContainersEndpoint[T]) Add(
	ctx context.Context, name string, container resources.EphemeralContainer, opts ...PatchOption,
) (*T, error) {
	document, err := json.Marshal(container)
	if err != nil {
		return nil, fmt.Errorf("add ephemeral container %s: %w", container.Name, err)
	}
	return e.AddRaw(ctx, name, document, opts...)
}

// AddRaw is Add with the container as a JSON document, which is sent unchanged.
func (e *EphemeralContainersEndpoint[T]) AddRaw(
	ctx context.Context, name string, container []byte, opts ...PatchOption,
) (*T, error) {
	p, err := newUnbuiltAddPatch(container)
	if err != nil {
		return nil, err
	}
	return e.AddWith(ctx, name, p, opts...)
}

// AddWith is Add for a caller that has read the pod already: p was built from that pod, and AddWith
// starts with the PATCH. After a conflict or a lost answer, AddWith reads the pod and rebuilds p.
// When AddWith returns, p.Encode returns the body that was sent last.
func (e *EphemeralContainersEndpoint[T]) AddWith(
	ctx context.Context, name string, p *AddPatch, opts ...PatchOption,
) (*T, error) {
	stored, err := e.raw.add(ctx, name, p, opts)
	if err != nil {
		return nil, err
	}
	pod := new(T)
	if err := json.Unmarshal(stored, pod); err != nil {
		return nil, fmt.Errorf(
			"add ephemeral container %s: pod %s has it, but the answer cannot be decoded: %w",
			p.name, name, err)
	}
	return pod, nil
}

// rawEndpoints are the endpoints of pods and of their ephemeralcontainers, for JSON documents.
// Add works on documents: generic code would be compiled once for each T.
type rawEndpoints struct {
	pods       resources.Endpoint[jsontext.Value]
	containers resources.Endpoint[jsontext.Value]
}

// add sends p until the server stores it or refuses it, and returns the pod that the server stored.
func (d *rawEndpoints) add(ctx context.Context, name string, p *AddPatch,
	opts []PatchOption) (jsontext.Value, error) {
	if err := d.containers.CheckPatch(p, opts...); err != nil {
		return nil, err
	}
	var lost error // the last write whose answer was lost
	losses := 0
	podIsRead := p.body != nil
	for attempt := 1; ; attempt++ {
		begun := time.Now()
		var pod *jsontext.Value
		if attempt > 1 || !podIsRead {
			var err error
			pod, err = d.pods.Get(ctx, name, readOptions(opts)...)
			if err != nil {
				return nil, withLostWrite(lost, err)
			}
			if err := p.rebuild(*pod); err != nil {
				return nil, withLostWrite(lost,
					fmt.Errorf("add ephemeral container %s to pod %s: %w", p.name, name, err))
			}
		}
		if p.existing != nil {
			matches := p.existingMatches()
			if matches && lost != nil { // the write whose answer was lost had arrived
				return *pod, nil
			}
			// After a lost write, the existing container may be the one that was sent, changed by
			// an admission webhook.
			return nil, withLostWrite(lost, &ContainerExistsError{Pod: name, Container: p.name,
				Kind: string(p.existingKind), Matches: matches})
		}
		pod, err := d.containers.Patch(ctx, name, p, opts...)
		switch {
		case err == nil:
			return *pod, nil
		case errors.Is(err, transport.ErrOutcomeUnknown):
			if lost != nil && errors.Is(err, transport.ErrInternal) {
				return nil, err // a server that fails again would go on failing
			}
			lost = err
			losses++
		case !errors.Is(err, transport.ErrConflict):
			return nil, withLostWrite(lost, explainRefusal(err, nil))
		}
		if attempt == maxAddAttempts || losses == maxLostAdds {
			return nil, withLostWrite(lost, err)
		}
		if attempt == 1 && podIsRead && lost == nil {
			continue // the caller's pod was old; other writers need not be active
		}
		ended := pauseBetweenAdds(ctx, attempt, time.Since(begun))
		switch {
		case ended == nil:
		case errors.Is(err, ended): // it ended the attempt, too
			return nil, withLostWrite(lost, err)
		default:
			return nil, fmt.Errorf("add ephemeral container %s to pod %s: %w, after: %w", p.name,
				name, ended, withLostWrite(lost, err))
		}
	}
}

// withLostWrite returns err, joined with the earlier write whose answer was lost, if there was one.
// The result then matches transport.ErrOutcomeUnknown, so that a caller does not add a second
// container.
func withLostWrite(lost, err error) error {
	if lost == nil || errors.Is(err, transport.ErrOutcomeUnknown) {
		return err
	}
	return fmt.Errorf("%w; after that: %w", lost, err)
}

// pauseBetweenAdds sleeps for a random time that grows with attempt, so that rival clients do not
// collide again. took is the duration of the last attempt. It returns the cause of ctx's end if ctx
// ends first.
func pauseBetweenAdds(ctx context.Context, attempt int, took time.Duration) error {
	limit := min(max(minAddPauseLimit, addPauseFactor*took), maxAddPause)
	pause := min(max(firstAddPause, took)<<min(attempt-1, 11), limit)
	timer := time.NewTimer(rand.N(pause) + time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// readOptions returns the options that fit a read too: namespace and time limit.
func readOptions(opts []PatchOption) []GetOption {
	var read []GetOption
	for _, o := range opts {
		if g, ok := o.(GetOption); ok {
			read = append(read, g)
		}
	}
	return read
}

// ContainerExistsError reports that the pod already has a container of that name. It matches
// transport.ErrAlreadyExists.
type ContainerExistsError struct {
	Pod, Container string
	// Kind is "container", "init container" or "ephemeral container".
	Kind string
	// Matches is true for an ephemeral container that equals the new one, as ContainerMatches
	// compares them.
	Matches bool
}

func (e *ContainerExistsError) Error() string {
	article := "an"
	if e.Kind == "container" {
		article = "a"
	}
	return fmt.Sprintf(
		"pod %s has %s %s %s already: containers cannot be replaced, so choose another name", e.Pod,
		article, e.Kind, e.Container)
}

// Is matches transport.ErrAlreadyExists.
func (e *ContainerExistsError) Is(target error) bool { return target == transport.ErrAlreadyExists }
