package debug

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kx-k8s/kx/debug/internal/target"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// DefaultTimeout is how long Run waits for the container unless told otherwise.
const DefaultTimeout = 60 * time.Second

// Options says which container to add and how long to wait for it. Image must be set.
type Options struct {
	// Name is the container's; without it a new one is made up: "debugger-" and five characters.
	// Run with the same Name and the same container again adopts the one that is there.
	Name string
	// Image is what the container runs, or AutoImage, and ImagePullPolicy one of Always, IfNotPresent and Never; without it the server chooses
	// by the image's tag.
	Image, ImagePullPolicy string
	// Profile says what the container may do; empty means General, or none at all with SecurityContextFrom. Where it must not run as root, and nothing says
	// as whom else, it runs as the user and group of its target; to find them, id may be run in that.
	Profile Profile
	// SecurityContextFrom is a container of the pod whose securityContext the new one gets. Where a Profile is given too, what that sets goes on top.
	SecurityContextFrom string
	// Custom goes on top of those. ParseCustom reads one.
	Custom *Custom
	// RunAs goes on top of all.
	RunAs *RunAs
	// MountsFrom is a container of the pod whose volumes the new one mounts at the same places, but for those that mount a part of a volume (subPath),
	// which ephemeral containers may not; EnvFrom is one whose environment it gets, in its order, before Env.
	MountsFrom, EnvFrom string
	// Target is the container whose processes the new one shall see.
	Target string
	// Command replaces the image's entry point, and Args its arguments.
	Command, Args []string
	// Env is set in the container, in this order. What EnvFrom brings of the same name is replaced.
	Env []resources.EnvVar
	// Stdin is sent to the container's program to its end, Stdout and Stderr get what it writes. With any of them Run attaches, and waits for the program's end.
	// With TTY, Stderr must be nil: a terminal has one output.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// TTY gives the program a terminal, and OpenStdin an open stdin, for those who attach later; Stdin alone opens it as well.
	TTY, OpenStdin bool
	// Reuse takes a container of the pod that runs already and is what these Options ask for, Name aside, in place of adding one: the last of them in the pod's list.
	// With Stdin it needs a TTY, since other containers are given an input once only.
	Reuse bool
	// Record, when set, keeps what comes and goes while Run is attached, or else the log, and the exit code.
	Record *subresource.Recorder
	// Notice, when set, is told what the caller should know and is no error, a sentence each: which profile was chosen and why, what was left out.
	Notice func(string)
	// Added, when set, is called once the container is in the pod, before it is waited for.
	Added func(*Result)
	// TerminalSize, when set and TTY is, gives the size of the caller's terminal in characters, 0 and 0 when that is not known. Run asks for it at each attempt
	// to attach and tells the container's terminal one that is larger by one and then this, so that a program which runs already draws itself anew.
	TerminalSize func() (width, height int)
	// Attached, when set, is called once Run has attached: to resize the terminal, to end stdin, or to leave the container by closing the session.
	// Should it turn out that the program was not there yet, it is called with nil, and again with the next session.
	Attached func(*subresource.Session)
	// Timeout limits the wait until the container runs or has ended: zero means DefaultTimeout, and a negative one no limit.
	Timeout time.Duration
	// PullGrace is how long the node may fail to pull the image before Run gives up: zero means DefaultPullGrace.
	PullGrace time.Duration
	// DryRun has the server check the request and store nothing; there is nothing to wait for then.
	DryRun bool
	// FieldManager names who adds the container; it is "kx" by default.
	FieldManager string
	// Progress, when set, is told each change of what the container waits for, such as "ContainerCreating", and, from its events, "Pulling" and "Created".
	// It is called by one goroutine at a time, which need not be that of Run.
	Progress func(Waiting)

	skipTargetCheck bool // reports nothing about the target
}

// RunAs is the user that a container's program runs as, by numbers from 0 to 2147483647.
type RunAs struct {
	User int64
	// Group is nil for the one that the pod, or else the image, says.
	Group *int64
}

func (r *RunAs) check() error {
	for _, id := range []*int64{&r.User, r.Group} {
		if id != nil && (*id < 0 || *id > target.MaxID) {
			return fmt.Errorf("debug: RunAs has %d, which is no number of a user or group: they go from 0 to %d", *id, target.MaxID)
		}
	}
	return nil
}

// Waiting is why a container does not run yet, in the words of the pod's status.
type Waiting struct {
	Reason, Message string
}

func (o *Options) check() error {
	switch {
	case o.Image == "":
		return errors.New("debug: no image is given: set Image")
	case o.TTY && o.Stderr != nil:
		return errors.New("debug: a terminal has one output: leave Stderr out, its text comes with Stdout")
	}
	switch o.ImagePullPolicy {
	case "", "Always", "IfNotPresent", "Never":
	default:
		return errors.New("debug: image pull policy " + o.ImagePullPolicy + " is none of Always, IfNotPresent and Never")
	}
	if o.RunAs != nil {
		if err := o.RunAs.check(); err != nil {
			return err
		}
	}
	return o.Profile.check()
}

// attaches tells whether Run stays with the program.
func (o *Options) attaches() bool { return o.Stdin != nil || o.Stdout != nil || o.Stderr != nil }

// container is as much of a resources.EphemeralContainer as stands in every debug container, which links fifty types less.
type container struct {
	Name                     string   `json:"name"`
	Image                    string   `json:"image"`
	Command                  []string `json:"command,omitzero"`
	Args                     []string `json:"args,omitzero"`
	ImagePullPolicy          string   `json:"imagePullPolicy,omitzero"`
	Stdin                    bool     `json:"stdin,omitzero"`
	StdinOnce                bool     `json:"stdinOnce,omitzero"`
	TTY                      bool     `json:"tty,omitzero"`
	TerminationMessagePolicy string   `json:"terminationMessagePolicy,omitzero"`
	TargetContainerName      string   `json:"targetContainerName,omitzero"`
}

// container gives what a draft begins with.
func (o *Options) container(name string) container {
	return container{
		Name:            name,
		Image:           o.Image,
		ImagePullPolicy: o.ImagePullPolicy,
		Command:         o.Command,
		Args:            o.Args,
		Stdin:           o.Stdin != nil || o.OpenStdin,
		// The end of an attached stdin becomes the program's only with this; otherwise containerd lets go of the stream, and the program waits on
		// (its ContainerIO.Attach). With a terminal it would change nothing there, and other runtimes would not let a second client type.
		StdinOnce:                o.Stdin != nil && !o.TTY,
		TTY:                      o.TTY,
		TerminationMessagePolicy: "File",
		TargetContainerName:      o.Target,
	}
}
