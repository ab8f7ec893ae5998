package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// maxEventsRead bounds the events of a pod that are read. The server keeps them for an hour.
const maxEventsRead = 1000

// describeCommand is kx describe.
type describeCommand struct {
	*command.Invocation
	selector   string
	pods       command.PodChooser
	showEvents bool
}

// podFacts is what the page of a pod is made of.
type podFacts struct {
	pod       *diagnosis.Pod
	node      *diagnosis.Node // nil if it was not read
	nodeErr   error
	events    []*resources.Event // the newest last
	eventsErr error
}

func newDescribe(k *command.Invocation) *cobra.Command {
	d := &describeCommand{Invocation: k, pods: command.PodChooser{Ended: true}}
	cmd := &cobra.Command{
		Use:   "describe pod NAME | KIND/NAME | pod -l SELECTOR",
		Short: "Print how a pod is, and what to try next",
		RunE:  func(cmd *cobra.Command, args []string) error { return d.run(cmd.Context(), args) },
	}
	command.RegisterLabelSelector(cmd, &d.selector, "`SELECTOR` of labels, such as app=web")
	cmd.Flags().BoolVar(&d.showEvents, "show-events", true, "print the events of the pod")
	d.pods.Register(cmd)
	cmd.ValidArgsFunction = k.CompleteObjects
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Say why a pod does not run", CommandLine: "kx describe pod shell"},
			{Purpose: "Describe one pod of a workload",
				CommandLine: "kx describe deployment/web"},
			{Purpose: "Describe one of the pods with a label, without its events",
				CommandLine: "kx describe pod -l app=web --show-events=false"},
		},
		Tables: []command.Table{{Heading: "TARGETS", Rows: []command.Row{
			{Name: "pod NAME, pod/NAME", Text: "the pod of that name"},
			{Name: "KIND/NAME", Text: "one pod of a workload or service, a ready one first"},
		}}},
		ExitStatus: command.DefaultExitStatus(command.ChooserExitStatus),
		SeeAlso:    []string{"kx logs, kx events, kx debug; docs/debugging.md"},
		Background: `kx prints one page: the pod, its conditions that are not met, its containers
with their last exits and probes, its debug containers, its volumes and its last 20 events. At the
end it says what is wrong, and which commands to type next. It knows the usual states: containers
that end or do not start, images that cannot be pulled, missing ConfigMaps and Secrets, pods that
fit no node, failing probes, evictions, and deletions that do not end.

Of several pods kx takes one, as kx logs does, and names the others that are not ready.

` + command.ChooserText + `

kx describes pods alone. For other kinds use "kx get KIND NAME -o yaml" and "kx events KIND/NAME".

kx needs the verb get for pods. If it may not list events or get the node, it says so and prints the
rest. A selector needs list for pods. A workload or service needs get for that kind as well.`,
	})
	return cmd
}

func (d *describeCommand) run(ctx context.Context, args []string) error {
	err := d.pods.Refuse(d.selector != "")
	if err == nil && d.selector == "" {
		args, err = d.pods.Choose(ctx, d.Invocation, args)
	}
	if err != nil {
		return err
	}
	target, err := d.parse(args)
	if err != nil {
		return err
	}
	client, err := d.Connect()
	if err != nil {
		return err
	}
	outline, err := d.find(ctx, client, target)
	if err != nil {
		return err
	}
	pod, err := diagnosis.Read(outline)
	if err != nil {
		return err
	}
	facts := d.read(ctx, client, pod)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	page := podPage{describeCommand: d, podFacts: facts, now: time.Now()}
	_, err = d.Out.Write(page.bytes())
	return err
}

// parse reads KIND NAME, KIND/NAME, or KIND with --selector.
func (d *describeCommand) parse(args []string) (command.PodTarget, error) {
	var none command.PodTarget
	switch {
	case len(args) == 0 && d.selector == "":
		return none, command.Usagef("no pod is given: give pod NAME, KIND/NAME, or pod -l SELECTOR")
	case len(args) == 0:
		return none, nil
	case len(args) > 2:
		return none, command.Usagef("unexpected argument %q: describe takes one pod", args[2])
	}
	kind, name, qualified := strings.Cut(args[0], "/")
	if len(args) == 2 {
		name = args[1]
	}
	switch {
	case len(args) == 2 && qualified:
		return none, command.Usagef("unexpected argument %q: describe takes one pod", args[1])
	case !command.HasPods(kind):
		return none, notAPod(kind, name)
	case name != "" && d.selector != "":
		return none, command.Usagef("-l and a name exclude each other")
	case d.selector != "" && !command.SameKind(kind, "pods"):
		return none, command.Usagef("-l selects pods: give pod -l SELECTOR")
	case name == "" && d.selector == "":
		return none, command.Usagef("no pod is given: give pod NAME, KIND/NAME, or pod -l SELECTOR")
	case strings.Contains(name, "/"):
		return none, command.Usagef("%q is neither NAME nor KIND/NAME", name)
	}
	return command.PodTarget{Kind: kind, Name: name}, nil
}

// notAPod refuses a kind without pods, with the commands that show its objects. A single word may
// be the name of a pod.
func notAPod(kind, name string) error {
	_, known := resources.Lookup(kind)
	if name == "" && !known {
		return command.Usagef("%q is no kind that describe knows: for the pod of that name use "+
			"kx describe pod %s", kind, kind)
	}
	if name == "" {
		name = "NAME"
	}
	return command.Usagef("describe works on pods, not on %s: use kx get %[1]s %[2]s -o yaml, and "+
		"kx events %[1]s/%[2]s", kind, name)
}

// find returns the pod of target. Of several pods it returns the first, and prints which.
func (d *describeCommand) find(ctx context.Context, client *transport.Client,
	target command.PodTarget) (*resources.PodOutline, error) {
	if d.selector == "" && target.IsPod() {
		return resources.New[resources.PodOutline](client).Get(ctx, target.Name)
	}
	var pods []*resources.PodOutline
	var err error
	of := "-l " + d.selector
	if d.selector != "" {
		pods, err = resources.SelectPods(ctx, client, d.selector)
		if err == nil && len(pods) == 0 {
			err = fmt.Errorf("no pod in namespace %q has labels that match %q", client.Namespace(),
				d.selector)
		}
	} else {
		of = target.String()
		pods, err = target.FindWorkload(ctx, client)
	}
	if err != nil {
		return nil, err
	}
	text := command.DescribeChoice(pods, of)
	var others []string
	for _, pod := range pods[1:] {
		if !pod.Status.Ready() && !pod.Status.Ended() {
			others = append(others, pod.Metadata.Name)
		}
	}
	if len(others) > 0 {
		text += "; not ready: " + strings.Join(others[:min(len(others), 5)], ", ")
	}
	fmt.Fprintln(d.Err, text)
	return pods[0], nil
}

// read reads the events of the pod, and beside them its node.
func (d *describeCommand) read(ctx context.Context, client *transport.Client,
	pod *diagnosis.Pod) *podFacts {
	f := &podFacts{pod: pod}
	var wait sync.WaitGroup
	wait.Go(func() { f.node, f.nodeErr = readNode(ctx, client, pod.Spec.NodeName) })
	f.events, f.eventsErr = readEvents(ctx, client, pod)
	wait.Wait()
	return f
}

// readNode returns the node called name, or nil for no name.
func readNode(ctx context.Context, client *transport.Client, name string) (*diagnosis.Node, error) {
	if name == "" {
		return nil, nil
	}
	nodes := resources.ForKind(client, new(resources.Node).APIKind())
	document, err := resources.Raw(nodes).Get(ctx, name)
	node := new(diagnosis.Node)
	switch {
	case errors.Is(err, transport.ErrNotFound):
		node.Missing = true
		return node, nil
	case err != nil:
		return nil, err
	}
	if err := json.Unmarshal(*document, node); err != nil {
		return nil, fmt.Errorf("node %s cannot be decoded: %w", name, err)
	}
	return node, nil
}

// mirrorAnnotation holds the UID in the events of a static pod
// (https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-config-mirror).
const mirrorAnnotation = "kubernetes.io/config.mirror"

// readEvents returns the events of a pod, the newest last. An earlier pod may have had the same
// name, so the pod's UID selects them.
func readEvents(ctx context.Context, client *transport.Client,
	pod *diagnosis.Pod) (events []*resources.Event, err error) {
	uid := pod.Metadata.UID
	mirror := pod.Metadata.Annotations[mirrorAnnotation]
	if mirror != "" {
		uid = mirror
	}
	api := resources.New[resources.Event](client, resources.InNamespace(pod.Metadata.Namespace))
	for e, err := range api.All(ctx,
		resources.ListOptions{FieldSelector: "involvedObject.uid=" + uid}) {
		if err != nil {
			return nil, err
		}
		if len(events) == maxEventsRead {
			break
		}
		events = append(events, e)
	}
	slices.SortStableFunc(events, func(a, b *resources.Event) int {
		return a.LastSeen().Compare(b.LastSeen())
	})
	return events, nil
}
