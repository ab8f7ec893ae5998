package cli

import (
	"context"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

// complete offers a pod, and then its containers.
func (l *logsCommand) complete(cmd *cobra.Command, args []string, word string) ([]string,
	cobra.ShellCompDirective) {
	if len(args) == 1 {
		return l.CompleteContainers(cmd, args, word)
	}
	return l.CompleteTarget(command.WorkloadKinds...)(cmd, args, word)
}

// complete offers pods with a colon until one argument is in a pod, and leaves files to the shell.
func (c *cpCommand) complete(cmd *cobra.Command, args []string, word string) ([]string,
	cobra.ShellCompDirective) {
	isPath := word != "" && strings.ContainsRune("/.~", rune(word[0]))
	switch {
	case len(args) > 1 || !isPath && strings.Contains(word, ":"):
		return nil, cobra.ShellCompDirectiveNoFileComp
	case isPath || len(args) == 1 && parsePlace(args[0]).remote:
		return nil, cobra.ShellCompDirectiveDefault
	}
	offered, _ := c.CompleteTarget(command.WorkloadKinds...)(cmd, nil, word)
	for i, name := range offered {
		if !strings.HasSuffix(name, "/") {
			offered[i] = name + ":"
		}
	}
	return offered, cobra.ShellCompDirectiveNoSpace
}

// complete offers a pod, and then the ports that the object declares.
func (p *portForwardCommand) complete(cmd *cobra.Command, args []string, word string) ([]string,
	cobra.ShellCompDirective) {
	if len(args) == 0 {
		return p.CompleteTarget(command.WorkloadKinds...)(cmd, args, word)
	}
	local := word[:strings.LastIndexByte(word, ':')+1]
	words := command.Ask(cmd.Context(), p.Invocation, func(ctx context.Context,
		client *transport.Client) ([]string, error) {
		target, err := command.ParsePodTarget("", args[:1])
		if err != nil {
			return nil, err
		}
		kind := (*resources.Pod)(nil).APIKind()
		if !target.IsPod() {
			kind, _ = resources.Lookup(target.Kind)
		}
		object, err := resources.ForKind(client, kind).Get(ctx, target.Name)
		if err != nil {
			return nil, err
		}
		var ports declared
		err = object.Decode(&ports)
		words := ports.words()
		for i := range words {
			words[i] = local + words[i]
		}
		return words, err
	})
	return command.Offer(words, args, word)
}

// declared is the part of a service, pod or workload that declares ports.
type declared struct {
	Spec struct {
		Ports      []declaredPort `json:"ports"` // of a service
		Containers []struct {
			Ports []declaredPort `json:"ports"`
		} `json:"containers"`
		Template *declared `json:"template"`
	} `json:"spec"`
}

type declaredPort struct {
	Name          string `json:"name"`
	Port          int    `json:"port"`
	ContainerPort int    `json:"containerPort"`
}

// words returns the ports, each with its name as a description.
func (d *declared) words() (words []string) {
	all := d.Spec.Ports
	for _, container := range d.Spec.Containers {
		all = append(all, container.Ports...)
	}
	for _, p := range all {
		words = append(words, strconv.Itoa(p.Port+p.ContainerPort)+"\t"+p.Name)
	}
	if d.Spec.Template != nil {
		words = append(words, d.Spec.Template.words()...)
	}
	return words
}
