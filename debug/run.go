package debug

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// podAPI are pods with the fields that this package needs.
type podAPI = resources.API[resources.PodOutline]

// Result is the container and how it has fared.
type Result struct {
	// Pod and Container are names.
	Pod, Container string
	// Object is the pod as it was seen last; nil when the outcome of the write is unknown.
	Object *resources.PodOutline
	// Plan is the container as it was sent; nil when a container was reused.
	Plan *Plan
	// Adopted is true when the pod had the container already.
	Adopted bool
	// Reused is true when Options.Reuse found the container of another run. Stdout then gets live
	// output only.
	Reused bool
	// Running is true when the container was last seen running: Run does not attach, or the session
	// was closed or failed. Otherwise the container has ended with ExitCode and Reason, or DryRun
	// was set.
	Running  bool
	ExitCode int
	Reason   string
}

// Run adds the container that o describes to the pod called name, and waits until it runs or has
// ended.
//
// With a stream in o, Run attaches and waits until the program has ended. The exit code is that of
// the pod's status: attaching returns none. Stdout gets all output, that from before the attach
// too, which Run reads from the log.
//
// Run sends one GET of the pod, one GET of its node if it may, and one PATCH. It sends no PATCH,
// and returns a *StartError without a Container, when the pod has ended or is being deleted, and
// when the node is not ready.
//
// The Result and the error:
//
//	nil, error                  the pod has no new container
//	Result, nil                 the container runs or has ended, or the session was closed
//	Result, *StartError         the container is in the pod, but cannot start
//	Result, ErrOutcomeUnknown   the container may be in the pod (an error of transport)
//	Result, other error         the container is in the pod; a stream or the wait has failed
//
// After an unknown outcome, Run with the container's Name adopts the container or adds it.
//
// A stream that fails is an error even when the exit code is 0: output may be missing.
func Run(ctx context.Context, api *resources.API[resources.Pod], name string, o Options) (*Result,
	error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	pods := resources.As[resources.PodOutline](api)
	res, err := addContainer(ctx, pods, name, &o)
	if err != nil || o.DryRun {
		return res, err
	}
	if o.Added != nil {
		o.Added(res)
	}
	if o.attaches() {
		err = attachTo(ctx, pods, res, &o)
	} else {
		err = awaitStart(ctx, pods, res, &o, nil)
		if err == nil && res.Running {
			o.noticeTarget(ctx, pods, res)
		}
	}
	if o.Record != nil && err == nil && !res.Running {
		o.Record.Exit(res.ExitCode)
	}
	return res, addEvents(ctx, pods, res, err)
}

// addContainer adds the container to the pod called name, or finds the one to adopt or reuse.
func addContainer(ctx context.Context, pods *podAPI, name string, o *Options) (*Result, error) {
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	if err := o.preflight(ctx, pods, pod); err != nil {
		return nil, err
	}
	ec := subresource.EphemeralContainers(pods)
	for {
		container := cmp.Or(o.Name, unusedName(&pod.Spec))
		plan, err := o.makePlan(ctx, pods, pod, container)
		if err != nil {
			return nil, err
		}
		reusable := o.findReusable(pod, plan)
		if reusable != nil {
			return reusable, nil
		}
		stored, err := ec.AddWith(ctx, name, plan.addPatch, o.patchOptions(o.DryRun)...)
		encodeErr := plan.updatePatch()
		var exists *subresource.ContainerExistsError
		switch {
		case err == nil:
			return &Result{Pod: name, Container: container, Object: stored, Plan: plan}, encodeErr
		case errors.Is(err, transport.ErrOutcomeUnknown):
			return &Result{Pod: name, Container: container, Plan: plan}, err
		case !errors.As(err, &exists):
			return nil, err
		case o.Name == "":
			continue // with another name
		case !exists.Matches || o.DryRun:
			return nil, err
		}
		pod, err := pods.Get(ctx, name)
		if err != nil {
			return nil, err
		}
		return &Result{Pod: name, Container: container, Object: pod, Plan: plan, Adopted: true}, nil
	}
}

// patchOptions returns the options of the request that adds the container.
func (o *Options) patchOptions(dryRun bool) []subresource.PatchOption {
	opts := []subresource.PatchOption{subresource.FieldManager(cmp.Or(o.FieldManager, "kx"))}
	if dryRun {
		opts = append(opts, subresource.DryRun())
	}
	return opts
}

// Preview returns the Plan, and the pod as Run would leave it. It changes nothing and does not ask
// the server to check the container.
//
// Preview reads the pod, and for some Options more:
//
//	AutoImage          the pod's node
//	Auto               sends dry runs, one for each profile that it tries
//	a non-root user    may run the program id in the target: see Options.Profile
//
// If the pod has a container of the same name, the error is a *subresource.ContainerExistsError.
func Preview(ctx context.Context, api *resources.API[resources.Pod], name string,
	o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	pods := resources.As[resources.PodOutline](api)
	pod, err := pods.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	o.DryRun = true
	if err := o.preflight(ctx, pods, pod); err != nil {
		return nil, err
	}
	container := cmp.Or(o.Name, unusedName(&pod.Spec))
	kind := kindOf(&pod.Spec, container)
	if kind != "" {
		return nil, &subresource.ContainerExistsError{Pod: name, Container: container,
			Kind: string(kind)}
	}
	plan, err := o.makePlan(ctx, pods, pod, container)
	if err != nil {
		return nil, err
	}
	reusable := o.findReusable(pod, plan)
	if reusable != nil {
		return reusable, nil
	}
	added := resources.ContainerOutline{}
	if err := json.Unmarshal(plan.Container, &added); err != nil {
		return nil, err
	}
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, added)
	return &Result{Pod: name, Container: container, Object: pod, Plan: plan}, nil
}

// kindOf returns the kind of the container called name, or "" if there is none.
func kindOf(spec *resources.PodOutlineSpec, name string) resources.ContainerKind {
	_, kind := spec.Container(name)
	return kind
}

// nameLetters are the letters of made-up names. Without vowels they form no word, as in names that
// Kubernetes makes up.
const nameLetters = "bcdfghjklmnpqrstvwxz2456789"

// unusedName returns a name that no container of the pod has.
func unusedName(spec *resources.PodOutlineSpec) string {
	for {
		suffix := make([]byte, 5)
		for i := range suffix {
			suffix[i] = nameLetters[rand.IntN(len(nameLetters))]
		}
		name := "debugger-" + string(suffix)
		if kindOf(spec, name) == "" {
			return name
		}
	}
}
