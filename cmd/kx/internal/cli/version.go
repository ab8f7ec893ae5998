package cli

import (
	"context"
	"fmt"
	"net/http"
	"runtime"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/internal/version"
	"github.com/kx-k8s/kx/transport"
)

type versionCommand struct {
	*kx
	client bool
	format choice
}

func newVersion(k *kx) *cobra.Command {
	v := &versionCommand{kx: k}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Show the versions of kx and of the server",
		Long:  "version prints which kx this is and which Kubernetes the server is. The first is printed even when the server cannot be reached.\n\n" + exitStatus,
		Example: `  kx version
  kx version --client
  kx version -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&v.client, "client", false, "do not ask the server")
	v.format = oneOf("", formatJSON, formatYAML)
	addChoice(cmd, &v.format, "output", "o", "the form of the output")
	return cmd
}

// versions is what is printed as JSON or YAML.
type versions struct {
	Client clientVersion `json:"clientVersion"`
	// Server is what the server says of itself.
	Server jsontext.Value `json:"serverVersion,omitzero"`
}

type clientVersion struct {
	GitVersion string `json:"gitVersion"`
	GoVersion  string `json:"goVersion"`
	Platform   string `json:"platform"`
}

func (v *versionCommand) run(ctx context.Context) error {
	found := versions{Client: clientVersion{version.Version, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH}}
	var unreachable error
	if !v.client {
		found.Server, unreachable = v.server(ctx)
	}
	if err := v.print(found); err != nil {
		return err
	}
	return unreachable
}

func (v *versionCommand) server(ctx context.Context) (jsontext.Value, error) {
	client, err := v.connect()
	if err != nil {
		return nil, err
	}
	return client.Fetch(ctx, &transport.Request{Method: http.MethodGet, Path: []string{"version"}})
}

func (v *versionCommand) print(found versions) error {
	if v.format.value != "" {
		return v.encode(found)
	}
	text := "Client Version: " + found.Client.GitVersion + "\n"
	if found.Server != nil {
		var server struct {
			GitVersion string `json:"gitVersion"`
		}
		if err := json.Unmarshal(found.Server, &server); err != nil {
			return fmt.Errorf("the server's version cannot be read: %w", err)
		}
		text += "Server Version: " + oneLine(server.GitVersion) + "\n"
	}
	_, err := fmt.Fprint(v.out, text)
	return err
}

func (v *versionCommand) encode(found versions) error {
	document, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("the server's version cannot be read: %w", err)
	}
	if v.format.value == formatYAML {
		return writeYAML(v.out, document)
	}
	return jsontext.NewEncoder(v.out, jsontext.WithIndent("    ")).WriteValue(document)
}
