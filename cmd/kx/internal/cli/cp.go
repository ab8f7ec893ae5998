package cli

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/debugcmd"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/podcopy"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
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
		Use:   "cp POD:PATH PATH | PATH POD:PATH",
		Short: "Copy files out of a container, or into one",
		RunE:  func(cmd *cobra.Command, args []string) error { return c.copy(cmd.Context(), args) },
	}
	c.container.Register(k, cmd)
	f := cmd.Flags()
	command.RegisterQuiet(c.Invocation, cmd, "print only errors")
	f.BoolVar(&c.options.Preserve, "preserve", false, "keep modes exactly, whatever the umask")
	f.BoolVar(&c.options.NoPreserve, "no-preserve", false, "do not keep modes, times and owners")
	f.StringVar(&c.limit, "limit", "", "copy at most `BYTES`, such as 500M or 2Gi")
	f.BoolVar(&c.viaDebug, "via-debug", false, "copy through a debug container")
	c.image.Register(cmd)
	c.profile = debugcmd.ProfileChoice()
	command.AddChoiceOfTable(cmd, &c.profile, "profile", "`PROFILE` of the container")
	cmd.ValidArgsFunction = c.complete
	k.SetHelp(cmd, cpHelp)
	return cmd
}

var cpHelp = command.Help{
	Examples: []command.Example{
		{Purpose: "Copy a file out of a container",
			CommandLine: "kx cp shell:/etc/passwd ./passwd -c main"},
		{Purpose: "Copy a file into a container",
			CommandLine: "kx cp ./passwd shell:/tmp/passwd -c main"},
		{Purpose: "Copy a directory", CommandLine: "kx cp default/shell:/etc . -c main"},
		{
			Purpose:     "Copy the contents of a directory, 100 MB at most",
			CommandLine: "kx cp shell:/etc/. ./etc -c main --limit 100M",
		},
		{
			Purpose: "Copy out of a container without tar",
			CommandLine: "kx cp distroless:/etc/hosts ./hosts \\\n" +
				"  --via-debug --image kx.local/busybox:1",
		},
	},
	Tables: []command.Table{{Heading: "PATHS", Rows: []command.Row{
		{Name: "POD:PATH", Text: "a path in a container"},
		{Name: "POD:PATH/.", Text: "the contents of a directory"},
		{Name: "KIND/NAME:PATH", Text: "a path in one pod of a workload or service"},
		{Name: ":PATH", Text: "a path in a pod that you choose, on a terminal"},
		{Name: "NAMESPACE/POD:PATH", Text: "a path in another namespace"},
		{Name: "PATH", Text: "a local path: it has no colon, or begins with /, ./ or ../"},
	}}},
	FlagGroups: []command.FlagGroup{
		{Heading: "Container", Flags: []string{"container", "all-namespaces",
			"pod-running-timeout"}},
		{Heading: "Copy", Flags: []string{"preserve", "no-preserve", "limit", "quiet"}},
		{Heading: "Debug container", Flags: []string{"via-debug", "image", "image-pull-policy",
			"profile"}},
	},
	ExitStatus: command.DefaultExitStatus(command.Row{
		Name: "1", Text: "a file was not copied, or changed meanwhile; the others are copied",
	}, command.ChooserExitStatus),
	SeeAlso: []string{"kx debug; docs/kx.md"},
	Background: `kx copies a file, or a directory with its contents, between a container and the
local machine. The container needs tar. With --via-debug it needs none: kx copies through a debug
container, which reaches the container's files under /proc/N/root. kx uses a running one that
targets the container. Otherwise kx adds one, which ends after the copy. Its image is chosen as in
"kx debug".

The destination is found as by cp -r. A directory receives the source under the source's name; any
other destination becomes the copy. kubectl cp differs for an existing local directory: it copies
the contents of the source. With kx that source is POD:PATH/.

Symbolic links stay links, and hard links stay hard links. A link that is itself the source or the
destination is followed; for a local destination kx prints where it leads. Devices, pipes and
sockets are left out. Copies keep their modification times. New local files and directories have the
modes of the source less the umask; --preserve keeps the modes exactly. Local directories that exist
keep their modes, and so do local files that are replaced, unless --preserve is given. Setuid,
setgid and sticky bits are dropped. A copy into a container keeps modes, and owners where the
container's user may set them. --no-preserve leaves all of these to the defaults of new files.

KIND/NAME is read before NAMESPACE/POD. KIND is pod, deployment, statefulset, daemonset, replicaset,
job or service, in any form that kx knows, such as deploy. For a pod in a namespace of such a name,
give the namespace by -n. kubectl cp reads the word before the slash as a namespace always.

` + command.ChooserText + `

The container is not trusted. Nothing is written outside the destination, no link that comes with
the copy is followed, and a hard link must lead to a file of the same copy. A local file appears
under its name when it is complete. --limit is a Kubernetes quantity, and bounds the bytes of all
files together. There is no limit by default.`,
}

var errPartIsEmpty = command.Usagef("a path in a pod is POD:PATH, and neither part may be empty")

func (c *cpCommand) copy(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return command.Usagef("cp takes two paths, one of them POD:PATH")
	}
	from, to := parsePlace(args[0]), parsePlace(args[1])
	run, remote, local := podcopy.From, from, to
	if !from.remote {
		run, remote, local = podcopy.To, to, from
	}
	switch {
	case from.remote == to.remote && to.remote:
		return command.Usagef("both paths are in pods: one must be local")
	case !remote.remote:
		return command.Usagef("neither path is in a pod: one must be POD:PATH")
	case remote.path == "":
		return errPartIsEmpty
	case remote.namespace != "" && c.Connection.Namespace != "" &&
		remote.namespace != c.Connection.Namespace:
		return command.Usagef("the path names namespace %s, and --namespace names %s",
			remote.namespace, c.Connection.Namespace)
	case c.viaDebug && !path.IsAbs(remote.path):
		return command.Usagef("with --via-debug a path in a pod begins with /, and %q does not",
			remote.path)
	case !c.viaDebug && c.image.Image != "":
		return command.Usagef("--image needs --via-debug")
	case c.options.Preserve && c.options.NoPreserve:
		return command.Usagef("--preserve and --no-preserve exclude each other")
	}
	if err := c.parseLimit(); err != nil {
		return err
	}
	if remote.pod == "" {
		chosen, err := c.container.Pods.Choose(ctx, c.Invocation, nil)
		if err != nil {
			return err
		}
		if len(chosen) == 0 {
			return errPartIsEmpty
		}
		remote.pod = chosen[0]
	}
	kind, name, err := command.SplitName(remote.pod)
	if err != nil {
		return err
	}
	target := command.PodTarget{Kind: kind, Name: name}
	if remote.namespace != "" {
		c.Connection.Namespace = remote.namespace
	}
	c.options.Remote, c.options.Local = remote.path, local.path
	c.options.Notice = func(text string) { command.Notice(c.Invocation, "%s", text) }
	if c.viaDebug {
		c.options.ViaDebug = &debug.Options{Profile: debug.Profile(c.profile.Value),
			Notice: c.options.Notice}
		if err := c.image.Apply(c.options.ViaDebug, c.Invocation); err != nil {
			return err
		}
	}
	client, err := c.Connect()
	if err != nil {
		return err
	}
	pod, container, err := c.container.Find(ctx, &c.Session, client, target)
	if err != nil {
		return explainKind(target, err)
	}
	pods, name := resources.New[resources.PodOutline](client), pod.Metadata.Name
	if _, err := c.container.AwaitRunning(ctx, &c.Session, pods, pod, container.Name,
		"copy"); err != nil {
		return err
	}
	c.options.Container = container.Name
	c.options.PassThrough = pod.Spec.RuntimeClassName == nil
	meter, progress := term.NewMeter(c.Err, term.Bytes, c.Quiet)
	if progress.OnTerminal() { // the size of an upload costs a walk through its files
		c.options.Progress = meter.Set
	}
	err = run(ctx, resources.New[resources.Pod](client), name, c.options)
	progress.Done(false)
	if errors.Is(err, podcopy.ErrNoTar) {
		return &noTarError{err}
	}
	return err
}

// explainKind adds to the error of a missing workload how a namespace of that name is given.
func explainKind(target command.PodTarget, err error) error {
	if target.Kind == "" || !errors.Is(err, transport.ErrNotFound) {
		return err
	}
	return fmt.Errorf("%w; %s is read as KIND/NAME: for a namespace %s give -n %s", err, target,
		target.Kind, target.Kind)
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
		return command.Usagef("--limit %q is not a number of bytes, such as 500M or 2Gi", c.limit)
	}
	return nil
}

// noTarError adds a hint to podcopy.ErrNoTar.
type noTarError struct{ error }

func (e *noTarError) Error() string {
	return e.error.Error() + ": use --via-debug, with an image that has tar, sh and readlink"
}

// place is a local path, or a path in a pod.
type place struct {
	remote               bool
	namespace, pod, path string
}

// parsePlace parses POD:PATH, KIND/NAME:PATH, NAMESPACE/POD:PATH or a local PATH. As in other
// commands, deploy/NAME names a kind and no namespace. pod is then KIND/NAME.
func parsePlace(arg string) place {
	pod, path, ok := strings.Cut(arg, ":")
	drive := runtime.GOOS == "windows" && len(pod) == 1
	if !ok || drive || strings.HasPrefix(pod, "/") || strings.HasPrefix(pod, ".") ||
		strings.Count(pod, "/") > 1 {
		return place{path: arg}
	}
	namespace, name, qualified := strings.Cut(pod, "/")
	switch {
	case !qualified:
		return place{remote: true, pod: pod, path: path}
	case command.HasPods(namespace):
		return place{remote: true, pod: pod, path: path}
	}
	return place{remote: true, namespace: namespace, pod: name, path: path}
}
