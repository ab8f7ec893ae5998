package debug

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// Plan is the container that Run adds, and the source of each security setting and of the target.
type Plan struct {
	// Container is the container as it is sent.
	Container jsontext.Value
	// Pod is the pod that RunOnNode or RunCopy creates. It is nil for Run, and Patch is nil for
	// these. Container is nil if a copy has no container to debug with.
	Pod jsontext.Value
	// Patch is the body of the request that adds it: a strategic merge patch of the pod's
	// ephemeralcontainers. Run rebuilds the Patch when another writer changes the pod meanwhile: it
	// is always the body that was sent last.
	Patch jsontext.Value
	// Profile is the profile in use; with Auto, the one that was chosen.
	Profile Profile
	// Settings are the fields of the container that decide what it may do, sorted by Path.
	Settings []Setting

	addPatch *subresource.AddPatch // encodes to Patch
}

// Setting is a field of a container, and its source.
type Setting struct {
	// Path is the field's path in the container, such as securityContext.capabilities.add. In a
	// Plan with a Pod, a path that starts with "spec." is the pod's.
	Path string
	// From is the source, such as "profile general", "container app of the pod", "the running
	// container app", "custom", "RunAs" or "Target".
	From string
}

// makePlan returns the plan for the container called name in pod. The caller has checked o.
func (o *Options) makePlan(ctx context.Context, pods *podAPI, pod *resources.PodOutline,
	name string) (*Plan, error) {
	if o.Profile == Auto {
		return o.planWithAutoProfile(ctx, pods, pod, name)
	}
	profile := o.Profile
	if profile == "" && o.SecurityContextFrom == "" {
		profile = General
	}
	b, err := o.newEphemeralBuilder(ctx, pods, pod, name, profile)
	if err != nil {
		return nil, err
	}
	plan, err := b.build()
	if err == nil {
		o.sendNotices(b)
	}
	return plan, err
}

func (o *Options) sendNotices(b *containerBuilder) {
	for _, text := range b.notices {
		o.sendNotice(text)
	}
}

// updatePatch sets p.Patch to what p.addPatch encodes to.
func (p *Plan) updatePatch() (err error) {
	p.Patch, err = p.addPatch.Encode()
	return err
}

// newAddPatch returns the patch that adds container to pod.
func newAddPatch(pod *resources.PodOutline, container jsontext.Value) (*subresource.AddPatch,
	error) {
	document, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	return subresource.NewAddPatch(document, container)
}
