package debug

import (
	"context"
	"errors"
	"fmt"

	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// CopyOptions describe the copy that RunCopy creates.
type CopyOptions struct {
	// Options describe the container to debug with. If the pod has a container or init container
	// called Name, the copy has it with these Options; otherwise the copy has one more container.
	// Without an Image there is none more. Target and Reuse are errors.
	Options
	// To is the name of the copy.
	To string
	// KeepImage leaves the image of a container that the pod has: Image is for a new one alone.
	KeepImage bool
	// SetImages are images by the names of the pod's containers; "*" stands for all others.
	SetImages map[string]string
	// ShareProcesses sets whether the copy's containers see each other's processes. With nil they
	// do, unless the pod says otherwise or the profile is Legacy.
	ShareProcesses *bool
	// Replace deletes the pod once the copy is created. SameNode binds the copy to the pod's node.
	Replace, SameNode bool
	// KeepLabels and KeepAnnotations keep those of the pod. With its labels the copy may get the
	// traffic of a service, or count as a replica.
	KeepLabels, KeepAnnotations bool
	// KeepLiveness, KeepReadiness and KeepStartup keep the probes of the containers.
	KeepLiveness, KeepReadiness, KeepStartup bool
	// DropInitContainers leaves out the init containers.
	DropInitContainers bool
}

// RunCopy creates a copy of the pod called name, and waits for the container to debug with as Run
// does. The copy is that of kubectl debug --copy-to:
//
//	node               any, unless SameNode is set
//	labels             none, unless KeepLabels is set
//	annotations        none, unless KeepAnnotations is set
//	probes             none, unless KeepLiveness, KeepReadiness and KeepStartup are set
//	init containers    those of the pod, unless DropInitContainers is set
//	processes          of all containers are visible: see ShareProcesses
//	all other fields   those of the pod
//
// Under Legacy the copy keeps annotations, probes and init containers. RunCopy does not remove the
// copy. If the copy's restartPolicy is Always, the kubelet restarts a container that has ended; the
// exit code is that of the first end.
//
// RunCopy sends one GET of the pod, and one POST; for AutoImage and SameNode also one GET of the
// node. The results are those of Run. If the copy has no container to debug with, RunCopy returns
// without a wait, and Result.Container is empty.
func RunCopy(ctx context.Context, api *resources.API[resources.Pod], name string,
	o CopyOptions) (*Result, error) {
	pods := resources.As[resources.PodOutline](api)
	adding := o.limitAdding(ctx)
	defer o.added()
	source, res, err := o.plan(adding, pods, name)
	if err != nil {
		return nil, err
	}
	res.Object, err = o.createPod(adding, pods, res.Plan, o.DryRun)
	o.added()
	switch {
	case errors.Is(err, transport.ErrOutcomeUnknown):
		return res, err
	case errors.Is(err, transport.ErrAlreadyExists):
		return nil, fmt.Errorf("%w: choose another name for the copy", err)
	case err != nil:
		return nil, err
	case o.DryRun:
		return res, nil
	}
	if o.Replace {
		_, err := pods.Delete(ctx, name, resources.GracePeriod(0),
			resources.IfUID(source.Metadata.UID))
		if err != nil && !errors.Is(err, transport.ErrNotFound) {
			return res, fmt.Errorf("pod %s is created, and pod %s is not deleted: %w", o.To, name,
				err)
		}
	}
	o.NoWait = o.NoWait || res.Container == ""
	return res, o.follow(ctx, pods, res)
}

// PreviewCopy returns the Result that RunCopy would return, without a copy: as Preview does for
// Run.
func PreviewCopy(ctx context.Context, api *resources.API[resources.Pod], name string,
	o CopyOptions) (*Result, error) {
	o.DryRun = true
	_, res, err := o.plan(ctx, resources.As[resources.PodOutline](api), name)
	if err != nil {
		return nil, err
	}
	return previewPod(res)
}

// plan returns the pod called name, and a Result with the plan of its copy.
func (o *CopyOptions) plan(ctx context.Context, pods *podAPI,
	name string) (*resources.PodOutline, *Result, error) {
	if err := o.checkCopy(); err != nil {
		return nil, nil, err
	}
	source, err := pods.Get(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	if err := o.checkContainers(source); err != nil {
		return nil, nil, err
	}
	if err := o.preflightCopy(ctx, pods, source); err != nil {
		return nil, nil, err
	}
	container := o.Name
	if container == "" && o.Image != "" {
		container = unusedName(&source.Spec)
	}
	plan, err := o.planPod(ctx, pods, func(profile Profile) (*podBuilder, error) {
		return o.buildCopy(ctx, pods, profile, source, container)
	})
	return source, &Result{Pod: o.To, Container: container, Plan: plan}, err
}

// checkCopy checks the options that need no look at the pod.
func (o *CopyOptions) checkCopy() error {
	if err := o.check(); err != nil {
		return err
	}
	for container, image := range o.SetImages {
		if err := imagename.Check(image); err != nil {
			return fmt.Errorf("debug: image %q for container %s: %w", image, container, err)
		}
	}
	switch {
	case o.To == "":
		return errors.New("debug: no name for the copy: set To")
	case o.Target != "" || o.Reuse:
		return errors.New("debug: Target and Reuse are options of Run: the containers of a copy " +
			"share their processes by ShareProcesses")
	}
	return nil
}

// checkContainers checks the names of containers, and clears Image where it is not used.
func (o *CopyOptions) checkContainers(source *resources.PodOutline) error {
	for name := range o.SetImages {
		if kindOf(&source.Spec, name) != resources.KindContainer && name != "*" {
			return fmt.Errorf("debug: pod %s has no container %q to set the image of",
				source.Metadata.Name, name)
		}
	}
	kind := kindOf(&source.Spec, o.Name)
	exists := kind == resources.KindContainer ||
		kind == resources.KindInitContainer && !o.DropInitContainers
	if exists && o.KeepImage {
		o.Image = ""
	}
	switch {
	case o.Image != "":
		return o.checkImage(o.To)
	case exists:
		return nil
	case o.Name != "" || len(o.SetImages) == 0:
		return errors.New("debug: no image for a new container: set Image, or the Name of a " +
			"container of the pod")
	case o.attaches() || o.WillAttach:
		return errors.New("debug: there is no container to attach to: set Name or Image")
	}
	return nil
}

// preflightCopy is preflight for a copy, whose node is known with SameNode alone.
func (o *CopyOptions) preflightCopy(ctx context.Context, pods *podAPI,
	source *resources.PodOutline) error {
	if o.Image != AutoImage && !o.SameNode {
		return nil
	}
	place, err := placementOf(source)
	if err != nil {
		return err
	}
	n, err := readNode(ctx, pods, place.NodeName)
	switch {
	case err == nil && o.SameNode && !o.DryRun:
		problem, _ := n.problem()
		if problem != "" {
			return &StartError{Pod: o.To, Reason: "NodeNotReady", Message: problem}
		}
	case err != nil && o.Image == AutoImage:
		return fmt.Errorf("%w: %w", ErrNoImage, err)
	}
	if o.Image == AutoImage {
		return o.chooseImage(n, source)
	}
	return nil
}
