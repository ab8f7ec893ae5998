package debug

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// volumeSecurity are the fields of a pod's securityContext that decide about the files of a volume.
var volumeSecurity = []string{"fsGroup", "fsGroupChangePolicy", "supplementalGroups",
	"supplementalGroupsPolicy", "seLinuxOptions"}

// ClaimOptions describe the pod that RunOnClaim creates.
type ClaimOptions struct {
	// Options describe the pod's only container. Its Name is "debugger" if it is empty. Target,
	// SecurityContextFrom, MountsFrom, EnvFrom and Reuse are errors, as in NodeOptions.
	Options
	// Keep leaves the pod there at the end.
	Keep bool
}

// RunOnClaim creates a pod that mounts the PersistentVolumeClaim called name, in the namespace of
// api, and waits as Run does. The claim is at /pvc. A claim with the volumeMode Block is the block
// device /pvc.
//
// The pod is called pvc-debugger-NAME-xxxxx, and ends with its program. The claim's access modes
// decide where it runs (https://kubernetes.io/docs/concepts/storage/persistent-volumes):
//
//	ReadWriteOnce                  the node of a pod that mounts the claim, if there is one
//	ReadWriteOncePod               if a pod mounts the claim, RunOnClaim fails with a *ClaimError
//	ReadOnlyMany, ReadWriteMany    any node; for AutoImage that of a pod that mounts the claim
//	ReadOnlyMany alone             the same; the mount is read-only
//
// If a pod mounts the claim, the new pod has that pod's fsGroup, supplementalGroups and
// seLinuxOptions. Under Restricted it has the whole securityContext, and the container has the user
// and group of the container that mounts the claim. General adds no capability: the container sees
// its own processes alone.
//
// A claim that is not bound is a notice with what it waits for. A StorageClass with the mode
// WaitForFirstConsumer binds the claim for this pod, and the claim stays bound.
//
// RunOnClaim removes the pod as RunOnNode does. It sends one GET of the claim, lists the pods of
// the namespace, and sends one POST; also one GET of the node if it has chosen one. The results are
// those of Run. A refusal by Pod Security is a *PodSecurityError.
func RunOnClaim(ctx context.Context, api *resources.API[resources.Pod], name string,
	o ClaimOptions) (*Result, error) {
	pods := resources.As[resources.PodOutline](api)
	adding := o.limitAdding(ctx)
	defer o.added()
	res, err := o.plan(adding, pods, name)
	if err != nil {
		return nil, err
	}
	return o.runPod(ctx, adding, pods, res, o.Keep)
}

// PreviewOnClaim returns the Result that RunOnClaim would return, without a pod: as Preview does
// for Run.
func PreviewOnClaim(ctx context.Context, api *resources.API[resources.Pod], name string,
	o ClaimOptions) (*Result, error) {
	o.DryRun = true
	res, err := o.plan(ctx, resources.As[resources.PodOutline](api), name)
	if err != nil {
		return nil, err
	}
	return previewPod(res)
}

// plan returns a Result with the plan of the pod. It reads the claim and the pods that mount it.
func (o *ClaimOptions) plan(ctx context.Context, pods *podAPI, name string) (*Result, error) {
	podName := newPodName("pvc-debugger-", name)
	if err := o.checkNewPod(podName); err != nil {
		return nil, err
	}
	c, err := readClaim(ctx, pods, name)
	if err != nil {
		return nil, err
	}
	user, node, err := c.findUser(ctx, pods)
	if err != nil {
		return nil, err
	}
	if err := c.check(user); err != nil {
		return nil, err
	}
	if !c.bindsToNode() && o.Image != AutoImage {
		node = ""
	}
	if err := o.preflightClaim(ctx, pods, c, user, node, podName); err != nil {
		return nil, err
	}
	container := cmp.Or(o.Name, "debugger")
	plan, err := o.planPod(ctx, pods, func(profile Profile) (*podBuilder, error) {
		b := &podBuilder{document: newPodDocument(podName, node)}
		return b, o.addClaim(ctx, pods, b, c, user, profile, container)
	})
	return &Result{Pod: podName, Container: container, Plan: plan}, err
}

// preflightClaim is preflight for a claim. node is "" if the scheduler chooses.
func (o *ClaimOptions) preflightClaim(ctx context.Context, pods *podAPI, c *claim,
	user *resources.PodOutline, node, podName string) error {
	if c.Status.Phase != "Bound" {
		o.sendNotice(fmt.Sprintf("Claim %s is not bound yet: %s", c.Metadata.Name,
			c.unboundReason(ctx, pods)))
	}
	switch {
	case node != "":
		o.sendNotice(fmt.Sprintf("Using node %s, where pod %s mounts claim %s", node,
			user.Metadata.Name, c.Metadata.Name))
		return o.preflightNode(ctx, pods, node, podName, user)
	case o.Image == AutoImage:
		return fmt.Errorf("%w: no pod on a node mounts claim %s, so the scheduler chooses the node",
			ErrNoImage, c.Metadata.Name)
	}
	return nil
}

// addClaim adds the claim and the container to the pod of b.
func (o *ClaimOptions) addClaim(ctx context.Context, pods *podAPI, b *podBuilder, c *claim,
	user *resources.PodOutline, profile Profile, name string) error {
	container, err := o.newContainer(name)
	if err != nil {
		return err
	}
	spec := b.document["spec"].(map[string]any)
	options, owner := o.Options, new(resources.PodOutline)
	if user != nil {
		security := securityContext(decode(user.Spec.Unknown))
		if profile == Restricted {
			owner = user
			options.userFrom = mountingContainer(user, volumeOfClaim(user, c.Metadata.Name))
		} else {
			maps.DeleteFunc(security, func(name string, _ any) bool {
				return !slices.Contains(volumeSecurity, name)
			})
		}
		if len(security) > 0 {
			spec["securityContext"] = security
		}
	}
	volume := decode(jsontext.Value(`{"name":"pvc","persistentVolumeClaim":{}}`))
	source := volume["persistentVolumeClaim"].(map[string]any)
	source["claimName"] = c.Metadata.Name
	if c.readOnly() {
		source["readOnly"] = true
	}
	spec["volumes"] = []any{volume}
	mounts := `{"volumeMounts":[{"name":"pvc","mountPath":"/pvc"}]}`
	if c.Spec.VolumeMode == "Block" {
		mounts = `{"volumeDevices":[{"name":"pvc","devicePath":"/pvc"}]}`
	}
	maps.Copy(container, decode(jsontext.Value(mounts)))
	b.containerBuilder, err = options.newContainerBuilder(ctx, pods, owner, container, profile)
	if err == nil {
		spec["containers"] = []any{b.container}
	}
	return err
}

// mountingContainer returns the name of the pod's container that mounts the volume, or "".
func mountingContainer(pod *resources.PodOutline, volume string) string {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		fields := decode(c.Unknown)
		for _, list := range []string{"volumeMounts", "volumeDevices"} {
			for _, mount := range listField(fields, list) {
				if m, ok := mount.(map[string]any); ok && m["name"] == volume {
					return c.Name
				}
			}
		}
	}
	return ""
}
