package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/version"
	"github.com/kx-k8s/kx/transport"
)

type versionCommand struct {
	*command.Invocation
	client bool
	format command.Choice
}

func newVersion(k *command.Invocation) *cobra.Command {
	v := &versionCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of kx and of the server",
		Args:  command.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return v.run(cmd.Context()) },
	}
	cmd.Flags().BoolVar(&v.client, "client", false, "do not ask the server")
	v.format = command.NewChoice("", printer.FormatJSON, printer.FormatYAML)
	command.AddChoice(cmd, &v.format, "output", "o", "output `FORMAT`")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Print both versions", CommandLine: "kx version"},
			{Purpose: "Print that of kx", CommandLine: "kx version --client"},
			{Purpose: "Print them as JSON", CommandLine: "kx version -o json"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"docs/kx.md"},
		Background: `kx prints its own version also when the server does not answer. That version
comes from the build: v0.1.0 for that release and for "go install …@v0.1.0", one of Go's
pseudo-versions for a checkout, and v0.1.0-devel for a build without a commit.`,
	})
	return cmd
}

// versions is the output as JSON or YAML.
type versions struct {
	Client clientVersion `json:"clientVersion"`
	// Server is the server's answer.
	Server jsontext.Value `json:"serverVersion,omitzero"`
}

type clientVersion struct {
	GitVersion string `json:"gitVersion"`
	GoVersion  string `json:"goVersion"`
	Platform   string `json:"platform"`
}

func (v *versionCommand) run(ctx context.Context) error {
	found := versions{Client: clientVersion{buildVersion(), runtime.Version(), runtime.GOOS + "/" +
		runtime.GOARCH}}
	var gitVersion string
	var unreachable error
	if !v.client {
		found.Server, gitVersion, unreachable = v.server(ctx)
	}
	if err := v.print(found, gitVersion); err != nil {
		return err
	}
	return unreachable
}

// buildVersion returns the version that the go command wrote into the program: that of the module
// or, in a checkout, that of the commit. A build without either is on the way to the next release.
func buildVersion() string {
	build, ok := debug.ReadBuildInfo()
	if ok && strings.HasPrefix(build.Main.Version, "v") {
		return build.Main.Version
	}
	return version.Version + "-devel"
}

// server returns the server's answer, and the gitVersion in it.
func (v *versionCommand) server(ctx context.Context) (jsontext.Value, string, error) {
	client, err := v.Connect()
	if err != nil {
		return nil, "", err
	}
	answer, err := client.Fetch(ctx, &transport.Request{Method: http.MethodGet,
		Path: []string{"version"}})
	if err != nil {
		return nil, "", err
	}
	var server struct {
		GitVersion string `json:"gitVersion"`
	}
	err = json.Unmarshal(answer, &server)
	if err == nil && server.GitVersion == "" {
		err = errors.New("it has no gitVersion")
	}
	if err != nil {
		return nil, "", &transport.AnswerError{Method: http.MethodGet, Target: "/version", Err: err}
	}
	return answer, server.GitVersion, nil
}

func (v *versionCommand) print(found versions, gitVersion string) error {
	if v.format.Value != "" {
		return v.encode(found)
	}
	text := "Client Version: " + found.Client.GitVersion + "\n"
	if gitVersion != "" {
		text += "Server Version: " + printer.OneLine(gitVersion) + "\n"
	}
	_, err := fmt.Fprint(v.Out, text)
	return err
}

func (v *versionCommand) encode(found versions) error {
	document, err := json.Marshal(found)
	if err != nil {
		return fmt.Errorf("the server's version cannot be read: %w", err)
	}
	if v.format.Value == printer.FormatYAML {
		return printer.WriteYAML(v.Out, document)
	}
	return jsontext.NewEncoder(v.Out, jsontext.WithIndent("    ")).WriteValue(document)
}
