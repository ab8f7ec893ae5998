package cli

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/cobra"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/yamltext"
	"github.com/kx-k8s/kx/kubeconfig"
	"github.com/kx-k8s/kx/patch"
)

type configViewCommand struct {
	*command.Invocation
	raw, minify, flatten bool
	format               command.Choice
}

func newConfigView(k *command.Invocation) *cobra.Command {
	v := &configViewCommand{Invocation: k}
	cmd := &cobra.Command{
		Use:   "view",
		Short: "Print the merged kubeconfig",
		Args:  command.NoArgs,
		RunE:  func(*cobra.Command, []string) error { return v.run() },
	}
	f := cmd.Flags()
	f.BoolVar(&v.raw, "raw", false, "print credentials too")
	f.BoolVar(&v.minify, "minify", false, "print only the current context")
	f.BoolVar(&v.flatten, "flatten", false, "print files in place of their paths")
	v.format = command.NewChoice(printer.FormatYAML, printer.FormatYAML, printer.FormatJSON)
	command.AddChoice(cmd, &v.format, "output", "o", "output `FORMAT`")
	k.SetHelp(cmd, command.Help{
		Examples: []command.Example{
			{Purpose: "Print the kubeconfig without credentials", CommandLine: "kx config view"},
			{Purpose: "Print what the current context uses",
				CommandLine: "kx config view --minify -o json"},
			{Purpose: "Write a file that needs no other",
				CommandLine: "kx config view --minify --flatten --raw > standalone.kubeconfig"},
		},
		ExitStatus: command.DefaultExitStatus(),
		SeeAlso:    []string{"docs/kx.md, docs/kubeconfig.md"},
		Background: `kx prints the merged kubeconfig. Credentials are REDACTED, and certificates are
DATA+OMITTED. With --raw kx hides nothing, and the output is a kubeconfig file. --minify leaves the
current context, or that of --context, with its cluster and user. --flatten replaces the paths of
certificates and keys by the contents of the files.`,
	})
	return cmd
}

func (v *configViewCommand) run() error {
	files, err := command.Files(v.Invocation)
	if err != nil {
		return err
	}
	show := files.Redacted
	if v.raw {
		show = files.Raw
	}
	text, err := show()
	if err != nil {
		return err
	}
	if v.minify || v.flatten {
		if text, err = v.edit(text, files); err != nil {
			return err
		}
	}
	switch {
	case v.format.Value != printer.FormatYAML:
	case printer.IsTerminal(v.Out):
		var document yaml.Node
		if err := yaml.Unmarshal(text, &document); err != nil {
			return err
		}
		return printer.WriteYAMLNode(v.Out, &document, nil)
	default:
		_, err = v.Out.Write(text)
		return err
	}
	document, err := patch.YAMLToJSON(text)
	if err != nil {
		return err
	}
	return jsontext.NewEncoder(v.Out, jsontext.WithIndent("    ")).WriteValue(document)
}

func (v *configViewCommand) edit(text []byte, files *kubeconfig.Files) ([]byte, error) {
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	root := document.Content[0]
	if v.minify {
		if err := v.minified(root, files); err != nil {
			return nil, err
		}
	}
	if v.flatten {
		if err := v.flattened(root); err != nil {
			return nil, err
		}
	}
	return yamltext.Append(nil, root), nil
}

// minified removes all but one context with its cluster and user.
func (v *configViewCommand) minified(root *yaml.Node, files *kubeconfig.Files) error {
	name := cmp.Or(v.Connection.Context, files.CurrentContext)
	if name == "" {
		return errNoCurrentContext
	}
	chosen, err := selectContexts(files, []string{name})
	if err != nil {
		return err
	}
	for section, keep := range map[string]string{"contexts": name, "clusters": chosen[0].Cluster,
		"users": chosen[0].User} {
		list := member(root, section)
		list.Content = slices.DeleteFunc(list.Content,
			func(entry *yaml.Node) bool { return nameOf(entry) != keep })
	}
	member(root, "current-context").Value = name
	return nil
}

// flattened replaces the paths of files by their contents, or by DATA+OMITTED.
func (v *configViewCommand) flattened(root *yaml.Node) error {
	for _, where := range []struct {
		section, entry string
		keys           []string
	}{
		{"clusters", "cluster", []string{"certificate-authority"}},
		{"users", "user", []string{"client-certificate", "client-key"}},
	} {
		for _, entry := range member(root, where.section).Content {
			for _, key := range where.keys {
				if err := v.inline(member(entry, where.entry), key); err != nil {
					return fmt.Errorf("%s %q: %s: %w", where.entry, nameOf(entry), key, err)
				}
			}
		}
	}
	return nil
}

func (v *configViewCommand) inline(fields *yaml.Node, key string) error {
	path := member(fields, key)
	if path == nil || path.Value == "" {
		return nil
	}
	data := member(fields, key+"-data")
	if data != nil && data.Value != "" {
		return fmt.Errorf("excludes %s-data: remove one of them", key)
	}
	content, err := readCredential(path.Value)
	if err != nil {
		return err
	}
	path.Value = "DATA+OMITTED"
	if v.raw {
		path.Value = base64.StdEncoding.EncodeToString(content)
	}
	fields.Content[2*indexOf(fields, key)].Value = key + "-data"
	return nil
}

// readCredential reads at most 1 MiB of a regular file. A kubeconfig may name any file.
func readCredential(path string) ([]byte, error) {
	const most = 1 << 20
	info, err := os.Stat(path) // opening a missing file or reading a folder fails by itself
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	if len(content) > most {
		return nil, fmt.Errorf("%s is larger than 1 MiB", path)
	}
	return content, err
}

// nameOf returns the name of an entry, or "".
func nameOf(entry *yaml.Node) string {
	name := member(entry, "name")
	if name != nil {
		return name.Value
	}
	return ""
}

// member returns a member of a mapping, or nil.
func member(mapping *yaml.Node, key string) *yaml.Node {
	i := indexOf(mapping, key)
	if i >= 0 {
		return mapping.Content[2*i+1]
	}
	return nil
}

func indexOf(mapping *yaml.Node, key string) int {
	if mapping != nil {
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if mapping.Content[i].Value == key {
				return i / 2
			}
		}
	}
	return -1
}
