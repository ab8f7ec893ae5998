package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kx-k8s/kx/auth"
)

// listRules prints what one may do in the namespace.
func (c *canICommand) listRules(ctx context.Context, args []string) error {
	if len(args) > 0 || c.quiet || c.allNamespaces || c.subresource != "" {
		return usagef("--list goes with neither arguments, -q, -A nor --subresource: it lists all that you may do in one namespace")
	}
	client, err := c.connect()
	if err != nil {
		return err
	}
	found, err := auth.Rules(ctx, client, client.Namespace())
	if err != nil {
		return err
	}
	if found.Incomplete {
		c.warn(strings.TrimSuffix("the list may be incomplete: "+found.EvaluationError, ": "))
	}
	var rows [][]string
	if !c.noHeaders {
		rows = append(rows, []string{"Resources", "Non-Resource URLs", "Resource Names", "Verbs"})
	}
	return writeTable(c.out, append(rows, ruleRows(found.Rules)...))
}

// ruleRows gives a row for each resource and URL, as kubectl has them: verbs on one thing put together, and the rows in the order of their verbs.
func ruleRows(rules []auth.PolicyRule) (rows [][]string) {
	type thing struct{ group, resource, name, url string }
	verbs := map[thing][]string{}
	add := func(t thing, more []string) {
		for _, verb := range more {
			if !slices.Contains(verbs[t], verb) {
				verbs[t] = append(verbs[t], verb)
			}
		}
	}
	for _, rule := range rules {
		for _, url := range rule.NonResourceURLs {
			add(thing{url: url}, rule.Verbs)
		}
		names := rule.ResourceNames
		if len(names) == 0 {
			names = []string{""}
		}
		for _, group := range rule.APIGroups {
			for _, resource := range rule.Resources {
				for _, name := range names {
					add(thing{group: group, resource: resource, name: name}, rule.Verbs)
				}
			}
		}
	}
	ordered := map[string]thing{}
	for t, of := range verbs {
		ordered[fmt.Sprintf("%v [%s] [%s] [%s] [%s]", of, t.group, t.resource, t.name, t.url)] = t
	}
	for _, key := range slices.Sorted(maps.Keys(ordered)) {
		t := ordered[key]
		rows = append(rows, []string{inGroup(t.resource, t.group), "[" + t.url + "]", "[" + t.name + "]", bracketed(verbs[t])})
	}
	return rows
}

// inGroup names a resource with its group: "deployments.apps/scale".
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
