package cli

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"gopkg.in/yaml.v3"

	"github.com/kx-k8s/kx/debug"
	"github.com/kx-k8s/kx/internal/yamltext"
)

// printsPlan holds for a dry run whose output is the request itself.
func (d *debugCommand) printsPlan() bool {
	return d.dryRun.value != "none" && (d.format.value == formatYAML || d.format.value == formatJSON)
}

// printPlan prints what would be sent, and where the settings in it come from. JSON has no comments, so that they go to stderr.
func (d *debugCommand) printPlan(plan *debug.Plan) error {
	if plan == nil { // a container is reused, so that nothing would be
		return nil
	}
	if d.format.value == formatJSON {
		if err := newJSONPrinter(d.out, nil).encoder.WriteValue(plan.Patch); err != nil {
			return err
		}
		for _, setting := range plan.Settings {
			d.note("%s: %s", setting.Path, inFlags(setting.From))
		}
		return nil
	}
	node, err := yamlNode(jsontext.NewDecoder(bytes.NewReader(plan.Patch)))
	if err != nil {
		return err
	}
	comments := map[*yaml.Node]string{}
	_, containers := lookup(node, "spec", "ephemeralContainers")
	for _, setting := range plan.Settings {
		key, _ := lookup(containers.Content[0], strings.Split(setting.Path, ".")...)
		if key != nil {
			comments[key] = inFlags(setting.From)
		}
	}
	_, err = d.out.Write(yamltext.AppendCommented(nil, node, comments))
	return err
}

// inFlags names the library's options by the flags that set them.
func inFlags(from string) string {
	parts := strings.Split(from, " and ")
	for i, part := range parts {
		switch part {
		case "custom":
			parts[i] = "--custom"
		case "RunAs":
			parts[i] = "--run-as"
		case "Target":
			parts[i] = "--target"
		}
	}
	return strings.Join(parts, " and ")
}

// lookup follows names into nested mappings, to the key and the value of the last one; nil where there is none.
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
