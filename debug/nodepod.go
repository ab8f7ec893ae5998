package debug

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

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
	adding := o.limitAdding(ctx)
	defer o.added()
	res, err := o.plan(adding, pods, name)
	if err != nil {
		return nil, err
	}
	return o.runPod(ctx, adding, pods, res, o.Keep)
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

// plan returns a Result with the plan of the pod. It reads the node.
func (o *NodeOptions) plan(ctx context.Context, pods *podAPI, name string) (*Result, error) {
	podName := newPodName("node-debugger-", name)
	if err := o.checkNewPod(podName); err != nil {
		return nil, err
	}
	o.onNode = true
	err := o.preflightNode(ctx, pods, name, podName, new(resources.PodOutline))
	if err != nil {
		return nil, err
	}
	container := cmp.Or(o.Name, "debugger")
	plan, err := o.planPod(ctx, pods, func(profile Profile) (*podBuilder, error) {
		return o.buildPod(ctx, pods, profile, name, podName, container)
	})
	return &Result{Pod: podName, Container: container, Plan: plan}, err
}

// preflightNode is preflight for a new pod on a node. AutoImage trusts the images of owner.
func (o *Options) preflightNode(ctx context.Context, pods *podAPI, name, pod string,
	owner *resources.PodOutline) error {
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
		return o.chooseImage(n, owner)
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
	b := &podBuilder{document: newPodDocument(name, node)}
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
