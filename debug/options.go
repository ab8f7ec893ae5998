package debug

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/kx-k8s/kx/debug/internal/target"
	"github.com/kx-k8s/kx/internal/imagename"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

// DefaultTimeout is how long Run waits for the container to start if Options.Timeout is zero.
const DefaultTimeout = 60 * time.Second

// Options describe the container to add and how long to wait for it. Image is required.
//
// The container's settings come from these fields, each of which takes precedence over those before
// it:
//
//	SecurityContextFrom, Profile, Custom, RunAs   securityContext
//	MountsFrom, Custom                            volumeMounts
//	EnvFrom, Env, Custom                          env and envFrom
type Options struct {
	// Name is the container's name. An empty Name stands for a new one: "debugger-" and five
	// characters. Run with the same Options, Name included, adopts the container of the first Run.
	Name string
	// Image is the image to run, or AutoImage. ImagePullPolicy is Always, IfNotPresent or Never;
	// if it is empty, the server's default for the image's tag applies.
	Image, ImagePullPolicy string
	// TrustedImages are patterns of images that AutoImage may take, besides those of Trust's other
	// kinds. A pattern is REGISTRY/REPOSITORY, with a tag or digest if only that one is trusted. A
	// * stands for one part of the repository or some of its characters, as in path.Match.
	TrustedImages []string
	// ConfirmImage, when set, reports whether AutoImage may take an image of TrustNone. why is the
	// reason, for the question to the user. If ConfirmImage is nil or returns false, Run fails with
	// an *UntrustedImageError. RunAll calls ConfirmImage from several goroutines.
	ConfirmImage func(image, why string) bool
	// ImageNotice, when set, gets the notice of the image that AutoImage has chosen, in place of
	// Notice. A caller that drops other notices still shows this one: it says whose program runs in
	// the pod.
	ImageNotice func(string)
	// Profile says what the container may do. If it is empty, it is General; with
	// SecurityContextFrom, it is no profile at all. A container that must not run as root, and for
	// which no user is set, gets the user and group of its target. To find these, Run may run the
	// program id in the target.
	Profile Profile
	// SecurityContextFrom is a container of the pod whose securityContext the new one gets.
	SecurityContextFrom string
	// Custom is merged into the container. ParseCustom reads it.
	Custom *Custom
	// RunAs is the user and group of the container's program.
	RunAs *RunAs
	// MountsFrom is a container of the pod whose volumes the new one mounts at the same paths.
	// Mounts with a subPath are left out: the API forbids them in ephemeral containers.
	MountsFrom string
	// EnvFrom is a container of the pod whose environment the new one gets, in its order.
	EnvFrom string
	// Target is the container whose processes the new one shares.
	Target string
	// Command replaces the image's entry point, and Args its arguments.
	Command, Args []string
	// Env is the environment, in its order. A variable replaces that of EnvFrom with the same name.
	Env []resources.EnvVar
	// Stdin is sent to the program until EOF; Stdout and Stderr get the program's output.
	// With any of the three, Run attaches and waits for the program's end.
	// With TTY, Stderr must be nil: a terminal has one output.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// WillAttach tells a dry run or Preview, which have no streams, that the run itself attaches.
	// They then refuse Options that the run would refuse.
	WillAttach bool
	// TTY gives the program a terminal. OpenStdin opens stdin for clients that attach later; Stdin
	// implies it.
	TTY, OpenStdin bool
	// Reuse makes Run look for a running container of the pod that matches these Options, names
	// aside (subresource.ContainerMatches). Run then takes the last such container and adds none.
	// Without Command and Args, a container matches whatever its program is: its Target, its image
	// and its securityContext count, and of its environment and mounts those that these Options
	// set. With Stdin, Reuse needs TTY: a container without a terminal closes stdin after the first
	// client. If such a container matches, and Command and Args are empty, Run runs sh in it.
	Reuse bool
	// Record, when set, records the attached streams, or the log in their place, and the exit code.
	Record *subresource.Recorder
	// Notice, when set, gets what the caller should know and is no error, one sentence a call.
	// A sentence that starts with "Warning: " is about something that may go wrong.
	Notice func(string)
	// Added, when set, is called once the container is in the pod, before the wait.
	Added func(*Result)
	// TerminalSize, when set with TTY, returns the size of the caller's terminal in characters, or
	// 0 and 0 when it is unknown. Run calls it with each attempt to attach. Run resizes the
	// container's terminal twice, so that a program which has drawn its screen already draws it
	// again.
	TerminalSize func() (width, height int)
	// Attached, when set, is called with the session once Run has attached. With the session the
	// caller resizes the terminal, ends stdin, or detaches by closing it. If the program turns out
	// not to have started yet, Attached is called with nil, and again with the next session.
	Attached func(*subresource.Session)
	// NoWait makes Run return once the server has stored the container. It excludes Stdin, Stdout
	// and Stderr.
	NoWait bool
	// Timeout limits the time until the container runs or has ended, from the first request on.
	// Zero is DefaultTimeout; negative is no limit. The requests up to the one that adds the
	// container may take 10 s even if Timeout is shorter. The time in which a credential plugin or
	// ConfirmImage asks the user does not count.
	Timeout time.Duration
	// PullGrace is how long the pull of the image may fail before Run gives up. Zero is
	// DefaultPullGrace.
	PullGrace time.Duration
	// DryRun makes the server check the request without storing it. Run then returns at once.
	DryRun bool
	// FieldManager is the name under which the server stores the change; "kx" if empty.
	FieldManager string
	// Progress, when set, gets each change of what the container waits for, such as
	// ContainerCreating or Pulling. Calls do not overlap, but may come from another goroutine than
	// Run's.
	Progress func(Waiting)

	adding          addLimit
	addTime         time.Duration // how long adding took
	skipTargetCheck bool          // sends no notice about the target
	filesReported   bool          // a notice has named the path of the target's files
	newPod          bool          // the container is the only one of a new pod
	onNode          bool          // the new pod uses the node's namespaces and files
	ordinary        bool          // the container is none of the ephemeral ones
	userFrom        string        // takes the place of Target in addTargetUser
}

// RunAs is a user and group by their IDs, from 0 to 2147483647.
type RunAs struct {
	User int64
	// Group is nil for the group that the pod or the image names.
	Group *int64
}

func (r *RunAs) check() error {
	for _, id := range []*int64{&r.User, r.Group} {
		if id != nil && (*id < 0 || *id > target.MaxID) {
			return fmt.Errorf(
				"debug: RunAs: %d is not the ID of a user or group: IDs go from 0 to %d", *id,
				target.MaxID)
		}
	}
	return nil
}

// Waiting is why a container does not run yet, in the words of the pod's status or of an event.
type Waiting struct {
	Reason, Message string
}

func (o *Options) check() error {
	switch {
	case o.TTY && o.Stderr != nil:
		return errors.New(
			"debug: TTY excludes Stderr: a terminal has one output, which Stdout gets")
	case o.NoWait && (o.attaches() || o.WillAttach):
		return errors.New("debug: NoWait excludes Stdin, Stdout and Stderr: attaching waits")
	}
	switch o.ImagePullPolicy {
	case "", "Always", "IfNotPresent", "Never":
	default:
		return fmt.Errorf("debug: image pull policy %q is none of Always, IfNotPresent and Never",
			o.ImagePullPolicy)
	}
	if o.RunAs != nil {
		if err := o.RunAs.check(); err != nil {
			return err
		}
	}
	return o.Profile.check()
}

// checkFor is check, and refuses an Image that is no image name, for a container of the pod called
// pod.
func (o *Options) checkFor(pod string) error {
	if err := o.check(); err != nil {
		return err
	}
	return o.checkImage(pod)
}

func (o *Options) checkImage(pod string) error {
	if o.Image == "" {
		return errors.New("debug: no image: set Image")
	}
	if err := imagename.Check(o.Image); err != nil {
		return &StartError{Pod: pod, Reason: "InvalidImageName",
			Message: fmt.Sprintf("image %q: %v", o.Image, err)}
	}
	return nil
}

// attaches reports whether Run attaches and waits for the program's end.
func (o *Options) attaches() bool { return o.Stdin != nil || o.Stdout != nil || o.Stderr != nil }

// sendNotice calls Notice if it is set.
func (o *Options) sendNotice(text string) {
	if o.Notice != nil {
		o.Notice(text)
	}
}

// baseContainer has the fields of resources.EphemeralContainer that every debug container sets.
// Encoding these alone keeps about 50 model types out of the binary.
type baseContainer struct {
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

// newContainer returns the container called name as decoded JSON, without the parts that
// newContainerBuilder adds.
func (o *Options) newContainer(name string) (map[string]any, error) {
	document, err := json.Marshal(baseContainer{
		Name:            name,
		Image:           o.Image,
		ImagePullPolicy: o.ImagePullPolicy,
		Command:         o.Command,
		Args:            o.Args,
		Stdin:           o.Stdin != nil || o.OpenStdin,
		// stdinOnce: the runtime closes stdin when the first attached client disconnects. Without
		// it containerd keeps stdin open, and the program never reads EOF (ContainerIO.Attach). A
		// terminal does not need stdinOnce, since it signals EOF with ^D. With stdinOnce, other
		// runtimes would let only one client type.
		StdinOnce:                o.Stdin != nil && !o.TTY,
		TTY:                      o.TTY,
		TerminationMessagePolicy: "File",
		TargetContainerName:      o.Target,
	})
	return decode(document), err
}
