package cli

import (
	"context"

	"github.com/go-json-experiment/json"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/resources"
	"github.com/kx-k8s/kx/subresource"
	"github.com/kx-k8s/kx/transport"
)

type replaceCommand struct {
	*kx
	writeFlags
	files       []string
	subresource string
}

func newReplace(k *kx) *cobra.Command {
	r := &replaceCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "replace -f FILE",
		Short: "Replace objects by those of a file",
		Long: `replace stores the objects of a file in place of those that have their names.
What the file says is sent as it is, fields that kx does not know included. When it holds a resourceVersion and the object has changed since, that is a conflict.

With --subresource ephemeralcontainers the pod must hold the ephemeral containers that are there, unchanged, and the new ones beside them;
the server stores nothing else of it, and kx warns about what it drops.

` + exitStatus,
		Example: `  kx replace -f deployment.yaml
  kx get pod shell -o yaml | sed 's/app: shell/app: bash/' | kx replace -f -
  kx replace -f pod-with-debugger.json --subresource ephemeralcontainers`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return r.run(cmd.Context()) },
	}
	registerFiles(cmd, &r.files)
	cmd.Flags().StringVar(&r.subresource, "subresource", "", "write by way of the subresource `NAME`: ephemeralcontainers, scale or status")
	completeWith(cmd, "subresource", subresources)
	r.register(cmd, "strict")
	return cmd
}

func (r *replaceCommand) run(ctx context.Context) error {
	p := r.printer(r.out)
	return r.eachManifest(r.files, func(client *transport.Client, m manifest) error {
		kind, api, err := r.locate(ctx, client, m)
		if err != nil {
			return err
		}
		object, err := r.replace(ctx, api, m)
		if err != nil {
			return m.failed(err)
		}
		return r.report(r.kx, p, kind, m.name, "replaced", object)
	})
}

func (r *replaceCommand) replace(ctx context.Context, api *resources.API[resources.Object], m manifest) (*resources.Object, error) {
	if m.name == "" {
		return nil, errNoName
	}
	write := api.ReplaceRaw
	if r.subresource != "" {
		endpoint, err := subresource.Dispatch(api, r.subresource)
		if err != nil {
			return nil, err
		}
		write = endpoint.ReplaceRaw
	}
	if r.dryRun.value == dryRunClient {
		object := &resources.Object{}
		return object, json.Unmarshal(m.json, object)
	}
	return write(ctx, m.name, m.json, r.updateOptions()...)
}
