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

// Options say how a Forwarder finds a pod. The zero value will do.
type Options struct {
	// Timeout limits the wait until the first pod runs: zero means debug.DefaultTimeout, and a negative one no limit. Progress is as in debug.Options.
	Timeout  time.Duration
	Progress func(debug.Waiting)
	// Notice, when set, is told in a sentence that connections go to another pod from now on.
	Notice func(string)
}

// Forwarder connects to ports of a pod, or of one of the pods of a workload or service. There it looks before each connection whether the pod in use
// is still the same, and ready, and goes over to another one where it is not. Its methods may be called by several goroutines at once.
type Forwarder struct {
	client *transport.Client
	kind   resources.Kind
	name   string
	notice func(string)
	pods   *resources.API[resources.PodOutline]
	slots  chan struct{} // one for each connection of Serve

	mu      sync.Mutex
	pod     *resources.PodOutline // in use
	service *service              // nil unless it is one
}

// New finds a pod of the object called name, ready ones first, and waits until it runs. The user needs the verbs get for pods, and for another kind
// get for that and list for pods. Errors are those of resources.PodsOf, a *debug.StartError when the pod does not come to run, and those of requests.
func New(ctx context.Context, client *transport.Client, kind resources.Kind, name string, o Options) (*Forwarder, error) {
	f := &Forwarder{client: client, kind: kind, name: name, notice: o.Notice, pods: resources.New[resources.PodOutline](client), slots: make(chan struct{}, maxForwarded)}
	err := f.find(ctx)
	if err == nil && f.pod.Status.Phase != "Running" && len(f.pod.Spec.Containers) > 0 {
		if o.Timeout == 0 {
			o.Timeout = debug.DefaultTimeout
		}
		f.pod, err = debug.AwaitRunning(ctx, f.pods, f.pod, f.pod.Spec.Containers[0].Name, o.Timeout, o.Progress)
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// Dial connects to a port, which is named by its number, by the name that a container of the pod gives it, or in the case of a service
// by the number or name that this gives it. The errors are those of subresource.PortForwardEndpoint.Dial, and *PortError.
func (f *Forwarder) Dial(ctx context.Context, port string) (*subresource.ForwardedConn, error) {
	if err := f.follow(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	name := f.pod.Metadata.Name
	_, number, err := portOf(f.pod, f.service, port)
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return subresource.PortForward(f.pods).Dial(ctx, name, number)
}

// Port gives the number of the port that Dial connects to at the moment, and the one that belongs to it on this side where nobody says another.
// The error is a *PortError.
func (f *Forwarder) Port(port string) (local, remote int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return portOf(f.pod, f.service, port)
}

// follow goes over to another pod where the one in use has gone or is not ready any more.
func (f *Forwarder) follow(ctx context.Context) error {
	if f.kind == f.pods.Kind() {
		return nil
	}
	f.mu.Lock()
	used := f.pod
	f.mu.Unlock()
	now, err := f.pods.Get(ctx, used.Metadata.Name)
	if err == nil && now.Metadata.UID == used.Metadata.UID && now.Metadata.DeletionTimestamp == nil && now.Status.Ready() ||
		err != nil && !errors.Is(err, transport.ErrNotFound) { // the connection tells
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.pod != used { // another connection was faster
		return nil
	}
	if err := f.find(ctx); err != nil {
		return err
	}
	if f.notice != nil && f.pod.Metadata.UID != used.Metadata.UID {
		f.notice(fmt.Sprintf("pod %q is gone or not ready: connections go to pod %q from now on", used.Metadata.Name, f.pod.Metadata.Name))
	}
	return nil
}

// find chooses a pod, and reads the service anew if it is one.
func (f *Forwarder) find(ctx context.Context) error {
	var found []*resources.PodOutline
	var err error
	if f.kind.String() == "services" {
		found, err = f.findOfService(ctx)
	} else {
		found, err = resources.PodsOf(ctx, f.client, f.kind, f.name)
	}
	if err != nil {
		return err
	}
	pod := found[0]
	if pod.Status.Ended() {
		return fmt.Errorf("pod %q is completed (%s), and nothing listens in it any more", pod.Metadata.Name, pod.Status.Phase)
	}
	f.pod = found[0]
	return nil
}

func (f *Forwarder) findOfService(ctx context.Context) ([]*resources.PodOutline, error) {
	object, err := resources.ForKind(f.client, f.kind).Get(ctx, f.name)
	if err != nil {
		return nil, err
	}
	f.service = new(service)
	if err := object.Decode(f.service); err != nil {
		return nil, fmt.Errorf("service %q cannot be read: %w", f.name, err)
	}
	none := &resources.NoPodsError{Kind: f.kind, Name: f.name}
	none.Selector, _ = (&resources.LabelSelector{MatchLabels: f.service.Spec.Selector}).Encode() // labels alone are no mistake
	if none.Selector == "" {                                                                     // which would select all
		return nil, none
	}
	found, err := resources.SelectPods(ctx, f.client, none.Selector)
	if err == nil && len(found) == 0 {
		err = none
	}
	return found, err
}
