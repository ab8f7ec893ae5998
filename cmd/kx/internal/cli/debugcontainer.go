package cli

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// containerSpec are the flags that say what the debug container runs and what it may do.
type containerSpec struct {
	kx            *kx
	cmd           *cobra.Command
	profile       choice
	custom        string
	runAs         runAs
	security      string // the container whose securityContext it gets
	mounts        string // the container whose volumes it mounts
	envFrom       string // the container whose environment it gets
	env           []string
	argumentsOnly bool
}

func (c *containerSpec) register(k *kx, cmd *cobra.Command) {
	c.kx, c.cmd = k, cmd
	f := cmd.Flags()
	var profiles []string
	for _, profile := range debug.Profiles() {
		profiles = append(profiles, string(profile))
	}
	c.profile = oneOf(string(debug.General), profiles...)
	addChoice(cmd, &c.profile, "profile", "", "what the container may do")
	f.StringVar(&c.custom, "custom", "", "the `FILE` with a part of a container, in JSON or YAML, to put on top of the profile, or - for stdin")
	f.Var(&c.runAs, "run-as", "the numbers of the user, and of the group, that the container's program runs as")
	for _, flag := range []struct {
		container   *string
		name, usage string
	}{
		{&c.security, "security-context-from", "the `CONTAINER` of the pod whose securityContext the new one gets; --profile, when it is given too, goes on top"},
		{&c.mounts, "mounts-from", "the `CONTAINER` of the pod whose volumes the new one mounts too"},
		{&c.envFrom, "env-from", "the `CONTAINER` of the pod whose environment the new one gets, before --env"},
	} {
		f.StringVar(flag.container, flag.name, "", flag.usage)
		mustRegister(cmd.RegisterFlagCompletionFunc(flag.name, k.completeContainers))
	}
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
	f := c.cmd.Flags()
	if c.security == "" || f.Changed("profile") {
		o.Profile = debug.Profile(c.profile.value)
	}
	o.SecurityContextFrom, o.MountsFrom, o.EnvFrom = c.security, c.mounts, c.envFrom
	if f.Changed("run-as") {
		o.RunAs = (*debug.RunAs)(&c.runAs)
	}
	if c.custom == "" {
		return nil
	}
	if c.custom == "-" && f.Changed("stdin") {
		return usagef("--custom - and -i exclude each other: stdin can be read once only")
	}
	text, name, err := c.kx.readFile(c.custom)
	if err != nil {
		return err
	}
	if o.Custom, err = debug.ParseCustom(text); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// runAs is a flag that takes UID or UID:GID.
type runAs debug.RunAs

func (r *runAs) Set(text string) error {
	user, group, both := strings.Cut(text, ":")
	uid, err := strconv.ParseUint(user, 10, 31)
	r.User, r.Group = int64(uid), nil
	if both && err == nil {
		var gid uint64
		gid, err = strconv.ParseUint(group, 10, 31)
		r.Group = new(int64(gid))
	}
	if err != nil {
		return errors.New("must be the number of a user, or of a user and a group such as 1000:1000")
	}
	return nil
}

func (*runAs) String() string { return "" }

func (*runAs) Type() string { return "UID[:GID]" }
