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

// podAPI is the API of pods, decoded as outlines: with the fields that this package needs.
type podAPI = resources.API[resources.PodOutline]

// Result describes the container that Run added or took.
type Result struct {
	// Pod and Container are names.
	Pod, Container string
	// Object is the pod as last seen. It is nil if the outcome of the write is unknown.
	Object *resources.PodOutline
	// Removed reports whether RunOnNode has removed the pod.
	Removed bool
	// Plan is the container as sent. It is nil if a container was reused.
	Plan *Plan
	// Adopted reports whether the pod had the container already.
	Adopted bool
	// Reused reports whether Options.Reuse found the container of another run. Stdout then gets
	// only live output.
	Reused bool
	// Shell reports whether Run has run sh in the reused container. Running, ExitCode and Reason
	// are then those of the shell: Running is true if the session was closed.
	Shell bool
	// Running reports whether the container ran when it was last seen. It is false after a dry run,
	// and for a container that has ended. ExitCode and Reason then say how the container ended.
	Running  bool
	ExitCode int
	Reason   string
}

// Run adds the container that o describes to the pod called name, and waits until it runs or has
// ended.
//
// With a stream in o, Run attaches and waits until the program has ended. The exit code comes from
// the pod's status, since attaching returns none. Stdout also receives what the program wrote
// before the attach: Run reads it from the log. There are two exceptions. A reused container sends
// only live output, and the node's runtime may have rotated the beginning of a long log away.
//
// To add the container, Run sends one GET of the pod, one GET of its node, and one PATCH. A user
// who may not read nodes gets a notice. Run sends no PATCH for a container that could not start: if
// the pod or the target has ended, the pod is being deleted, the node is not ready, or Image is no
// image name. It then returns a *StartError without a Container.
//
// The Result and the error:
//
//	nil, error                  the pod has no new container
//	Result, nil                 the container runs or has ended, or the session was closed
//	Result, *StartError         the container is in the pod, but cannot start
//	Result, ErrOutcomeUnknown   the container may be in the pod (an error of transport)
//	Result, ErrExitUnknown      the program's stream has ended, but the pod does not say how
//	Result, other error         the container is in the pod; a stream or the wait has failed
//
// After an unknown outcome, Run with the container's Name adopts the container or adds it.
//
// A stream that fails is an error even when the exit code is 0: output may be missing. So is a log
// that cannot be read, unless it has nothing more. A warning to Options.Notice is enough if
// Options.TTY is set, or if the user may not read logs and there was live output.
func Run(ctx context.Context, api *resources.API[resources.Pod], name string, o Options) (*Result,
	error) {
	if err := o.checkFor(name); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx) // closes a connection of Preconnect that is not used
	defer cancel()
	pods := resources.As[resources.PodOutline](api)
	res, err := addContainer(o.limitAdding(ctx), pods, name, &o)
	o.added()
	if err != nil || o.DryRun {
		return res, err
	}
	return res, o.follow(ctx, pods, res)
}

// follow waits for the container of res, which was just added, and completes res.
func (o *Options) follow(ctx context.Context, pods *podAPI, res *Result) (err error) {
	if o.Added != nil {
		o.Added(res)
	}
	switch {
	case o.NoWait:
		return nil
	case res.Shell:
		err = o.runShell(ctx, pods, res)
	case o.attaches():
		err = attachTo(ctx, pods, res, o)
	default:
		err = awaitStart(ctx, pods, res, o, nil)
		if err == nil && res.Running {
			o.reportTarget(ctx, pods, res)
		}
	}
	if o.Record != nil && err == nil && !res.Running {
		o.Record.Exit(res.ExitCode)
	}
	return addEvents(ctx, pods, res, err)
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
		if o.attaches() && !o.DryRun {
			pods.Client().Preconnect(ctx)
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

// Preview returns the Result that Run would return, without a running container. Its Object is the
// pod as Run would leave it. Its Plan is nil if Run would reuse a container. Preview changes
// nothing, and does not ask the server to check the container.
//
// Preview reads the pod, and does more for these Options:
//
//	AutoImage                               Preview reads the pod's node
//	Auto                                    Preview sends a dry run for each profile that it tries
//	a container that must not run as root   Preview may run the program id in the target:
//	                                        see Options.Profile
//
// If the pod has a container of the same name, the error is a *subresource.ContainerExistsError.
func Preview(ctx context.Context, api *resources.API[resources.Pod], name string,
	o Options) (*Result, error) {
	if err := o.checkFor(name); err != nil {
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

// nameSuffix returns five random letters.
func nameSuffix() string {
	suffix := make([]byte, 5)
	for i := range suffix {
		suffix[i] = nameLetters[rand.IntN(len(nameLetters))]
	}
	return string(suffix)
}

// unusedName returns a name that no container of the pod has.
func unusedName(spec *resources.PodOutlineSpec) string {
	for {
		name := "debugger-" + nameSuffix()
		if kindOf(spec, name) == "" {
			return name
		}
	}
}
