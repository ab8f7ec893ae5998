package debugcmd

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/debug"
)

// printsPlan reports whether a dry run prints the patch.
func (d *debugCommand) printsPlan() bool {
	return d.dryRun() && d.isStructured()
}

// printPlan prints the patch that a run sends, and the origin of each setting: as comments in YAML,
// on stderr with JSON.
func (d *debugCommand) printPlan(plan *debug.Plan) error {
	if plan == nil { // a container is reused: a run sends nothing
		return nil
	}
	document := plan.Patch
	if plan.Pod != nil {
		document = plan.Pod
	}
	if d.write.Format.Value == printer.FormatJSON {
		if err := printer.WriteJSON(d.session.Out, document); err != nil {
			return err
		}
		for _, setting := range plan.Settings {
			command.Notice(d.session.Invocation, "%s: %s", setting.Path, d.inFlags(setting.From))
		}
		return nil
	}
	node, err := printer.YAMLNode(jsontext.NewDecoder(bytes.NewReader(document)))
	if err != nil {
		return err
	}
	comments := map[*yaml.Node]string{}
	container := containerNode(node, plan)
	for _, setting := range plan.Settings {
		in := container
		if strings.HasPrefix(setting.Path, "spec.") {
			in = node
		}
		key, _ := lookup(in, strings.Split(setting.Path, ".")...)
		if key != nil {
			comments[key] = d.inFlags(setting.From)
		}
	}
	return printer.WriteYAMLNode(d.session.Out, node, comments)
}

// containerNode returns the container of plan in the document that is sent, or nil.
func containerNode(document *yaml.Node, plan *debug.Plan) *yaml.Node {
	var container struct {
		Name string `json:"name"`
	}
	if plan.Container == nil || json.Unmarshal(plan.Container, &container) != nil {
		return nil
	}
	for _, field := range []string{"ephemeralContainers", "containers", "initContainers"} {
		_, list := lookup(document, "spec", field)
		if list == nil {
			continue
		}
		for _, c := range list.Content {
			_, name := lookup(c, "name")
			if name != nil && name.Value == container.Name {
				return c
			}
		}
	}
	return nil
}

// inFlags names the options of package debug by their flags.
func (d *debugCommand) inFlags(from string) string {
	parts := strings.Split(from, " and ")
	for i, part := range parts {
		switch part {
		case "custom":
			parts[i] = "--custom"
			if d.container.profile.own != "" {
				parts[i] = "--profile " + d.container.profile.own
			}
		case "RunAs":
			parts[i] = "--run-as"
		case "Target":
			parts[i] = "--target"
		case "ShareProcesses":
			parts[i] = "--share-processes"
		}
	}
	return strings.Join(parts, " and ")
}

// lookup follows a path into nested mappings. It returns the key and the value of the last name, or
// nil.
func lookup(node *yaml.Node, path ...string) (key, value *yaml.Node) {
	value = node
	for _, name := range path {
		in := value
		key, value = nil, nil
		for i := 0; in != nil && i+1 < len(in.Content); i += 2 {
			if in.Content[i].Value == name {
				key, value = in.Content[i], in.Content[i+1]
			}
		}
	}
	return key, value
}
