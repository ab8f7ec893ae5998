package cli

import (
	"cmp"
	"context"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/transport"
)

type createCommand struct {
	*kx
	writeFlags
	files []string
}

func newCreate(k *kx) *cobra.Command {
	c := &createCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "create -f FILE",
		Short: "Create objects from a file",
		Long: `create stores the new objects of a file, which is JSON or YAML of one or several documents or a List.
What the file says is sent as it is, fields that kx does not know included. One object that fails does not stop the others.

` + exitStatus,
		Example: `  kx create -f pod.yaml --dry-run=server -o yaml
  kx create -f pod.yaml
  kx get pod shell -o yaml | sed 's/name: shell/name: shell-2/; /uid:/d; /resourceVersion:/d' | kx create -f -`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context()) },
	}
	registerFiles(cmd, &c.files)
	c.register(cmd, "strict")
	return cmd
}

func (c *createCommand) run(ctx context.Context) error {
	p := c.printer(c.out)
	return c.eachManifest(c.files, func(client *transport.Client, m manifest) error {
		kind, api, err := c.locate(ctx, client, m)
		if err != nil {
			return err
		}
		object := &resources.Object{}
		if c.dryRun.value == dryRunClient {
			err = json.Unmarshal(m.json, object)
		} else {
			object, err = api.CreateRaw(ctx, m.json, c.createOptions()...)
		}
		if err != nil {
			return m.failed(err)
		}
		return c.report(c.kx, p, kind, cmp.Or(object.Metadata.Name, object.Metadata.GenerateName), "created", object)
	})
}
