package portforward

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

// Options configure New. The zero value is ready to use.
type Options struct {
	// Timeout limits how long New waits for the pod to run. Zero means debug.DefaultTimeout, and a
	// negative value means no limit.
	Timeout time.Duration
	// Progress, if not nil, is called while New waits, as in debug.Options.
	Progress func(debug.Waiting)
	// Notice, if not nil, is called with a sentence when connections move to another pod.
	Notice func(string)
}

// Forwarder connects to ports of a pod, or of one of the pods of a workload or service.
//
// For a workload or service, it checks before each connection that its pod is still there and
// ready, and otherwise chooses another pod. Several goroutines may call its methods at once.
type Forwarder struct {
	client          *transport.Client
	kind            resources.Kind
	name            string
	notice          func(string)
	pods            *resources.API[resources.PodOutline]
	connectionLimit chan struct{} // one element for each connection of Serve

	mu      sync.Mutex
	pod     *resources.PodOutline // the pod in use
	service *service              // nil unless kind is services
}

// New chooses a pod of the object called name, a ready one if there is one, and waits until it
// runs.
//
// The user needs the verb get for pods. Another kind needs get for that kind, and list for pods.
// New fails with the errors of resources.PodsOf and of requests, and with a *debug.StartError if
// the pod does not start.
func New(
	ctx context.Context, client *transport.Client, kind resources.Kind, name string, o Options,
) (*Forwarder, error) {
	f := &Forwarder{
		client: client, kind: kind, name: name, notice: o.Notice,
		pods:            resources.New[resources.PodOutline](client),
		connectionLimit: make(chan struct{}, maxConnections),
	}
	if err := f.choosePod(ctx); err != nil {
		return nil, err
	}
	if f.pod.Status.Phase == "Running" || len(f.pod.Spec.Containers) == 0 {
		return f, nil
	}
	if o.Timeout == 0 {
		o.Timeout = debug.DefaultTimeout
	}
	first := f.pod.Spec.Containers[0].Name
	pod, err := debug.AwaitRunning(ctx, f.pods, f.pod, first, o.Timeout, o.Progress)
	if err != nil {
		return nil, err
	}
	f.pod = pod
	return f, nil
}

// Dial connects to a port: a number, or a name that a container of the pod declares. A service's
// port is a number or name of the service, and leads to its target port.
//
// Dial fails with a *PortError, or with the errors of subresource.PortForwardEndpoint.Dial.
func (f *Forwarder) Dial(ctx context.Context, port string) (*subresource.ForwardedConn, error) {
	if err := f.refresh(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	name := f.pod.Metadata.Name
	_, number, err := resolvePort(f.pod, f.service, port)
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return subresource.PortForward(f.pods).Dial(ctx, name, number)
}

// Port returns the pod's port that Dial connects to now, and the local port that belongs to it by
// default. It fails with a *PortError.
func (f *Forwarder) Port(port string) (local, remote int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return resolvePort(f.pod, f.service, port)
}

// refresh chooses another pod if the one in use is gone or not ready.
func (f *Forwarder) refresh(ctx context.Context) error {
	if f.kind == f.pods.Kind() {
		return nil
	}
	f.mu.Lock()
	used := f.pod
	f.mu.Unlock()
	current, err := f.pods.Get(ctx, used.Metadata.Name)
	if err != nil && !errors.Is(err, transport.ErrNotFound) {
		return nil // the pod may still work; if not, the connection fails
	}
	if err == nil && current.Metadata.UID == used.Metadata.UID &&
		current.Metadata.DeletionTimestamp == nil && current.Status.Ready() {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pod != used {
		return nil // another connection has chosen a pod meanwhile
	}
	if err := f.choosePod(ctx); err != nil {
		return err
	}
	if f.notice != nil && f.pod.Metadata.UID != used.Metadata.UID {
		f.notice(fmt.Sprintf("pod %s is gone or not ready: new connections go to pod %s",
			used.Metadata.Name, f.pod.Metadata.Name))
	}
	return nil
}

// choosePod sets f.pod, and f.service for a service.
func (f *Forwarder) choosePod(ctx context.Context) error {
	var candidates []*resources.PodOutline
	var err error
	if f.kind.String() == "services" {
		candidates, err = f.podsOfService(ctx)
	} else {
		candidates, err = resources.PodsOf(ctx, f.client, f.kind, f.name)
	}
	if err != nil {
		return err
	}
	pod := candidates[0]
	if pod.Status.Ended() {
		return fmt.Errorf("pod %s has ended (%s): nothing listens in it",
			pod.Metadata.Name, pod.Status.Phase)
	}
	f.pod = pod
	return nil
}

// podsOfService reads the service and returns its pods, or a *resources.NoPodsError.
func (f *Forwarder) podsOfService(ctx context.Context) ([]*resources.PodOutline, error) {
	object, err := resources.ForKind(f.client, f.kind).Get(ctx, f.name)
	if err != nil {
		return nil, err
	}
	f.service = new(service)
	if err := object.Decode(f.service); err != nil {
		return nil, fmt.Errorf("service %s cannot be decoded: %w", f.name, err)
	}
	noPods := &resources.NoPodsError{Kind: f.kind, Name: f.name}
	selector := &resources.LabelSelector{MatchLabels: f.service.Spec.Selector}
	noPods.Selector, _ = selector.Encode() // fails for MatchExpressions only
	if noPods.Selector == "" {
		return nil, noPods // an empty selector would list every pod
	}
	pods, err := resources.SelectPods(ctx, f.client, noPods.Selector)
	if err == nil && len(pods) == 0 {
		err = noPods
	}
	return pods, err
}
