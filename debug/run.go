package debug

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// Result is what became of the container.
type Result struct {
	// Pod and Container are the names.
	Pod, Container string
	// Object is the pod as it was seen last; nil when the write's outcome is unknown.
	Object *resources.PodOutline
	// Adopted is true when the container was there already.
	Adopted bool
	// Running is true when the container was last seen running: Run does not attach, or the session was closed or failed.
	// Otherwise it had ended with ExitCode and Reason, or DryRun was set.
	Running  bool
	ExitCode int
	Reason   string
}

// Run adds the container that o describes to the pod called name, and waits until it runs or has ended. With a stream in o it attaches then,
// and waits until the program has ended: the exit code is that of the pod's status, where attaching itself tells none.
// What the program wrote before Run had attached is in its log. When it had ended by then, Stdout gets that log, whole.
//
// A stream that fails is an error even where the container is then seen to have ended with 0, as some of the output may be missing;
// it comes from Session.Wait, wrapped once. Closing the session, as Attached may do, is none: the Result says that the container runs.
//
// When the container does not come to run, the error is a *StartError with the runtime's own words, and the Result names what was left in the pod.
// Without a Result nothing was added. A Result with an error that matches transport.ErrOutcomeUnknown names a container that may be there or not:
// Run with that Name adopts it or adds it.
func Run(ctx context.Context, api *resources.API[resources.Pod], name string, o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	pods := resources.As[resources.PodOutline](api)
	res, err := inject(ctx, pods, name, &o)
	if err != nil || o.DryRun {
		return res, err
	}
	if o.Added != nil {
		o.Added(res)
	}
	if err := await(ctx, pods, res, &o); err != nil || !o.attaches() {
		return res, err
	}
	return res, attach(ctx, pods, res, &o)
}

func inject(ctx context.Context, pods *resources.API[resources.PodOutline], name string, o *Options) (*Result, error) {
	opts := []subresource.PatchOption{subresource.FieldManager("kx")}
	if o.FieldManager != "" {
		opts = append(opts, subresource.FieldManager(o.FieldManager))
	}
	if o.DryRun {
		opts = append(opts, subresource.DryRun())
	}
	ec := subresource.EphemeralContainers(pods)
	for {
		c := o.container(o.Name)
		if o.Name == "" {
			c.Name = randomName()
		}
		pod, err := add(ctx, ec, name, c, opts)
		if err == nil {
			return &Result{Pod: name, Container: c.Name, Object: pod}, nil
		}
		var exists *subresource.ContainerExistsError
		switch {
		case errors.Is(err, transport.ErrOutcomeUnknown):
			return &Result{Pod: name, Container: c.Name}, err
		case !errors.As(err, &exists):
			return nil, err
		}
		if o.Name == "" {
			continue // another name, then
		}
		if exists.Same && !o.DryRun {
			pod, err := pods.Get(ctx, name)
			if err != nil {
				return nil, err
			}
			return &Result{Pod: name, Container: c.Name, Object: pod, Adopted: true}, nil
		}
		return nil, err
	}
}

// add is EphemeralContainers.Add without the types that c and the pod have no need of.
func add(ctx context.Context, ec *subresource.EphemeralContainersEndpoint[resources.PodOutline], name string, c container, opts []subresource.PatchOption) (*resources.PodOutline, error) {
	document, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	stored, err := ec.AddRaw(ctx, name, document, opts...)
	if err != nil {
		return nil, err
	}
	pod := &resources.PodOutline{}
	return pod, json.Unmarshal(stored, pod)
}

// outline gives c as it stands in the outline of a pod.
func outline(c container) (*resources.ContainerOutline, error) {
	document, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	outline := &resources.ContainerOutline{}
	return outline, json.Unmarshal(document, outline)
}

// Preview gives the pod as Run would leave it, without asking the server whether it takes the container: it reads the pod and sends nothing.
// A container of the same name is a *subresource.ContainerExistsError.
func Preview(ctx context.Context, api *resources.API[resources.Pod], name string, o Options) (*Result, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	pod, err := resources.As[resources.PodOutline](api).Get(ctx, name)
	if err != nil {
		return nil, err
	}
	c := o.container(cmp.Or(o.Name, randomName()))
	if kind := kindOf(&pod.Spec, c.Name); kind != "" {
		return nil, &subresource.ContainerExistsError{Pod: name, Container: c.Name, Kind: kind}
	}
	added, err := outline(c)
	if err != nil {
		return nil, err
	}
	pod.Spec.EphemeralContainers = append(pod.Spec.EphemeralContainers, *added)
	return &Result{Pod: name, Container: c.Name, Object: pod}, nil
}

// kindOf tells what kind of container has the name, empty when none has.
func kindOf(spec *resources.PodOutlineSpec, name string) string {
	for i, list := range [][]resources.ContainerOutline{spec.Containers, spec.InitContainers, spec.EphemeralContainers} {
		for j := range list {
			if list[j].Name == name {
				return [...]string{"container", "init container", "ephemeral container"}[i]
			}
		}
	}
	return ""
}

// randomName makes a name of letters and digits that cannot form a word, as Kubernetes' own names do.
func randomName() string {
	const letters = "bcdfghjklmnpqrstvwxz2456789"
	suffix := make([]byte, 5)
	for i := range suffix {
		suffix[i] = letters[rand.IntN(len(letters))]
	}
	return "debugger-" + string(suffix)
}
