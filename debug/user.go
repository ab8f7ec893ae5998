package debug

import (
	"context"

	"github.com/kx-k8s/kx/debug/internal/target"
	"github.com/kx-k8s/kx/resources"
)

// addUser has the container run as its target does, where it may not run as root and nothing says as whom else, since most images would not start then;
// and under the profile restricted in any case: without capabilities the kernel opens /proc/N/root to the same user and group only (ptrace(2), PTRACE_MODE_READ_FSCREDS).
func (o *Options) addUser(ctx context.Context, pods *resources.API[resources.PodOutline], d *draft) {
	own, nonRoot := security(d.container), d.nonRoot()
	_, noUser := o.Custom.security("runAsUser")
	_, noGroup := o.Custom.security("runAsGroup")
	if own["runAsUser"] != nil || noUser || d.profile != Restricted && (d.podSecurity["runAsUser"] != nil || !nonRoot) {
		return
	}
	name := o.targetIn(d.pod)
	lender, err := lenderIn(d.pod, name)
	if err != nil {
		return // the server says what it thinks of such a target
	}
	t := target.User{Pods: pods, Pod: d.pod.Metadata.Name, Container: target.Container{Name: name, Status: statusOf(d.pod, name)},
		SecurityContexts: []map[string]any{security(lender), d.podSecurity}}
	user, from := t.UID(ctx)
	const advice = ", or give one with RunAs (--run-as UID[:GID])"
	switch {
	case user == nil:
		d.notice("it is not known as whom container " + name + " runs (" + t.Err.Error() + "): the image must name a user other than root" + advice)
		return
	case *user == 0 && nonRoot:
		d.notice("container " + name + " runs as root, which the new one may not (runAsNonRoot): the image must name another user" + advice)
		return
	}
	d.runAsUnlessSo(from, "runAsUser", user)
	if own["runAsGroup"] != nil || noGroup {
		return
	}
	group, from := t.GID(ctx)
	if group == nil {
		d.notice("it is not known as which group container " + name + " runs (" + t.Err.Error() + "): its files open only if the image has the same for that user" + advice)
		return
	}
	d.runAsUnlessSo(from, "runAsGroup", group)
}

// runAsUnlessSo sets the user or group unless the pod says it for all its containers.
func (d *draft) runAsUnlessSo(from, field string, value *int64) {
	pods, set := id(d.podSecurity, field)
	if !set || pods != *value {
		d.runAs(from, field, value)
	}
}

// targetIn is the container that the new one looks into: the target, or else the one that kubectl takes for meant.
func (o *Options) targetIn(pod *resources.PodOutline) string {
	if o.Target != "" {
		return o.Target
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
