package cli

import (
	"context"
	"errors"
	"path"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/debugcmd"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
)

type cpCommand struct {
	command.Session
	container command.ContainerFlags
	image     debugcmd.ImageFlags
	options   podcopy.Options
	profile   command.Choice
	limit     string
	viaDebug  bool
}

func newCp(k *command.Invocation) *cobra.Command {
	c := &cpCommand{Session: command.Session{Invocation: k}}
	cmd := &cobra.Command{
		Use:   "cp [NAMESPACE/]POD:PATH PATH | PATH [NAMESPACE/]POD:PATH",
		Short: "Copy files out of a container, or into one",
		RunE:  func(cmd *cobra.Command, args []string) error { return c.copy(cmd.Context(), args) },
	}
	c.container.Register(k, cmd)
	f := cmd.Flags()
	f.BoolVarP(&c.Quiet, "quiet", "q", false, "print only errors")
	f.BoolVar(&c.options.Preserve, "preserve", false, "keep modes exactly, whatever the umask")
	f.BoolVar(&c.options.NoPreserve, "no-preserve", false, "do not keep modes, times and owners")
	f.StringVar(&c.limit, "limit", "", "copy at most `BYTES`, such as 500M or 2Gi")
	f.BoolVar(&c.viaDebug, "via-debug", false, "copy through a debug container")
	c.image.Register(cmd)
	c.profile = debugcmd.ProfileChoice()
	command.AddChoiceOfTable(cmd, &c.profile, "profile", "`PROFILE` of the container")
	cmd.ValidArgsFunction = nil // files are completed too
	k.SetHelp(cmd, cpHelp)
	return cmd
}

var cpHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Copy a file out of a container", CommandLine: "kx cp shell:/etc/passwd ./passwd -c main"},
		{Purpose: "Copy it into one", CommandLine: "kx cp ./passwd shell:/tmp/passwd -c main"},
		{Purpose: "Copy a directory", CommandLine: "kx cp default/shell:/etc . -c main"},
		{Purpose: "Copy out of a container without tar", CommandLine: "kx cp distroless:/etc/hosts ./hosts \\\n  --via-debug --image kx.local/busybox:1"},
	},
	Tables: []command.Table{{Heading: "PATHS", Rows: []command.Row{
		{Name: "POD:PATH", Text: "a path in a container; POD may be NAMESPACE/POD"},
		{Name: "POD:PATH/.", Text: "the contents of a directory"},
		{Name: "PATH", Text: "a local path: it has no colon, or begins with /, ./ or ../"},
	}}},
	FlagGroups: []command.FlagGroup{
		{Heading: "Container", Flags: []string{"container", "pod-running-timeout"}},
		{Heading: "Copy", Flags: []string{"preserve", "no-preserve", "limit", "quiet"}},
		{Heading: "Debug container", Flags: []string{"via-debug", "image", "image-pull-policy", "profile"}},
	},
	ExitStatus: command.DefaultExitStatus(command.Row{Name: "1", Text: "a file was not copied, or changed meanwhile; the others are copied"}),
	SeeAlso:    []string{"kx debug; docs/kx.md"},
	Background: `kx copies a file, or a directory with its contents, between a container and the local machine. The container needs tar.
With --via-debug it does not: kx copies through a debug container, which reaches the container's files under /proc/N/root. kx takes one that runs and targets the container. Otherwise it adds one that ends after the copy. Its image is chosen as in "kx debug".

Where the destination is a directory, kx copies the source into it under its own name. Otherwise the source gets the name of the destination, as with cp -r.
kubectl cp differs for an existing local directory: it copies the contents of the source. With kx that is POD:PATH/. as the source.
kx keeps modes and times, and into a container also the owner's numbers, where its user may set them.
Symbolic links stay links. A link that is itself the source or the destination is followed. kx skips devices and pipes.
kx writes nothing outside the destination. A file appears under its name when it is complete.`,
}

func (c *cpCommand) copy(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return command.Usagef("cp takes two paths, one of them POD:PATH")
	}
	from, to := parsePlace(args[0]), parsePlace(args[1])
	act, remote, local := podcopy.From, from, to
	if !from.remote {
		act, remote, local = podcopy.To, to, from
	}
	switch {
	case from.remote == to.remote && to.remote:
		return command.Usagef("both paths are in pods: one must be here")
	case !remote.remote:
		return command.Usagef("neither path is in a pod: one must be POD:PATH")
	case remote.pod == "" || remote.path == "":
		return command.Usagef("a path in a pod is POD:PATH, and neither is empty")
	case remote.namespace != "" && c.Connection.Namespace != "" && remote.namespace != c.Connection.Namespace:
		return command.Usagef("the namespaces %s of the path and %s of --namespace exclude each other", remote.namespace, c.Connection.Namespace)
	case c.viaDebug && !path.IsAbs(remote.path):
		return command.Usagef("%q is relative to the container's working directory, which --via-debug does not know: begin it with /", remote.path)
	case !c.viaDebug && c.image.Image != "":
		return command.Usagef("--image is for --via-debug")
	case c.options.Preserve && c.options.NoPreserve:
		return command.Usagef("--preserve and --no-preserve exclude each other")
	}
	if err := c.parseLimit(); err != nil {
		return err
	}
	_, name, err := command.SplitName(remote.pod)
	if err != nil {
		return err
	}
	if remote.namespace != "" {
		c.Connection.Namespace = remote.namespace
	}
	c.options.Remote, c.options.Local, c.options.Notice = remote.path, local.path, func(text string) { c.Notice("%s", text) }
	if c.viaDebug {
		c.options.ViaDebug = &debug.Options{Profile: debug.Profile(c.profile.Value), Notice: c.options.Notice}
		if err := c.image.Apply(c.options.ViaDebug, c.Invocation); err != nil {
			return err
		}
	}
	client, err := c.Connect()
	if err != nil {
		return err
	}
	pods := resources.New[resources.PodOutline](client)
	pod, container, err := c.container.Find(ctx, &c.Session, pods, name)
	if err != nil {
		return err
	}
	if _, err := c.container.AwaitRunning(ctx, &c.Session, pods, pod, container.Name, "copy"); err != nil {
		return err
	}
	c.options.Container = container.Name
	err = act(ctx, resources.New[resources.Pod](client), name, c.options)
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
		c.options.Limit, err = limit.Value()
	}
	if err != nil || c.options.Limit <= 0 {
		return command.Usagef("--limit %s is no number of bytes: give one such as 500M or 2Gi", c.limit)
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
	case command.SameKind(namespace, "pods"):
		return place{true, "", name, path}
	}
	return place{true, namespace, name, path}
}
