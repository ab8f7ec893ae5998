package debug

import (
	"context"
	"fmt"

	"github.com/kx-k8s/kx/debug/internal/target"
	"github.com/kx-k8s/kx/resources"
)

// runAsAdvice follows a notice about a user or group that is not set.
const runAsAdvice = ", or set RunAs (--run-as UID[:GID])"

// addTargetUser sets the user and group of the target where no user is set, in two cases:
//
//   - The container must not run as root. Most images would not start then.
//   - The profile is restricted. Without capabilities the kernel opens /proc/PID/root only to the
//     user and group of the process (ptrace(2), PTRACE_MODE_READ_FSCREDS).
func (o *Options) addTargetUser(ctx context.Context, pods *podAPI, b *containerBuilder) {
	own, nonRoot := securityContext(b.container), b.mustBeNonRoot()
	_, customUser := o.Custom.securityField("runAsUser")
	_, customGroup := o.Custom.securityField("runAsGroup")
	needsUser := b.profile == Restricted || nonRoot && b.podSecurity["runAsUser"] == nil
	if own["runAsUser"] != nil || customUser || !needsUser {
		return
	}
	name := o.targetName(b.pod)
	container, err := containerByName(b.pod, name)
	if err != nil {
		return // the server refuses the target with a message of its own
	}
	user := target.User{
		Pods: pods, Pod: b.pod.Metadata.Name, Container: target.Container{Name: name,
			Status: b.pod.Status.Container(name)},
		ContainerSecurity: securityContext(container), PodSecurity: b.podSecurity,
	}
	uid, source := user.UID(ctx)
	switch {
	case uid == nil:
		b.addNotice(fmt.Sprintf("Warning: the user of container %s is unknown (%v): "+
			"the image must name a user other than root%s", name, user.Err, runAsAdvice))
		return
	case *uid == 0 && nonRoot:
		b.addNotice(fmt.Sprintf(
			"Warning: container %s runs as root, and runAsNonRoot keeps the new container from "+
				"doing so: choose an image with another user%s", name, runAsAdvice))
		return
	}
	b.setIDUnlessPodHas(source, "runAsUser", uid)
	if own["runAsGroup"] != nil || customGroup {
		return
	}
	gid, source := user.GID(ctx)
	if gid == nil {
		b.addNotice(fmt.Sprintf("Warning: the group of container %s is unknown (%v): "+
			"its files open only if the image gives that user the same group%s", name, user.Err,
			runAsAdvice))
		return
	}
	b.setIDUnlessPodHas(source, "runAsGroup", gid)
}

// setIDUnlessPodHas sets runAsUser or runAsGroup unless the pod's securityContext has the same
// value.
func (b *containerBuilder) setIDUnlessPodHas(source, field string, value *int64) {
	podValue, set := idField(b.podSecurity, field)
	if !set || podValue != *value {
		b.setID(source, field, value)
	}
}

// targetName returns the target, or the container that kubectl takes by default.
func (o *Options) targetName(pod *resources.PodOutline) string {
	if o.Target != "" {
		return o.Target
	}
	if o.userFrom != "" {
		return o.userFrom
	}
	name := pod.Metadata.Annotations["kubectl.kubernetes.io/default-container"]
	if kindOf(&pod.Spec, name) != "" {
		return name
	}
	if len(pod.Spec.Containers) > 0 {
		return pod.Spec.Containers[0].Name
	}
	return ""
}
