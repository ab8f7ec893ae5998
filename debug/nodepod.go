package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

const (
	// removeTimeout limits the removal of a pod at the end of a run.
	removeTimeout = 10 * time.Second
	// maxNodeLength keeps the pod's name within 253 bytes.
	maxNodeLength = 253 - len("node-debugger--xxxxx")
)

// nodeNeeds is what a refusal of a node's pod adds, for the profiles that use the node itself.
const nodeNeeds = "the profile uses the node's namespaces or files, which only the Pod Security " +
	"Standard privileged admits: choose a namespace that enforces privileged or none, or the " +
	"profile baseline or restricted, which see neither"

// NodeOptions describe the pod that RunOnNode creates.
type NodeOptions struct {
	// Options describe the pod's only container. Its Name is "debugger" if it is empty. The
	// container has no pod to take anything from: Target, SecurityContextFrom, MountsFrom, EnvFrom
	// and Reuse are errors.
	Options
	// Keep leaves the pod there at the end.
	Keep bool
}

// RunOnNode creates a pod on the node called name, in the namespace of api, and waits as Run does.
//
// The pod is that of kubectl debug node/NAME. It is called node-debugger-NAME-xxxxx, tolerates
// every taint, and ends with its program. The Profile decides what it has of the node:
//
//	General, Legacy        the network, process and IPC namespaces; the files, at /host
//	Sysadmin               the same; and may do everything
//	Netadmin               the namespaces; and may change the network
//	Baseline, Restricted   neither
//	Auto                   the first of General, Baseline and Restricted that the server admits
//
// RunOnNode removes the pod when an attached program has ended, when ctx has ended, and when the
// container cannot start. It leaves the pod there with Keep, after a run that does not attach, and
// when the session was closed or lost: a caller can attach again. Result.Removed reports which.
//
// RunOnNode sends one GET of the node, which the user may be forbidden to read, and one POST. The
// results are those of Run. A refusal by Pod Security is a *PodSecurityError.
func RunOnNode(ctx context.Context, api *resources.API[resources.Pod], name string,
	o NodeOptions) (*Result, error) {
	pods := resources.As[resources.PodOutline](api)
	res, err := o.plan(ctx, pods, name)
	if err != nil {
		return nil, err
	}
	res.Object, err = o.createPod(ctx, pods, res.Plan, o.DryRun)
	switch {
	case errors.Is(err, transport.ErrOutcomeUnknown):
		if !o.Keep {
			o.removePod(ctx, pods, res)
		}
		return res, err
	case err != nil && res.Plan.Profile != Baseline && res.Plan.Profile != Restricted:
		return nil, explainPodSecurity(err, nodeNeeds)
	case err != nil:
		return nil, err
	case o.DryRun:
		return res, nil
	}
	err = o.follow(ctx, pods, res)
	if !o.Keep && o.hasEnded(ctx, res, err) {
		o.removePod(ctx, pods, res)
		var failed *StartError
		if errors.As(err, &failed) {
			failed.Removed = res.Removed
		}
	}
	return res, err
}

// PreviewOnNode returns the Result that RunOnNode would return, without a pod: as Preview does for
// Run.
func PreviewOnNode(ctx context.Context, api *resources.API[resources.Pod], name string,
	o NodeOptions) (*Result, error) {
	o.DryRun = true
	res, err := o.plan(ctx, resources.As[resources.PodOutline](api), name)
	if err != nil {
		return nil, err
	}
	return previewPod(res)
}

// hasEnded reports whether a run is over, so that nobody needs its pod any more.
func (o *NodeOptions) hasEnded(ctx context.Context, res *Result, err error) bool {
	switch {
	case ctx.Err() != nil:
		return true
	case err == nil:
		return o.attaches() && !res.Running
	}
	return errors.As(err, new(*StartError)) || !errors.As(err, new(*subresource.LostError)) &&
		!res.Running
}

// plan returns a Result with the plan of the pod. It reads the node.
func (o *NodeOptions) plan(ctx context.Context, pods *podAPI, name string) (*Result, error) {
	podName := "node-debugger-" + strings.TrimRight(name[:min(len(name), maxNodeLength)], "-.") +
		"-" + nameSuffix()
	if err := o.checkFor(podName); err != nil {
		return nil, err
	}
	if o.Target+o.SecurityContextFrom+o.MountsFrom+o.EnvFrom != "" || o.Reuse {
		return nil, errors.New("debug: a node has no pod: Target, SecurityContextFrom, " +
			"MountsFrom, EnvFrom and Reuse are options of Run")
	}
	o.onNode = true
	if err := o.preflightNode(ctx, pods, name, podName); err != nil {
		return nil, err
	}
	container := cmp.Or(o.Name, "debugger")
	plan, err := o.planPod(ctx, pods, func(profile Profile) (*podBuilder, error) {
		return o.buildPod(ctx, pods, profile, name, podName, container)
	})
	return &Result{Pod: podName, Container: container, Plan: plan}, err
}

// preflightNode is preflight for a node.
func (o *NodeOptions) preflightNode(ctx context.Context, pods *podAPI, name, pod string) error {
	n, err := readNode(ctx, pods, name)
	switch {
	case errors.Is(err, transport.ErrNotFound):
		return err
	case err != nil && o.Image == AutoImage:
		return fmt.Errorf("%w: %w", ErrNoImage, err)
	case err != nil && o.DryRun:
		return nil
	case errors.Is(err, transport.ErrForbidden):
		o.sendNotice("Warning: node " + name + " was not checked: you are not allowed to read " +
			"nodes")
		return nil
	case err != nil:
		o.sendNotice("Warning: node " + name + " was not checked: " + err.Error())
		return nil
	}
	if !o.DryRun {
		problem, _ := n.problem()
		if problem != "" {
			return &StartError{Pod: pod, Reason: "NodeNotReady", Message: problem}
		}
	}
	if o.Image == AutoImage {
		return o.chooseImage(n, new(resources.PodOutline))
	}
	warning := o.imageWarning(n, new(placement))
	if warning != "" && !o.DryRun {
		o.sendNotice("Warning: " + warning)
	}
	return nil
}

// buildPod returns a builder with the whole pod. Its fields are those of kubectl debug
// (k8s.io/kubectl/pkg/cmd/debug, visitNode).
func (o *NodeOptions) buildPod(ctx context.Context, pods *podAPI, profile Profile, node, name,
	container string) (*podBuilder, error) {
	base, err := o.newContainer(container)
	if err != nil {
		return nil, err
	}
	b := &podBuilder{document: map[string]any{
		"apiVersion": "v1", "kind": "Pod",
		"metadata": map[string]any{"name": name, "labels": map[string]any{managedBy: "kx-debug"}},
		"spec": map[string]any{
			"nodeName": node, "restartPolicy": "Never",
			"tolerations": []any{map[string]any{"operator": "Exists"}},
		},
	}}
	b.containerBuilder, err = o.newContainerBuilder(ctx, pods, new(resources.PodOutline),
		base, profile)
	if err != nil {
		return nil, err
	}
	source := "profile " + string(profile)
	switch profile {
	case General, Legacy, Sysadmin, Netadmin:
		for _, field := range []string{"hostNetwork", "hostPID", "hostIPC"} {
			b.setSpec(source, field, true)
		}
	}
	switch profile {
	case General, Legacy, Sysadmin:
		b.setSpec(source, "volumes", []any{map[string]any{"name": "host-root",
			"hostPath": map[string]any{"path": "/"}}})
		b.merge(source, "volumeMounts", []any{map[string]any{"name": "host-root",
			"mountPath": "/host"}})
	}
	b.document["spec"].(map[string]any)["containers"] = []any{b.container}
	return b, nil
}
