package debug

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// maxID is the highest number of a user or group that the API takes.
const maxID = math.MaxInt32

// idTimeout is how long a container may take to say who it runs as.
const idTimeout = 10 * time.Second

// who is a user and a group, each nil where it is not known.
type who struct{ user, group *int64 }

// addUser has the container run as its target does, where it may not run as root and nothing says as whom else, since most images would not start then;
// and under the profile restricted in any case: without capabilities the kernel opens /proc/N/root to the same user and group only (ptrace(2), PTRACE_MODE_READ_FSCREDS).
func (o *Options) addUser(ctx context.Context, pods *resources.API[resources.PodOutline], d *draft) error {
	own, pod := d.identity(), identityOf(d.pod)
	nonRoot := holds(own.RunAsNonRoot, pod.RunAsNonRoot)
	if own.RunAsUser != nil || d.profile != Restricted && (!nonRoot || pod.RunAsUser != nil) {
		return nil
	}
	name := o.targetIn(d.pod)
	target, err := sourceOf(d.pod, name)
	if err != nil {
		return nil // the server says what it thinks of such a target
	}
	spec := identityIn(member("securityContext", target.SecurityContext))
	declared := who{or(spec.RunAsUser, pod.RunAsUser), or(spec.RunAsGroup, pod.RunAsGroup)}
	running := runningAs(d.pod, name)
	var problem error
	if or(declared.user, running.user) == nil || or(declared.group, running.group) == nil {
		asked, err := ask(ctx, pods, d.pod, name)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		running, problem = who{or(running.user, asked.user), or(running.group, asked.group)}, err
	}
	user, group := or(declared.user, running.user), or(declared.group, running.group)
	switch {
	case user == nil:
		d.notices = append(d.notices, fmt.Sprintf("as whom container %q runs is not known (%v): the image must name a user other than root, or give one with RunAs (--run-as UID[:GID])", name, problem))
		return nil
	case *user == 0 && nonRoot:
		d.notices = append(d.notices, fmt.Sprintf("container %q runs as root, which runAsNonRoot forbids to the new one: the image must name another user, or give one with RunAs (--run-as UID[:GID])", name))
		return nil
	case group == nil:
		d.notices = append(d.notices, fmt.Sprintf("the group of container %q is not known (%v): its files stay closed unless the image has the same; RunAs (--run-as UID:GID) gives one", name, problem))
	}
	if !same(user, pod.RunAsUser) {
		if err := d.put(lender(name, declared.user), runAs(user, nil)); err != nil {
			return err
		}
	}
	if group == nil || own.RunAsGroup != nil || same(group, pod.RunAsGroup) {
		return nil
	}
	return d.put(lender(name, declared.group), runAs(nil, group))
}

// lender says where a user or group of the target is from: its specification when that declares one.
func lender(container string, declared *int64) string {
	if declared == nil {
		return "the running container " + container
	}
	return "container " + container + " of the pod"
}

func same(a, b *int64) bool { return a != nil && b != nil && *a == *b }

// targetIn is the container that the new one looks into: the target, or else the one that kubectl takes for meant.
func (o *Options) targetIn(pod *resources.PodOutline) string {
	if o.Target != "" {
		return o.Target
	}
	if name := pod.Metadata.Annotations["kubectl.kubernetes.io/default-container"]; kindOf(&pod.Spec, name) != "" {
		return name
	}
	if len(pod.Spec.Containers) > 0 {
		return pod.Spec.Containers[0].Name
	}
	return ""
}

// runningAs is what the pod's status tells (KEP-3619): nothing, with older runtimes.
func runningAs(pod *resources.PodOutline, container string) who {
	var status struct {
		User struct {
			Linux struct {
				UID *int64 `json:"uid"`
				GID *int64 `json:"gid"`
			} `json:"linux"`
		} `json:"user"`
	}
	if text := statusOf(pod, container).Unknown; len(text) > 0 {
		_ = json.Unmarshal(text, &status) // what cannot be read tells nothing
	}
	return who{status.User.Linux.UID, status.User.Linux.GID}
}

// ask runs id in the container. The error says why something is not known then.
func ask(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container string) (w who, err error) {
	if statusOf(pod, container).State.Running == nil {
		return w, errors.New("it does not run")
	}
	ctx, cancel := context.WithTimeout(ctx, idTimeout)
	defer cancel()
	if w.user, err = askFor(ctx, pods, pod, container, "-u"); err != nil {
		return w, err
	}
	w.group, err = askFor(ctx, pods, pod, container, "-g")
	return w, err
}

func askFor(ctx context.Context, pods *resources.API[resources.PodOutline], pod *resources.PodOutline, container, flag string) (*int64, error) {
	res, err := subresource.Exec(pods).Run(ctx, pod.Metadata.Name, subresource.ExecOptions{Container: container, Command: []string{"id", flag}})
	if err != nil {
		return nil, err
	}
	if res.ExitCode != 0 {
		return nil, fmt.Errorf("id %s ended with code %d", flag, res.ExitCode)
	}
	id, err := strconv.ParseInt(strings.TrimSpace(string(res.Stdout)), 10, 64)
	if err != nil || id < 0 || id > maxID {
		return nil, fmt.Errorf("id %s printed no number", flag)
	}
	return &id, nil
}

// or gives a, and b where that is not known.
func or(a, b *int64) *int64 {
	if a != nil {
		return a
	}
	return b
}
