package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type canICommand struct {
	*command.Invocation
	subresource   string
	allNamespaces bool
	list          bool
	noHeaders     bool
}

func newAuthCanI(k *command.Invocation) *cobra.Command {
	c := &canICommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "can-i VERB (KIND [NAME] | KIND/NAME | /URL) | --list",
		Short: "Ask whether you may do something",
		RunE:  func(cmd *cobra.Command, args []string) error { return c.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&c.subresource, "subresource", "", "`NAME` of a subresource, such as exec")
	f.BoolVarP(&c.allNamespaces, "all-namespaces", "A", false, "ask for all namespaces")
	command.RegisterQuiet(k, cmd, "print nothing; the exit status is the answer")
	f.BoolVar(&c.list, "list", false, "list your permissions in the namespace")
	f.BoolVar(&c.noHeaders, "no-headers", false, "print no headings of the list")
	command.CompleteWith(cmd, "subresource", podSubresources)
	cmd.ValidArgsFunction = c.completeArgs
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Ask for a permission", CommandLine: "kx auth can-i get pods"},
			{Purpose: "Ask for the permission that kx debug needs",
				CommandLine: "kx auth can-i patch pods --subresource ephemeralcontainers"},
			{Purpose: "Test for a permission in a script",
				CommandLine: "kx auth can-i delete pod/shell -q && echo yes"},
			{Purpose: "Ask for all namespaces",
				CommandLine: "kx auth can-i list deployments.apps -A"},
			{Purpose: "Ask for a URL that belongs to no resource",
				CommandLine: "kx auth can-i get /metrics"},
			{Purpose: "List your permissions", CommandLine: "kx auth can-i --list"},
		},
		Tables: []command.Table{{Heading: "TARGETS", Rows: []command.Row{
			{Name: "KIND, KIND/NAME", Text: "as in kx get, or * for every kind"},
			{Name: "/URL", Text: "a URL that belongs to no resource, such as /metrics"},
		}}},
		ExitStatus: command.DefaultExitStatus(command.Row{Name: "1", Text: "the answer is no"}),
		SeeAlso:    []string{"kx auth check; docs/kx.md"},
		Background: `kx asks the server whether the user may do something, and prints yes or no. It
changes nothing. VERB is a verb of the API: get, list, watch, create, update, patch, delete and
others. A subresource is given by its flag: a word after a slash is the name of an object. With
--list kx prints the permissions in the namespace, as far as the server can list them.`,
	})
	return cmd
}

// podSubresources are offered for completion. None of them is likely to be the name of a pod.
var podSubresources = []string{"attach", "ephemeralcontainers", "exec", "log", "portforward",
	"status"}

// The known verbs. kx asks for another verb with a warning.
var (
	resourceVerbs = []string{"get", "list", "watch", "create", "update", "patch", "delete",
		"deletecollection",
		"use", "bind", "impersonate", "approve", "sign", "escalate", "attest", "*"}
	urlVerbs = []string{"get", "put", "post", "head", "options", "delete", "patch", "*"}
)

func (c *canICommand) run(ctx context.Context, args []string) error {
	if c.list {
		return c.listRules(ctx, args)
	}
	if err := c.check(args); err != nil {
		return err
	}
	client, err := c.Connect()
	if err != nil {
		return err
	}
	question, err := c.attributes(ctx, client, args)
	if err != nil {
		return err
	}
	decision, err := auth.CanI(ctx, client, *question)
	if err != nil {
		return err
	}
	return c.answer(decision)
}

func (c *canICommand) check(args []string) error {
	url := len(args) > 1 && strings.HasPrefix(args[1], "/")
	switch {
	case c.noHeaders:
		return command.Usagef("--no-headers needs --list")
	case len(args) < 2:
		return command.Usagef(
			"give a verb and a kind, such as get pods, or a verb and a URL, such as get /metrics")
	case len(args) > 3 || url && len(args) > 2:
		return command.Usagef("unexpected argument %q", args[len(args)-1])
	case args[0] == "" || args[1] == "":
		return command.Usagef("an empty argument names nothing: give a verb and a kind")
	case url && c.subresource != "":
		return command.Usagef("a URL has no subresource: leave out --subresource")
	}
	return nil
}

// attributes turns the arguments into the question to the server.
func (c *canICommand) attributes(ctx context.Context, client *transport.Client,
	args []string) (*auth.Attributes, error) {
	a := &auth.Attributes{Verb: args[0], Subresource: c.subresource}
	known := resourceVerbs
	if strings.HasPrefix(args[1], "/") {
		a.Path, known = args[1], urlVerbs
	}
	if !slices.Contains(known, a.Verb) {
		c.Warn(fmt.Sprintf("%q is not a known verb: the known ones are %s", a.Verb,
			printer.JoinWords(known[:len(known)-1], "and")))
	}
	if a.Path != "" {
		return a, nil
	}
	kind, name := args[1], ""
	if strings.Contains(kind, "/") {
		var err error
		if kind, name, err = command.SplitName(kind); err != nil {
			return nil, err
		}
		if slices.Contains(podSubresources, name) {
			c.Warn(fmt.Sprintf(
				"%q is read as the name of an object: for the subresource give --subresource %s",
				name, name))
		}
	}
	if len(args) > 2 {
		if name != "" {
			return nil, command.Usagef("two names are given: %q and %q", name, args[2])
		}
		name = args[2]
	}
	found, err := c.kindOf(ctx, client, kind)
	if err != nil {
		return nil, err
	}
	a.Group, a.Version, a.Resource, a.Name = found.Group, found.Version, found.Resource, name
	switch {
	case found.Namespaced && !c.allNamespaces:
		a.Namespace = client.Namespace()
	case found.Resource == "namespaces" && found.Group == "":
		a.Namespace = name // the server takes it from the namespace's URL
	}
	return a, nil
}

// kindOf finds a kind. It returns a kind that the server does not serve as it is written.
func (c *canICommand) kindOf(ctx context.Context, client *transport.Client,
	word string) (resources.Kind, error) {
	resource, group, _ := strings.Cut(word, ".")
	asWritten := resources.Kind{Resource: resource, Group: group, Namespaced: true}
	if resource == "*" {
		return asWritten, nil
	}
	found, err := resources.Discover(ctx, client, word)
	switch {
	case err == nil:
		return found, nil
	case group == "" && (resource == "users" || resource == "groups"):
		// Users and groups can be impersonated, but discovery lists no such kinds.
		asWritten.Namespaced = false
		return asWritten, nil
	case errors.As(err, new(*resources.UnknownKindError)), errors.Is(err, transport.ErrForbidden):
		c.Warn(fmt.Sprintf("%v; asking for it as written", err))
		return asWritten, nil
	}
	return asWritten, err
}

// answer prints yes or no, and after no the server's reason.
func (c *canICommand) answer(d *auth.Decision) error {
	text := "yes"
	if !d.Allowed {
		text = "no"
		for _, why := range []string{d.Reason, d.EvaluationError} {
			if why != "" {
				text += " - " + printer.OneLine(why)
			}
		}
	}
	if err := command.PrintDone(c.Invocation, "%s", text); err != nil {
		return err
	}
	if !d.Allowed {
		return command.ErrReported
	}
	return nil
}

// completeArgs offers verbs, then kinds and names.
func (c *canICommand) completeArgs(cmd *cobra.Command, args []string, word string) ([]string,
	cobra.ShellCompDirective) {
	if len(args) == 0 {
		return command.Offer(resourceVerbs[:len(resourceVerbs)-1], nil, word)
	}
	return c.CompleteObjects(cmd, args[1:], word)
}
