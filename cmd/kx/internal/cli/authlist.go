package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/auth"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
)

// listRules prints the permissions in the namespace.
func (c *canICommand) listRules(ctx context.Context, args []string) error {
	if len(args) > 0 || c.Quiet || c.allNamespaces || c.subresource != "" {
		return command.Usagef(
			"--list excludes arguments, -q, -A and --subresource: it lists the permissions in " +
				"one namespace")
	}
	client, err := c.Connect()
	if err != nil {
		return err
	}
	found, err := auth.Rules(ctx, client, client.Namespace())
	if err != nil {
		return err
	}
	if found.Incomplete {
		c.Warn(strings.TrimSuffix("the list may be incomplete: "+found.EvaluationError, ": "))
	}
	var rows [][]string
	if !c.noHeaders {
		rows = append(rows, []string{"Resources", "Non-Resource URLs", "Resource Names", "Verbs"})
	}
	return printer.WriteTable(c.Out, append(rows, ruleRows(found.Rules)...))
}

// ruleRows returns a row for each resource and URL, as kubectl does: with all verbs of it, and
// sorted by the verbs.
func ruleRows(rules []auth.PolicyRule) (rows [][]string) {
	const end = "] [" // separates the fields, as kubectl sorts them
	verbs := map[string][]string{}
	add := func(more []string, group, resource, name, url string) {
		thing := strings.Join([]string{group, resource, name, url + "]"}, end)
		known := verbs[thing]
		for _, verb := range more {
			if !slices.Contains(known, verb) {
				known = append(known, verb)
			}
		}
		verbs[thing] = known
	}
	for _, rule := range rules {
		for _, url := range rule.NonResourceURLs {
			add(rule.Verbs, "", "", "", url)
		}
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, name := range names {
					add(rule.Verbs, group, resource, name, "")
				}
			}
		}
	}
	var ordered []string
	for thing, of := range verbs {
		ordered = append(ordered, "["+strings.Join(of, " ")+end+thing)
	}
	slices.Sort(ordered)
	for _, line := range ordered {
		f := strings.Split(line, end)
		rows = append(rows, []string{inGroup(f[2], f[1]), "[" + f[4], "[" + f[3] + "]", f[0] + "]"})
	}
	return rows
}

// inGroup returns a resource with its group: "deployments.apps/scale".
func inGroup(resource, group string) string {
	if group == "" {
		return resource
	}
	resource, subresource, ok := strings.Cut(resource, "/")
	resource += "." + group
	if ok {
		resource += "/" + subresource
	}
	return resource
}
