package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// podFlags say which pods are meant: those that are named, or that a selector selects, and one of them or all.
type podFlags struct {
	selector string
	all      bool
	named    []namedPods
}

// namedPods is an argument: a pod, a workload whose pods are meant, or a selector.
type namedPods struct{ kind, name, selector string }

func (n *namedPods) String() string {
	if n.selector != "" {
		return "-l " + n.selector
	}
	return n.kind + "/" + n.name
}

func (p *podFlags) register(k *kx, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&p.selector, "selector", "l", "", "the pods whose labels match the `SELECTOR`, such as app=web,tier!=front")
	f.BoolVar(&p.all, "all", false, "every pod that is named or selected, ten at a time, and not only the first")
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
		kind, _, qualified := strings.Cut(word, "/")
		if qualified {
			return k.objectNames(cmd.Context(), kind, kind+"/"), cobra.ShellCompDirectiveNoFileComp
		}
		if p.all {
			args = nil
		}
		return k.completePods(cmd, args, word)
	}
}

// parse reads the arguments of kx debug.
func (p *podFlags) parse(args []string) error {
	switch {
	case len(args) == 0 && p.selector == "":
		return usagef("no pod is given: name one as POD or KIND/NAME, or select some with -l")
	case len(args) > 0 && p.selector != "":
		return usagef("-l and a name exclude each other: leave out one of them")
	case len(args) > 1 && !p.all:
		if _, isKind := resources.Lookup(args[0]); isKind {
			return usagef("unexpected argument %q: write %s/%s for an object of that kind", args[1], args[0], args[1])
		}
		return usagef("unexpected argument %q: name one pod, or add --all for each that is named; the command comes after --", args[1])
	}
	for _, arg := range args {
		kind, name, err := splitName(arg)
		if err != nil {
			return err
		}
		p.named = append(p.named, namedPods{kind: kind, name: name})
	}
	if p.selector != "" {
		p.named = append(p.named, namedPods{selector: p.selector})
	}
	return nil
}

// errNobody says that there are no such pods.
var errNobody = errors.New("there are no such pods")

// one gives the name of the pod that is meant: of several the one that is best to work in, which it says.
func (p *podFlags) one(ctx context.Context, s *session, client *transport.Client) (string, error) {
	n := &p.named[0]
	pods, err := n.find(ctx, client)
	if err != nil {
		return "", err
	}
	first := pods[0]
	if first.Metadata.UID != "" {
		text := fmt.Sprintf("Defaulted pod/%s of %s (%s)", first.Metadata.Name, n, counted(len(pods)))
		if !first.Status.Ready() {
			text += ": none is ready"
		}
		s.note("%s", text)
	}
	return first.Metadata.Name, nil
}

// every gives the names of all pods that are meant, each once, in their order. Pods of a workload or a selector that have ended are left out,
// since nothing can be started in them.
func (p *podFlags) every(ctx context.Context, s *session, client *transport.Client) (names []string, err error) {
	for i := range p.named {
		pods, err := p.named[i].find(ctx, client)
		if err != nil {
			return nil, err
		}
		for _, pod := range pods {
			if pod.Status.Ended() {
				s.note("pod/%s: left out: it has ended (%s)", pod.Metadata.Name, pod.Status.Phase)
				continue
			}
			if !slices.Contains(names, pod.Metadata.Name) {
				names = append(names, pod.Metadata.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: those that there were have ended", errNobody)
	}
	slices.Sort(names)
	return names, nil
}

// find gives the pods; a pod that is named itself is not read, and has no more than its name. A kind that has no pods is a mistake in the command line.
func (n *namedPods) find(ctx context.Context, client *transport.Client) ([]*resources.PodOutline, error) {
	if n.selector != "" {
		pods, err := resources.SelectPods(ctx, client, n.selector)
		if err == nil && len(pods) == 0 {
			err = fmt.Errorf("%w: none in namespace %q has labels that match %q", errNobody, client.Namespace(), n.selector)
		}
		return pods, err
	}
	if n.kind == "" || sameKind(n.kind, "pods") {
		pod := new(resources.PodOutline)
		pod.Metadata.Name = n.name
		return []*resources.PodOutline{pod}, nil
	}
	kind, err := resources.Discover(ctx, client, n.kind)
	if err != nil {
		return nil, err
	}
	pods, err := resources.PodsOf(ctx, client, kind, n.name)
	if errors.As(err, new(*resources.KindWithoutPodsError)) {
		err = &usageError{err}
	}
	return pods, err
}

// counted gives a number of pods in words.
func counted(pods int) string {
	if pods == 1 {
		return "1 pod"
	}
	return fmt.Sprintf("%d pods", pods)
}
