package debugcmd

import (
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/resources"
)

// runFlags are the flags of the wait for the container.
type runFlags struct {
	timeout       command.DurationFlag
	reuse, attach bool
	noWait        bool // --attach=false
}

func (r *runFlags) register(cmd *cobra.Command) {
	r.timeout = command.DurationFlag(debug.DefaultTimeout)
	f := cmd.Flags()
	f.Var(&r.timeout, "timeout", "limit of the wait for it; 0: none")
	f.BoolVar(&r.reuse, "reuse", false, "take a running container with these flags")
	f.BoolVar(&r.attach, "attach", false, "attach to it, as -i does; =false: do not wait")
}

// complete sets the default of --attach: -i.
func (r *runFlags) complete(cmd *cobra.Command, s *command.Session) {
	given := cmd.Flags().Changed("attach")
	r.noWait = given && !r.attach
	if !given {
		r.attach = s.Stdin
	}
}

// flagValues are the flags that become debug.Options.
type flagValues struct {
	container            containerFlags
	run                  runFlags
	pullPolicy           string
	dryRun, fieldManager string
	openStdin, tty       bool
}

// inputs are what buildOptions needs besides the flags.
type inputs struct {
	command []string // after --
	image   string
	trusted []string // patterns of images
	custom  *debug.Custom
	stdin   io.Reader
}

// buildOptions turns the flags into options. It has no side effects.
func buildOptions(f flagValues, in inputs) (debug.Options, error) {
	c := &f.container
	o := debug.Options{
		Name:                c.name,
		Target:              c.target,
		Image:               in.image,
		ImagePullPolicy:     f.pullPolicy,
		TrustedImages:       in.trusted,
		Custom:              in.custom,
		SecurityContextFrom: c.securityFrom,
		MountsFrom:          c.mountsFrom,
		EnvFrom:             c.envFrom,
		Command:             in.command,
		Timeout:             time.Duration(f.run.timeout),
		Reuse:               f.run.reuse,
		OpenStdin:           f.openStdin,
		WillAttach:          f.run.attach,
		NoWait:              f.run.noWait,
		TTY:                 f.tty,
		DryRun:              f.dryRun == command.DryRunServer,
		FieldManager:        f.fieldManager,
	}
	if f.run.timeout == 0 {
		o.Timeout = -1 // no limit
	}
	if f.run.attach && f.openStdin {
		o.Stdin = in.stdin
	}
	if c.securityFrom == "" || c.profileGiven && c.profile.own == "" {
		o.Profile = debug.Profile(c.profile.Value)
	}
	if c.runAsGiven {
		o.RunAs = (*debug.RunAs)(&c.runAs)
	}
	if c.argumentsOnly {
		if len(in.command) == 0 {
			return o, command.Usagef("--arguments-only needs arguments after --")
		}
		o.Command, o.Args = nil, in.command
	}
	for _, variable := range c.env {
		name, value, ok := strings.Cut(variable, "=")
		if !ok || name == "" {
			return o, command.Usagef("--env takes NAME=VALUE") // the message leaves out a secret
		}
		o.Env = append(o.Env, resources.EnvVar{Name: name, Value: value})
	}
	return o, nil
}
