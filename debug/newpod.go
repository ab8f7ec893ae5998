package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const (
	// managedBy is the label of a pod that RunOnNode, RunOnClaim or RunCopy has created. Its value
	// is "kx-debug", where kubectl writes "kubectl-debug", and only on a node's pod.
	managedBy = "app.kubernetes.io/managed-by"
	// DebugPods is a label selector: of the pods that these functions have created.
	DebugPods = managedBy + "=kx-debug"
	// removeTimeout limits the removal of a pod at the end of a run.
	removeTimeout = 10 * time.Second
	// maxNameLength keeps a pod's name within 253 bytes, with the suffix.
	maxNameLength = 253 - len("-xxxxx")
)

// podBuilder builds the pod that RunOnNode, RunOnClaim or RunCopy creates.
type podBuilder struct {
	*containerBuilder                // of the container to debug with
	document          map[string]any // the pod
}

// build returns the plan of the pod.
func (b *podBuilder) build() (*Plan, error) {
	plan := &Plan{Profile: b.profile}
	var err error
	plan.Pod, err = json.Marshal(b.document, json.Deterministic(true))
	if err == nil && b.container != nil {
		plan.Container, err = json.Marshal(b.container, json.Deterministic(true))
	}
	for _, path := range slices.Sorted(maps.Keys(b.sources)) {
		plan.Settings = append(plan.Settings, Setting{path, b.sources[path]})
	}
	return plan, err
}

// checkNewPod checks the options of a pod with one container.
func (o *Options) checkNewPod(pod string) error {
	o.newPod = true
	if o.Target+o.SecurityContextFrom+o.MountsFrom+o.EnvFrom != "" || o.Reuse {
		return errors.New("debug: a new pod has no other container: Target, " +
			"SecurityContextFrom, MountsFrom, EnvFrom and Reuse are options of Run")
	}
	return o.checkFor(pod)
}

// setSpec sets a field of the pod's spec that decides what its containers may do.
func (b *podBuilder) setSpec(source, field string, value any) {
	b.document["spec"].(map[string]any)[field] = value
	b.sources["spec."+field] = source
}

// planPod returns the plan of the pod that build makes under the profile of o, and under Auto the
// first plan that the server admits.
func (o *Options) planPod(ctx context.Context, pods *podAPI,
	build func(Profile) (*podBuilder, error)) (*Plan, error) {
	profiles := []Profile{o.Profile}
	switch {
	case o.Profile == Auto:
		profiles = []Profile{General, Baseline, Restricted}
	case o.Profile == "" && o.SecurityContextFrom == "":
		profiles = []Profile{General}
	}
	why := "the server admits it"
	for i := 0; ; i++ {
		profile := profiles[i]
		b, err := build(profile)
		if err != nil {
			return nil, err
		}
		plan, err := b.build()
		if err != nil {
			return nil, err
		}
		if o.Profile != Auto {
			o.sendNotices(b.containerBuilder)
			return plan, nil
		}
		_, err = o.createPod(ctx, pods, plan, true)
		refusal := admissionRefusal(err)
		switch {
		case err == nil:
			o.sendNotices(b.containerBuilder)
			o.sendNotice("Using profile " + string(profile) + ": " + why)
			return plan, nil
		case refusal == "":
			return nil, err
		case i == len(profiles)-1:
			return nil, fmt.Errorf("debug: the server refuses the pod under each of the profiles "+
				"general, baseline and restricted; the last refusal: %w", err)
		}
		why = "the server refuses " + string(profile) + ": " + refusal
	}
}

// createPod creates the pod of plan.
func (o *Options) createPod(ctx context.Context, pods *podAPI, plan *Plan,
	dryRun bool) (*resources.PodOutline, error) {
	opts := []resources.CreateOption{resources.FieldManager(cmp.Or(o.FieldManager, "kx"))}
	if dryRun {
		opts = append(opts, resources.DryRun())
	}
	return pods.CreateRaw(ctx, plan.Pod, opts...)
}

// previewPod returns the Result of a Preview: the pod is not sent.
func previewPod(res *Result) (*Result, error) {
	res.Object = new(resources.PodOutline)
	return res, json.Unmarshal(res.Plan.Pod, res.Object)
}

// runPod creates the pod of res with the context adding, and waits for its container as follow
// does. Unless keep is set, it removes the pod when nobody needs it any more.
func (o *Options) runPod(ctx, adding context.Context, pods *podAPI, res *Result,
	keep bool) (_ *Result, err error) {
	res.Object, err = o.createPod(adding, pods, res.Plan, o.DryRun)
	o.added()
	switch {
	case errors.Is(err, transport.ErrOutcomeUnknown):
		if !keep {
			o.removePod(ctx, pods, res)
		}
		return res, err
	case err != nil:
		return nil, o.explainPodSecurity(err, res.Plan.Profile)
	case o.DryRun:
		return res, nil
	}
	err = o.follow(ctx, pods, res)
	if !keep && o.hasEnded(ctx, res, err) {
		o.removePod(ctx, pods, res)
		var failed *StartError
		if errors.As(err, &failed) {
			failed.Removed = res.Removed
		}
	}
	return res, err
}

// hasEnded reports whether a run is over, so that nobody needs its pod any more.
func (o *Options) hasEnded(ctx context.Context, res *Result, err error) bool {
	switch {
	case ctx.Err() != nil:
		return true
	case err == nil:
		return o.attaches() && !res.Running
	}
	return errors.As(err, new(*StartError)) || !errors.As(err, new(*subresource.LostError)) &&
		!res.Running
}

// newPodDocument returns a pod that ends with its program. node is "" for any node. A pod for a
// node tolerates all of the node's taints.
func newPodDocument(name, node string) map[string]any {
	spec := map[string]any{"restartPolicy": "Never"}
	if node != "" {
		spec["nodeName"] = node
		spec["tolerations"] = []any{map[string]any{"operator": "Exists"}}
	}
	return map[string]any{
		"apiVersion": "v1", "kind": "Pod", "spec": spec,
		"metadata": map[string]any{"name": name, "labels": map[string]any{managedBy: "kx-debug"}},
	}
}

// newPodName returns the name of a pod to debug the object called name.
func newPodName(prefix, name string) string {
	name = name[:min(len(name), maxNameLength-len(prefix))]
	return prefix + strings.TrimRight(name, "-.") + "-" + nameSuffix()
}

// removePod deletes the pod of res, and sets res.Removed. It does so after the end of ctx too.
func (o *Options) removePod(ctx context.Context, pods *podAPI, res *Result) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeTimeout)
	defer cancel()
	opts := []resources.DeleteOption{resources.GracePeriod(int64(DefaultGrace.Seconds()))}
	if res.Object != nil {
		opts = append(opts, resources.IfUID(res.Object.Metadata.UID))
	}
	_, err := pods.Delete(ctx, res.Pod, opts...)
	switch {
	case err == nil, errors.Is(err, transport.ErrNotFound):
		res.Removed = true
	default:
		o.sendNotice(fmt.Sprintf("Warning: pod %s was not removed: %v", res.Pod, err))
	}
}

// decodedPod returns a pod as decoded JSON.
func decodedPod(pod *resources.PodOutline) (map[string]any, error) {
	document, err := json.Marshal(pod)
	return decode(jsontext.Value(document)), err
}
