package debug

import (
	"context"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// Plan is the container that Run adds, and where its security settings come from.
type Plan struct {
	// Container is the container as it is sent, and Patch the body of the request that it is sent in: a strategic merge patch of the pod's ephemeralcontainers.
	// When another writer changes the pod meanwhile, Run rebuilds the Patch: it is always the body that was sent last.
	Container, Patch jsontext.Value
	// Profile is the one that was used: with Auto, the one that was chosen.
	Profile Profile
	// Settings are the members of the container that decide what it may do, in the order of their paths.
	Settings []Setting

	addPatch *subresource.AddPatch // encodes to Patch
}

// Setting is a member of a container, and what put it there.
type Setting struct {
	// Path is such as "securityContext.capabilities.add".
	Path string
	// From is such as "profile general", "container app of the pod", "the running container app", "custom", "RunAs" or "Target".
	From string
}

// planFor is plan, and completes it with what is sent.
func (o *Options) planFor(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, name string) (*Plan, error) {
	plan, err := o.plan(ctx, pods, pod, name)
	if err != nil {
		return nil, err
	}
	plan.addPatch, err = newAddPatch(pod, plan.Container)
	if err != nil {
		return nil, err
	}
	plan.Patch, err = plan.addPatch.Encode()
	return plan, err
}

// newAddPatch builds the patch that adds container to pod.
func newAddPatch(pod *resources.PodOutline, container jsontext.Value) (*subresource.AddPatch, error) {
	document, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	return subresource.NewAddPatch(document, container)
}

// plan makes the container called name that o, which has been checked, describes, for pod.
func (o *Options) plan(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, name string) (*Plan, error) {
	if o.Profile == Auto {
		return o.auto(ctx, pods, pod, name)
	}
	profile := o.Profile
	if profile == "" && o.SecurityContextFrom == "" {
		profile = General
	}
	d, err := o.draft(ctx, pods, pod, name, profile)
	if err != nil {
		return nil, err
	}
	return o.settle(d)
}

// settle tells what there is to say about d, and makes the plan of it.
func (o *Options) settle(d *draft) (*Plan, error) {
	container, err := d.encode()
	if err != nil {
		return nil, err
	}
	for _, text := range d.notices {
		o.notice(text)
	}
	plan := &Plan{Container: container, Profile: d.profile}
	for _, path := range slices.Sorted(maps.Keys(d.from)) {
		plan.Settings = append(plan.Settings, Setting{path, d.from[path]})
	}
	return plan, nil
}

// notice tells what the caller should know and is no error.
func (o *Options) notice(text string) {
	if o.Notice != nil {
		o.Notice(text)
	}
}
