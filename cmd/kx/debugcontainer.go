package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// containerSpec are the flags that say what the debug container runs and what it may do.
type containerSpec struct {
	profile       choice
	env           []string
	argumentsOnly bool
}

func (c *containerSpec) register(_ *kx, cmd *cobra.Command) {
	f := cmd.Flags()
	var profiles []string
	for _, profile := range debug.Profiles() {
		profiles = append(profiles, string(profile))
	}
	c.profile = oneOf(string(debug.General), profiles...)
	addChoice(cmd, &c.profile, "profile", "", "what the container may do")
	f.StringArrayVar(&c.env, "env", nil, "set `NAME=VALUE` in the container's environment; may come several times")
	f.BoolVar(&c.argumentsOnly, "arguments-only", false, "what follows -- are arguments of the image's own command")
}

// complete turns the flags, and the command after --, into o.
func (c *containerSpec) complete(o *debug.Options, command []string) error {
	if c.argumentsOnly && len(command) == 0 {
		return usagef("--arguments-only needs arguments after --")
	}
	for _, variable := range c.env {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			return usagef("--env takes NAME=VALUE") // what was given may be a secret
		}
		o.Env = append(o.Env, resources.EnvVar{Name: name, Value: value})
	}
	o.Command = command
	if c.argumentsOnly {
		o.Command, o.Args = nil, command
	}
	o.Profile = debug.Profile(c.profile.value)
	return nil
}
