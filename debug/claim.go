package debug

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/resources"
)

// ClaimError says why a pod cannot mount a PersistentVolumeClaim.
type ClaimError struct {
	Claim string
	// Reason is one of
	//
	//	ClaimInUse     the access mode ReadWriteOncePod admits one pod, which Message names
	//	ClaimDeleted   the claim is being deleted
	//	ClaimLost      the claim has lost its volume
	Reason, Message string
}

func (e *ClaimError) Error() string {
	return fmt.Sprintf("claim %s cannot be mounted: %s: %s", e.Claim, e.Reason, e.Message)
}

// claim is the part of a PersistentVolumeClaim that matters to a pod that mounts it.
type claim struct {
	Metadata resources.ObjectMeta `json:"metadata"`
	Spec     claimSpec            `json:"spec"`
	Status   claimStatus          `json:"status"`
}

type (
	claimSpec struct {
		AccessModes []string `json:"accessModes"`
		VolumeMode  string   `json:"volumeMode"`
	}
	claimStatus struct {
		Phase string `json:"phase"`
	}
)

// readClaim returns the claim called name in the namespace of pods.
func readClaim(ctx context.Context, pods *podAPI, name string) (*claim, error) {
	kind := new(resources.PersistentVolumeClaim).APIKind()
	claims := resources.ForKind(pods.Client(), kind, resources.InNamespace(pods.Namespace()))
	document, err := resources.Raw(claims).Get(ctx, name)
	if err != nil {
		return nil, err
	}
	c := new(claim)
	if err := json.Unmarshal(*document, c); err != nil {
		return nil, fmt.Errorf("claim %s cannot be decoded: %w", name, err)
	}
	return c, nil
}

// has reports whether the claim has an access mode.
func (c *claim) has(mode string) bool { return slices.Contains(c.Spec.AccessModes, mode) }

// bindsToNode reports whether all pods that mount the claim must be on one node.
func (c *claim) bindsToNode() bool {
	return c.has("ReadWriteOncePod") || c.has("ReadWriteOnce") && !c.has("ReadWriteMany")
}

// readOnly reports whether the claim can only be read.
func (c *claim) readOnly() bool {
	return len(c.Spec.AccessModes) == 1 && c.has("ReadOnlyMany")
}

// check returns a *ClaimError if no new pod can mount the claim. user is a pod on a node that
// mounts it, or nil.
func (c *claim) check(user *resources.PodOutline) error {
	name := c.Metadata.Name
	switch {
	case c.Metadata.DeletionTimestamp != nil:
		return &ClaimError{name, "ClaimDeleted",
			"the claim is being deleted, so no new pod gets its volume"}
	case c.Status.Phase == "Lost":
		return &ClaimError{name, "ClaimLost", "the claim has lost its volume"}
	case user != nil && c.has("ReadWriteOncePod"):
		return &ClaimError{name, "ClaimInUse", fmt.Sprintf("pod %s mounts it, and its access mode "+
			"ReadWriteOncePod admits one pod: debug that pod (--mounts-from)", user.Metadata.Name)}
	}
	return nil
}

// PodsOfClaim returns the pods that mount the PersistentVolumeClaim called claim, of those that o
// selects. Pods that have ended are among them.
func PodsOfClaim(ctx context.Context, api *resources.API[resources.Pod], claim string,
	o resources.ListOptions) (users []*resources.PodOutline, err error) {
	for pod, err := range resources.As[resources.PodOutline](api).All(ctx, o) {
		switch {
		case err != nil:
			return nil, err
		case volumeOfClaim(pod, claim) != "":
			users = append(users, pod)
		}
	}
	return users, nil
}

type podVolume struct {
	Name  string       `json:"name"`
	Claim volumeSource `json:"persistentVolumeClaim"`
	// Ephemeral is a claim that lives as long as the pod.
	Ephemeral jsontext.Value `json:"ephemeral"`
}

type volumeSource struct {
	ClaimName string `json:"claimName"`
}

// volumeOfClaim returns the name of the pod's volume that mounts the claim, or "".
func volumeOfClaim(pod *resources.PodOutline, claim string) string {
	var spec struct {
		Volumes []podVolume `json:"volumes"`
	}
	if len(pod.Spec.Unknown) == 0 || json.Unmarshal(pod.Spec.Unknown, &spec) != nil {
		return ""
	}
	for i := range spec.Volumes {
		v := &spec.Volumes[i]
		if v.Claim.ClaimName == claim ||
			len(v.Ephemeral) > 0 && pod.Metadata.Name+"-"+v.Name == claim {
			return v.Name
		}
	}
	return ""
}

// findUser returns a pod on a node that mounts the claim and has not ended, a running one if there
// is one, and its node. It returns nil if there is none.
func (c *claim) findUser(ctx context.Context, pods *podAPI) (user *resources.PodOutline,
	node string, err error) {
	users, err := PodsOfClaim(ctx, resources.As[resources.Pod](pods), c.Metadata.Name,
		resources.ListOptions{})
	for _, pod := range users {
		place, undecodable := placementOf(pod)
		if undecodable != nil || place.NodeName == "" || pod.Status.Ended() {
			continue
		}
		if user == nil || pod.Status.Phase == "Running" && user.Status.Phase != "Running" {
			user, node = pod, place.NodeName
		}
	}
	return user, node, err
}

// unboundReason returns what a claim that is not bound waits for, from its last event.
func (c *claim) unboundReason(ctx context.Context, pods *podAPI) string {
	events, _, err := listEvents(ctx, pods, &c.Metadata, "")
	switch {
	case err != nil:
		return "its events cannot be read: " + err.Error()
	case len(events) == 0:
		return "no event says what it waits for"
	}
	last := &events[len(events)-1]
	if last.Reason == "WaitForFirstConsumer" {
		return "WaitForFirstConsumer: its volume is chosen for this pod"
	}
	return last.Reason + ": " + last.Message
}
