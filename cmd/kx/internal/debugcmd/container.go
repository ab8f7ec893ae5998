package debugcmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
)

// containerFlags describe the debug container: its name, its program and its permissions.
type containerFlags struct {
	name, target string
	profile      profileFlag
	profileGiven bool
	custom       string // a file, or "-"
	runAs        runAs
	runAsGiven   bool
	// securityFrom, mountsFrom and envFrom name containers whose settings the new one copies.
	securityFrom, mountsFrom, envFrom string
	env                               []string
	argumentsOnly                     bool
}

// ProfileChoice returns the flag --profile.
func ProfileChoice() command.Choice {
	var profiles []string
	for _, profile := range debug.Profiles() {
		profiles = append(profiles, string(profile))
	}
	return command.NewChoice(string(debug.General), profiles...)
}

func (c *containerFlags) register(k *command.Invocation, cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&c.name, "container", "c", "", "`NAME` of the new container")
	c.profile.Choice = ProfileChoice()
	f.Var(&c.profile, "profile", "`PROFILE` of permissions")
	command.MustRegister(cmd.RegisterFlagCompletionFunc("profile", c.profile.complete))
	f.StringVar(&c.custom, "custom", "", "`FILE` of container fields, or - for stdin")
	f.Var(&c.runAs, "run-as", "user and group of the program")
	for _, flag := range []struct {
		container   *string
		name, usage string
	}{
		{&c.target, "target", "`CONTAINER` whose processes it sees"},
		{&c.securityFrom, "security-context-from", "`CONTAINER` to copy it from"},
		{&c.mountsFrom, "mounts-from", "`CONTAINER` whose volumes it mounts"},
		{&c.envFrom, "env-from", "`CONTAINER` whose variables it gets"},
	} {
		f.StringVar(flag.container, flag.name, "", flag.usage)
		command.MustRegister(cmd.RegisterFlagCompletionFunc(flag.name, k.CompleteContainers))
	}
	f.StringArrayVar(&c.env, "env", nil, "set `NAME=VALUE` for it; repeatable")
	f.BoolVar(&c.argumentsOnly, "arguments-only", false, "COMMAND is the image's arguments")
}

// complete notes which flags are given.
func (c *containerFlags) complete(cmd *cobra.Command) {
	f := cmd.Flags()
	c.profileGiven, c.runAsGiven = f.Changed("profile"), f.Changed("run-as")
}

// readCustom reads the file of --custom, or of the user's own profile. It returns nil without both.
func (d *debugCommand) readCustom() (*debug.Custom, error) {
	file := d.container.custom
	own := d.container.profile.own
	if own != "" && file != "" {
		return nil, command.Usagef("--custom and a profile of your own exclude each other: %s is "+
			"a file that --custom takes too", own)
	}
	if own != "" {
		file = d.container.profile.file()
	}
	switch {
	case file == "":
		return nil, nil
	case file == "-" && d.session.Stdin:
		return nil, command.Usagef(
			"--custom - and -i exclude each other: stdin can be read only once")
	}
	text, name, err := command.ReadFile(d.session.Invocation, file)
	if err != nil {
		return nil, err
	}
	custom, err := debug.ParseCustom(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return custom, nil
}

// runAs is a flag that takes UID or UID:GID.
type runAs debug.RunAs

func (r *runAs) Set(text string) error {
	user, group, hasGroup := strings.Cut(text, ":")
	uid, err := strconv.ParseUint(user, 10, 31)
	r.User, r.Group = int64(uid), nil
	if hasGroup && err == nil {
		var gid uint64
		gid, err = strconv.ParseUint(group, 10, 31)
		r.Group = new(int64(gid))
	}
	if err != nil {
		return errors.New("must be numbers, such as 1000 or 1000:1000")
	}
	return nil
}

func (*runAs) String() string { return "" }

// Type is the placeholder of the value in the help.
func (*runAs) Type() string { return "UID[:GID]" }
