package cli

import (
	"context"
	"errors"
	"path"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
)

type cpCommand struct {
	session
	containerFlags
	imageFlags
	podcopy.Options
	profile  choice
	limit    string
	viaDebug bool
}

func newCp(k *kx) *cobra.Command {
	c := &cpCommand{session: session{kx: k}}
	cmd := &cobra.Command{
		Use:   "cp [NAMESPACE/]POD:PATH PATH | cp PATH [NAMESPACE/]POD:PATH",
		Short: "Copy files out of a container, or into one",
		Long: `cp copies a file, or a directory with all that is in it, from a container to here, or from here into one. It needs tar in the container.
With --via-debug it does not: it copies through a debug container, which has the container's files under /proc/N/root. It takes one that runs and
targets the container, or adds one, which ends after the copy; its --image is found as that of "kx debug" is.

Where the destination is a directory, the source is put into it under its own name; otherwise it is what the destination becomes. So it is with cp -r,
and on both sides: kubectl cp puts what is in a container's directory into one here that is there already, which is POD:PATH/. with kx.
Modes and times are kept, and into a container the owner's numbers, where its user may set them; --no-preserve leaves them to be those of new files.
Symbolic links are copied as links, except for one that is named as the source or destination, which is followed. Devices and pipes are left out.
Nothing is written outside the destination, and no file is seen under its name here before it is whole.

A path without a colon is one here, and so is one that begins with /, ./ or ../.

` + exitStatus + `
A file that could not be read, or changed while it was, is a failure; the others are copied.`,
		Example: `  kx cp shell:/etc/passwd ./passwd -c main
  kx cp ./passwd shell:/tmp/passwd -c main
  kx cp default/shell:/etc . -c main
  kx cp distroless:/etc/hosts ./hosts --via-debug --image kx.local/busybox:1`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.copy(cmd.Context(), args) },
	}
	c.containerFlags.register(k, cmd)
	f := cmd.Flags()
	f.BoolVarP(&c.quiet, "quiet", "q", false, "print only errors")
	f.BoolVar(&c.Preserve, "preserve", false, "keep modes exactly, whatever the umask")
	f.BoolVar(&c.NoPreserve, "no-preserve", false, "do not keep modes, times and owners")
	f.StringVar(&c.limit, "limit", "", "copy at most this many `BYTES`, such as 500M or 2Gi")
	f.BoolVar(&c.viaDebug, "via-debug", false, "copy through a debug container")
	c.imageFlags.register(cmd)
	var profiles []string
	for _, profile := range debug.Profiles() {
		profiles = append(profiles, string(profile))
	}
	c.profile = oneOf(string(debug.General), profiles...)
	addChoice(cmd, &c.profile, "profile", "", "what a debug container that is added may do")
	cmd.ValidArgsFunction = nil // a file is as likely
	return cmd
}

func (c *cpCommand) copy(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return usagef("cp takes two paths, one of them POD:PATH")
	}
	from, to := parsePlace(args[0]), parsePlace(args[1])
	act, remote, local := podcopy.From, from, to
	if !from.remote {
		act, remote, local = podcopy.To, to, from
	}
	switch {
	case from.remote == to.remote && to.remote:
		return usagef("both paths are in pods: one must be here")
	case !remote.remote:
		return usagef("neither path is in a pod: one must be POD:PATH")
	case remote.pod == "" || remote.path == "":
		return usagef("a path in a pod is POD:PATH, and neither is empty")
	case remote.namespace != "" && c.connection.Namespace != "" && remote.namespace != c.connection.Namespace:
		return usagef("the namespaces %s of the path and %s of --namespace exclude each other", remote.namespace, c.connection.Namespace)
	case c.viaDebug && !path.IsAbs(remote.path):
		return usagef("%q is relative to the container's working directory, which --via-debug does not know: begin it with /", remote.path)
	case !c.viaDebug && c.image != "":
		return usagef("--image is for --via-debug")
	case c.Preserve && c.NoPreserve:
		return usagef("--preserve and --no-preserve exclude each other")
	}
	if err := c.parseLimit(); err != nil {
		return err
	}
	_, name, err := splitName(remote.pod)
	if err != nil {
		return err
	}
	if remote.namespace != "" {
		c.connection.Namespace = remote.namespace
	}
	c.Remote, c.Local, c.Notice = remote.path, local.path, func(text string) { c.note("%s", text) }
	if c.viaDebug {
		c.ViaDebug = &debug.Options{Profile: debug.Profile(c.profile.value), Notice: c.Notice}
		if err := c.imageFlags.complete(c.ViaDebug); err != nil {
			return err
		}
	}
	client, err := c.connect()
	if err != nil {
		return err
	}
	pods := resources.New[resources.PodOutline](client)
	pod, container, err := c.find(ctx, &c.session, pods, name)
	if err != nil {
		return err
	}
	if _, err := c.await(ctx, &c.session, pods, pod, container.Name, "copy"); err != nil {
		return err
	}
	c.Container = container.Name
	err = act(ctx, resources.New[resources.Pod](client), name, c.Options)
	if errors.Is(err, podcopy.ErrNoTar) {
		return &noTarError{err}
	}
	return err
}

// parseLimit reads --limit, a quantity of bytes.
func (c *cpCommand) parseLimit() error {
	if c.limit == "" {
		return nil
	}
	limit, err := resources.ParseQuantity(c.limit)
	if err == nil {
		c.Limit, err = limit.Value()
	}
	if err != nil || c.Limit <= 0 {
		return usagef("--limit %s is no number of bytes: give one such as 500M or 2Gi", c.limit)
	}
	return nil
}

// noTarError says what there is to do for a container without tar.
type noTarError struct{ error }

func (e *noTarError) Error() string {
	return e.error.Error() + ": use --via-debug, whose image must have tar, sh and readlink"
}

// place is a path here, or in a pod.
type place struct {
	remote               bool
	namespace, pod, path string
}

// parsePlace reads [NAMESPACE/]POD:PATH, in which pod/POD is taken for the kind, as everywhere in kx, and PATH.
func parsePlace(arg string) place {
	pod, path, ok := strings.Cut(arg, ":")
	drive := runtime.GOOS == "windows" && len(pod) == 1
	if !ok || drive || strings.HasPrefix(pod, "/") || strings.HasPrefix(pod, ".") || strings.Count(pod, "/") > 1 {
		return place{path: arg}
	}
	namespace, name, qualified := strings.Cut(pod, "/")
	switch {
	case !qualified:
		return place{true, "", pod, path}
	case sameKind(namespace, "pods"):
		return place{true, "", name, path}
	}
	return place{true, namespace, name, path}
}
