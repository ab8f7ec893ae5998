package debugcmd

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podFlags select the pods to debug.
type podFlags struct {
	selector string
	files    command.FileFlags
	all      bool
	chooser  command.PodChooser
	targets  []podTarget // parse sets it
}

// podTarget is a pod, a workload, or a label selector.
type podTarget struct {
	command.PodTarget
	selector string
}

func (t *podTarget) String() string {
	if t.selector != "" {
		return "-l " + t.selector
	}
	return t.PodTarget.String()
}

func (p *podFlags) register(k *command.Invocation, cmd *cobra.Command) {
	f := cmd.Flags()
	command.RegisterLabelSelector(cmd, &p.selector, "`SELECTOR` of labels, such as app=web")
	f.StringArrayVarP(&p.files.Names, "filename", "f", nil,
		"`FILE` that names them, or - for stdin; repeatable")
	f.BoolVar(&p.all, "all", false, "debug every selected pod, ten at a time")
	p.chooser.Register(cmd)
	complete := k.CompleteTarget(append(command.WorkloadKinds, "node")...)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string,
		cobra.ShellCompDirective) {
		if p.all {
			args = nil
		}
		return complete(cmd, args, word)
	}
}

// choosePod returns args, or in place of none the pod that the user chooses. A copy may be one of a
// pod that has ended.
func (d *debugCommand) choosePod(ctx context.Context, args []string) ([]string, error) {
	p := &d.pods
	if p.selector != "" || p.all || len(p.files.Names) > 0 {
		return args, p.chooser.Refuse(true)
	}
	p.chooser.Ended = d.mode.copy.To != ""
	return p.chooser.Choose(ctx, d.session.Invocation, args)
}

// parse reads the arguments of kx debug, and the files of -f.
func (p *podFlags) parse(k *command.Invocation, args []string) error {
	switch {
	case len(p.files.Names) > 0 && (len(args) > 0 || p.selector != ""):
		return command.Usagef("-f excludes a name and -l")
	case len(p.files.Names) > 0:
		return p.parseFiles(k)
	case len(args) == 0 && p.selector == "":
		return command.Usagef("no pod is given: give POD, KIND/NAME, or -l SELECTOR")
	case len(args) > 0 && p.selector != "":
		return command.Usagef("-l and a name exclude each other")
	case len(args) > 1 && !p.all:
		if _, isKind := resources.Lookup(args[0]); isKind {
			return command.Usagef("unexpected argument %q: write %s/%s", args[1], args[0], args[1])
		}
		return command.Usagef(
			"unexpected argument %q: give one pod, or --all; the command comes after --", args[1])
	}
	for _, arg := range args {
		kind, name, err := command.SplitName(arg)
		if err != nil {
			return err
		}
		target := command.PodTarget{Kind: kind, Name: name}
		p.targets = append(p.targets, podTarget{PodTarget: target})
	}
	if p.selector != "" {
		p.targets = append(p.targets, podTarget{selector: p.selector})
	}
	return nil
}

// parseFiles reads the files of -f.
func (p *podFlags) parseFiles(k *command.Invocation) error {
	targets, err := command.PodTargets(k, &p.files)
	if err != nil {
		return err
	}
	if len(targets) > 1 && !p.all {
		return command.Usagef("the files name %s and %s: give one, or --all",
			targets[0], targets[1])
	}
	for _, target := range targets {
		p.targets = append(p.targets, podTarget{PodTarget: target})
	}
	return nil
}

// errNoPods is the error of a selection without pods.
var errNoPods = errors.New("no pods to debug")

// resolvePod returns the name of the pod to debug. Of several pods it selects the best one, and
// prints which.
func (p *podFlags) resolvePod(ctx context.Context, s *command.Session,
	client *transport.Client) (string, error) {
	t := &p.targets[0]
	pods, err := t.find(ctx, client)
	if err != nil {
		return "", err
	}
	if pods[0].Metadata.UID != "" {
		command.Notice(s.Invocation, "%s", command.DescribeChoice(pods, t.String()))
	}
	return pods[0].Metadata.Name, nil
}

// resolvePods returns the sorted names of all pods to debug. It leaves out the ended pods of a
// workload or selector, in which no container starts.
func (p *podFlags) resolvePods(ctx context.Context, s *command.Session,
	client *transport.Client) (names []string, err error) {
	for i := range p.targets {
		pods, err := p.targets[i].find(ctx, client)
		if err != nil {
			return nil, err
		}
		for _, pod := range pods {
			if pod.Status.Ended() {
				command.Notice(s.Invocation, "pod/%s: skipped: the pod has ended (%s)",
					pod.Metadata.Name,
					pod.Status.Phase)
				continue
			}
			if !slices.Contains(names, pod.Metadata.Name) {
				names = append(names, pod.Metadata.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: all of them have ended", errNoPods)
	}
	slices.Sort(names)
	return names, nil
}

// find returns the pods of t. It does not read a pod that is given by its name: that one has no
// more than its name. A kind without pods is a UsageError.
func (t *podTarget) find(ctx context.Context, client *transport.Client) ([]*resources.PodOutline,
	error) {
	if t.selector != "" {
		pods, err := resources.SelectPods(ctx, client, t.selector)
		if err == nil && len(pods) == 0 {
			err = fmt.Errorf("%w: none in namespace %q has labels that match %q", errNoPods,
				client.Namespace(), t.selector)
		}
		return pods, err
	}
	if t.IsPod() {
		pod := new(resources.PodOutline)
		pod.Metadata.Name = t.Name
		return []*resources.PodOutline{pod}, nil
	}
	return t.FindWorkload(ctx, client)
}
