package cli

import (
	"cmp"
	"context"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/resources"
)

type createCommand struct {
	*command.Invocation
	command.WriteFlags
	files command.FileFlags
}

func newCreate(k *command.Invocation) *cobra.Command {
	c := &createCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "create -f FILE",
		Short: "Create objects from a file",
		Args:  command.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	c.files.Register(cmd)
	c.Register(cmd, "strict")
	command.RegisterQuiet(c.Invocation, cmd, "print only errors")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Let the server check a file",
				CommandLine: "kx create -f pod.yaml --dry-run=server -o yaml"},
			{Purpose: "Create its objects", CommandLine: "kx create -f pod.yaml"},
			{Purpose: "Create an edited copy of a pod",
				CommandLine: "kx get pod shell -o yaml |\n" +
					"  sed 's/name: shell/name: shell-2/; /uid:/d; /resourceVersion:/d' |\n" +
					"  kx create -f -"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"kx replace, kx patch; docs/kx.md"},
		Background: `kx creates the objects of a file. The file holds one or several documents in
JSON or YAML, or a List. kx sends each object as it is, with fields that kx does not know. A failed
object does not stop the others. kx waits for a kind whose definition stands before its objects.

A key that comes twice is an error. With --validate=warn or ignore, the last one counts.`,
	})
	return cmd
}

func (c *createCommand) run(ctx context.Context) error {
	p := c.Printer(c.Out)
	return command.EachManifest(ctx, c.Invocation, &c.files, &c.WriteFlags, func(
		m *command.Manifest) (err error) {
		object := &resources.Object{}
		if c.DryRun.Value == command.DryRunClient {
			err = json.Unmarshal(m.JSON, object)
		} else {
			object, err = m.API.CreateRaw(ctx, m.JSON, c.CreateOptions()...)
		}
		if err != nil {
			return m.Wrap(err)
		}
		return c.Report(c.Invocation, p, m.Kind, cmp.Or(object.Metadata.Name,
			object.Metadata.GenerateName), "created", object)
	})
}
