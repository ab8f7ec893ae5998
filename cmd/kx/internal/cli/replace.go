package cli

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
)

type replaceCommand struct {
	*command.Invocation
	command.WriteFlags
	files       command.FileFlags
	subresource string
}

func newReplace(k *command.Invocation) *cobra.Command {
	r := &replaceCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "replace -f FILE",
		Short: "Replace objects by those of a file",
		Args:  command.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) },
	}
	r.files.Register(cmd)
	cmd.Flags().StringVar(&r.subresource, "subresource", "",
		"`NAME`: ephemeralcontainers, resize, scale or status")
	command.CompleteWith(cmd, "subresource", command.Subresources)
	r.Register(cmd, "strict")
	command.RegisterQuiet(r.Invocation, cmd, "print only errors")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Replace an object", CommandLine: "kx replace -f deployment.yaml"},
			{Purpose: "Edit an object",
				CommandLine: "kx get pod shell -o yaml | sed 's/app: shell/app: bash/' |\n" +
					"  kx replace -f -"},
			{Purpose: "Add an ephemeral container",
				CommandLine: "kx replace -f pod-with-debugger.json " +
					"--subresource ephemeralcontainers"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx create, kx patch; docs/kx.md"},
		Background: `kx sends each object of the file as it is, with fields that kx does not know.
An object with a resourceVersion is a conflict if the stored object has changed since.

With --subresource ephemeralcontainers the pod must hold its present ephemeral containers,
unchanged, and the new ones. The server stores no other field of the pod, and kx warns about each
field that the server drops.`,
	})
	return cmd
}

func (r *replaceCommand) run(ctx context.Context) error {
	p := r.Printer(r.Out)
	return command.EachManifest(ctx, r.Invocation, &r.files, &r.WriteFlags, func(
		m *command.Manifest) error {
		object, err := r.replace(ctx, m)
		if err != nil {
			return m.Wrap(err)
		}
		return r.Report(r.Invocation, p, m.Kind, m.Name, "replaced", object)
	})
}

func (r *replaceCommand) replace(ctx context.Context, m *command.Manifest) (*resources.Object,
	error) {
	if m.Name == "" {
		return nil, command.ErrNoName
	}
	write := m.API.ReplaceRaw
	if r.subresource != "" {
		endpoint, err := subresource.Dispatch(m.API, r.subresource)
		if err != nil {
			return nil, err
		}
		write = endpoint.ReplaceRaw
	}
	if r.DryRun.Value == command.DryRunClient {
		object := &resources.Object{}
		return object, json.Unmarshal(m.JSON, object)
	}
	return write(ctx, m.Name, m.JSON, r.UpdateOptions()...)
}
