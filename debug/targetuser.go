package debug

import (
	"context"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// maxID is the highest number of a user or group that the API takes.
const maxID = math.MaxInt32

// idTimeout is how long a container may take to say who it runs as.
const idTimeout = 10 * time.Second

// addUser has the container run as its target does, where it may not run as root and nothing says as whom else, since most images would not start then;
// and under the profile restricted in any case: without capabilities the kernel opens /proc/N/root to the same user and group only (ptrace(2), PTRACE_MODE_READ_FSCREDS).
func (o *Options) addUser(ctx context.Context, pods *resources.API[resources.PodOutline], d *draft) {
	own, nonRoot := security(d.container), d.nonRoot()
	_, noUser := o.Custom.security("runAsUser")
	_, noGroup := o.Custom.security("runAsGroup")
	if own["runAsUser"] != nil || noUser || d.profile != Restricted && (d.podSecurity["runAsUser"] != nil || !nonRoot) {
		return
	}
	t := target{pods: pods, pod: d.pod, name: o.targetIn(d.pod)}
	lender, err := lenderIn(d.pod, t.name)
	if err != nil {
		return // the server says what it thinks of such a target
	}
	t.declared = []map[string]any{security(lender), d.podSecurity}
	user, from := t.id(ctx, "runAsUser", "uid", "-u")
	const advice = ", or give one with RunAs (--run-as UID[:GID])"
	switch {
	case user == nil:
		d.notice("it is not known as whom container " + t.name + " runs (" + t.problem.Error() + "): the image must name a user other than root" + advice)
		return
	case *user == 0 && nonRoot:
		d.notice("container " + t.name + " runs as root, which the new one may not (runAsNonRoot): the image must name another user" + advice)
		return
	}
	d.runAsUnlessSo(from, "runAsUser", user)
	if own["runAsGroup"] != nil || noGroup {
		return
	}
	group, from := t.id(ctx, "runAsGroup", "gid", "-g")
	if group == nil {
		d.notice("it is not known as which group container " + t.name + " runs (" + t.problem.Error() + "): its files open only if the image has the same for that user" + advice)
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

// target is a container whose user and group are looked for.
type target struct {
	pods *resources.API[resources.PodOutline]
	pod  *resources.PodOutline
	name string
	// declared are the securityContexts that say who it is to run as, the first before the second.
	declared []map[string]any
	// problem is why the running container could not be asked.
	problem error
}

// id gives the user or the group and where it stands: in the specification, in the status (KEP-3619; older runtimes tell nothing), or what the container says by itself.
// It is nil when none tells.
func (t *target) id(ctx context.Context, field, inStatus, flag string) (value *int64, from string) {
	for _, security := range t.declared {
		if n, ok := id(security, field); ok {
			return &n, "container " + t.name + " of the pod"
		}
	}
	from = "the running container " + t.name
	user, _ := decode(statusOf(t.pod, t.name).Unknown)["user"].(map[string]any)
	linux, _ := user["linux"].(map[string]any)
	if n, ok := linux[inStatus].(float64); ok {
		return new(int64(n)), from
	}
	if t.problem == nil {
		value, t.problem = t.ask(ctx, flag)
	}
	return value, from
}

// ask runs id in the container.
func (t *target) ask(ctx context.Context, flag string) (*int64, error) {
	if statusOf(t.pod, t.name).State.Running == nil {
		return nil, errors.New("it does not run")
	}
	ctx, cancel := context.WithTimeout(ctx, idTimeout)
	defer cancel()
	res, err := subresource.Exec(t.pods).Run(ctx, t.pod.Metadata.Name, subresource.ExecOptions{Container: t.name, Command: []string{"id", flag}})
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(res.Stdout)), 10, 64)
	if err != nil || res.ExitCode != 0 || n < 0 || n > maxID {
		return nil, errors.New("id " + flag + " in it ended with code " + strconv.Itoa(res.ExitCode) + " and printed no number")
	}
	return &n, nil
}
