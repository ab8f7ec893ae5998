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

// Result is what became of the container.
type Result struct {
	// Pod and Container are the names.
	Pod, Container string
	// Object is the pod as it was seen last; nil when the write's outcome is unknown.
	Object *resources.PodOutline
	// Plan is the container as it was sent; nil when a container was reused.
	Plan *Plan
	// Adopted is true when the container was there already.
	Adopted bool
	// Reused is true when it is another run's, which Reuse found: of what it writes, Stdout gets what comes from now on.
	Reused bool
	// Running is true when the container was last seen running: Run does not attach, or the session was closed or failed.
	// Otherwise it had ended with ExitCode and Reason, or DryRun was set.
	Running  bool
	ExitCode int
	Reason   string
}

// Run adds the container that o describes to the pod called name, and waits until it runs or has ended. With a stream in o it attaches then,
// and waits until the program has ended: the exit code is that of the pod's status, where attaching itself tells none.
// What the program wrote before Run had attached is in its log. When it had ended by then, Stdout gets that log, whole.
//
// A stream that fails is an error even where the container is then seen to have ended with 0, as some of the output may be missing;
// it comes from Session.Wait, wrapped once. Closing the session, as Attached may do, is none: the Result says that the container runs.
//
// Before anything is sent it looks at the pod and, where that is allowed, at its node: a pod that has ended or goes, and a node that is not ready, are a *StartError
// without a Container, and what is doubtful about the image is told by Notice.
//
// When the container does not come to run, the error is a *StartError with the runtime's own words, and the Result names what was left in the pod.
// Without a Result nothing was added. A Result with an error that matches transport.ErrOutcomeUnknown names a container that may be there or not:
// Run with that Name adopts it or adds it.
func Run(ctx context.Context, api *resources.API[resources.Pod], name string, o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	pods := resources.As[resources.PodOutline](api)
	res, err := inject(ctx, pods, name, &o)
	if err != nil || o.DryRun {
		return res, err
	}
	if o.Added != nil {
		o.Added(res)
	}
	stay := attachTo
	if !o.attaches() {
		stay = await
	}
	err = stay(ctx, pods, res, &o)
	if !o.attaches() && err == nil && res.Running {
		o.noticeTarget(ctx, pods, res)
	}
	if o.Record != nil && err == nil && !res.Running {
		o.Record.Exit(res.ExitCode)
	}
	return res, explainStart(ctx, pods, res, err)
}

func inject(ctx context.Context, pods *resources.API[resources.PodOutline], name string, o *Options) (*Result, error) {
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
		plan, err := o.planFor(ctx, pods, pod, container)
		if err != nil {
			return nil, err
		}
		res := o.reuse(pod, plan)
		if res != nil {
			return res, nil
		}
		stored, err := ec.AddWith(ctx, name, plan.addPatch, o.patchOptions(o.DryRun)...)
		plan.Patch, _ = plan.addPatch.Encode() // never fails
		if err == nil {
			return &Result{Pod: name, Container: container, Object: stored, Plan: plan}, nil
		}
		var exists *subresource.ContainerExistsError
		switch {
		case errors.Is(err, transport.ErrOutcomeUnknown):
			return &Result{Pod: name, Container: container, Plan: plan}, err
		case !errors.As(err, &exists):
			return nil, err
		}
		if o.Name == "" {
			continue // another name, then
		}
		if exists.Matches && !o.DryRun {
			pod, err := pods.Get(ctx, name)
			if err != nil {
				return nil, err
			}
			return &Result{Pod: name, Container: container, Object: pod, Plan: plan, Adopted: true}, nil
		}
		return nil, err
	}
}

// patchOptions go with the request that adds the container.
func (o *Options) patchOptions(dryRun bool) []subresource.PatchOption {
	opts := []subresource.PatchOption{subresource.FieldManager(cmp.Or(o.FieldManager, "kx"))}
	if dryRun {
		opts = append(opts, subresource.DryRun())
	}
	return opts
}

// Preview gives the pod as Run would leave it, and the Plan, without asking the server whether it takes the container: it reads, and changes nothing.
// With AutoImage the node is asked for its images, with the profile Auto the server which one it lets through, and a container that others tell nothing of may be asked as whom it runs, as Profile says.
// A container of the same name is a *subresource.ContainerExistsError.
func Preview(ctx context.Context, api *resources.API[resources.Pod], name string, o Options) (*Result, error) {
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
		return nil, &subresource.ContainerExistsError{Pod: name, Container: container, Kind: kind}
	}
	plan, err := o.planFor(ctx, pods, pod, container)
	if err != nil {
		return nil, err
	}
	res := o.reuse(pod, plan)
	if res != nil {
		return res, nil
	}
	added := resources.ContainerOutline{}
	if err := json.Unmarshal(plan.Container, &added); err != nil {
		return nil, err
	}
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, added)
	return &Result{Pod: name, Container: container, Object: pod, Plan: plan}, nil
}

// kindOf tells what kind of container has the name, empty when none has.
func kindOf(spec *resources.PodOutlineSpec, name string) string {
	for i, list := range [][]resources.ContainerOutline{spec.Containers, spec.InitContainers, spec.EphemeralContainers} {
		for j := range list {
			if list[j].Name == name {
				return [...]string{"container", "init container", "ephemeral container"}[i]
			}
		}
	}
	return ""
}

// unusedName makes a name for a container that none of the pod's has, of letters and digits that cannot form a word, as Kubernetes' own names do.
func unusedName(spec *resources.PodOutlineSpec) string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	for {
		suffix := make([]byte, 5)
		for i := range suffix {
			suffix[i] = letters[rand.IntN(len(letters))]
		}
		name := "debugger-" + string(suffix)
		if kindOf(spec, name) == "" {
			return name
		}
	}
}
