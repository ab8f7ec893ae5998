package cli

import (
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/debug"
)

// debugResult is what -o json and -o yaml say of one pod.
type debugResult struct {
	Namespace string `json:"namespace,omitzero"`
	Pod       string `json:"pod"`
	Container string `json:"container,omitzero"` // absent when none was added
	Image     string `json:"image,omitzero"`
	Target    string `json:"target,omitzero"`
	// State is "running" or "ended", absent when neither was seen; ExitCode comes with "ended".
	State    string   `json:"state,omitzero"`
	ExitCode *int     `json:"exitCode,omitzero"`
	Reason   string   `json:"reason,omitzero"`
	Adopted  bool     `json:"adopted"`
	Profile  string   `json:"profile,omitzero"`
	Notices  []string `json:"notices,omitzero"`
	Error    string   `json:"error,omitzero"`
}

// debugResults is what they say of several.
type debugResults struct {
	Items   []*debugResult `json:"items"`
	Summary debugSummary   `json:"summary"`
	Error   string         `json:"error,omitzero"` // why no pod was begun with
}

// debugSummary counts the pods: those that have a debug container, those where that or its wait failed, and those that an interruption saved from it.
type debugSummary struct {
	Pods     int `json:"pods"`
	Done     int `json:"done"`
	Failed   int `json:"failed"`
	NotBegun int `json:"notBegun,omitzero"`
}

// fill sets what Run gave.
func (r *debugResult) fill(res *debug.Result, err error) {
	if err != nil {
		r.Error = oneLine(err.Error())
	}
	start := new(debug.StartError)
	if errors.As(err, &start) {
		r.Reason = start.Reason
	}
	if res == nil {
		return
	}
	r.Container, r.Adopted = res.Container, res.Adopted
	if res.Plan != nil {
		r.Profile = string(res.Plan.Profile)
	}
	if res.Object != nil {
		for i := range res.Object.Spec.EphemeralContainers {
			c := &res.Object.Spec.EphemeralContainers[i]
			if c.Name == res.Container {
				r.Image, r.Target = c.Image, c.TargetContainerName
			}
		}
	}
	switch {
	case res.Running:
		r.State = "running"
	case err == nil:
		r.State, r.ExitCode, r.Reason = "ended", &res.ExitCode, res.Reason
	}
}

// observe gives the options for one pod, with which result notes what Run has to say. On stderr that comes after prefix.
func (d *debugCommand) observe(result *debugResult, prefix string) debug.Options {
	o := d.Options
	o.Notice = func(text string) {
		result.Notices = append(result.Notices, text)
		d.tellOnce(prefix, text)
	}
	if prefix != "" {
		o.Progress = (&progress{out: d.err, prefix: prefix, over: d.quiet}).waiting
	}
	return o
}

// tellOnce tells what is worth knowing of one pod, and of several once where it is the same for them.
func (d *debugCommand) tellOnce(prefix, text string) {
	d.told.Lock()
	defer d.told.Unlock()
	if !slices.Contains(d.told.texts, text) {
		d.told.texts = append(d.told.texts, text)
		d.note("%s%s", prefix, text)
	}
}

// printResult prints what became of one pod in the form that was asked for, and as "pod/NAME: CONTAINER" by default.
func (d *debugCommand) printResult(result *debugResult) (err error) {
	switch {
	case d.format.value == formatJSON || d.format.value == formatYAML:
		err = d.encode(result)
	case result.Error != "":
	case d.format.value == formatName:
		_, err = fmt.Fprintf(d.out, "pod/%s\n", result.Pod)
	default:
		_, err = fmt.Fprintf(d.out, "pod/%s: %s%s\n", result.Pod, result.Container, d.suffix())
	}
	return err
}

// encode prints a result or several as JSON or YAML.
func (d *debugCommand) encode(results any) error {
	document, err := json.Marshal(results, jsontext.WithIndent("    "))
	switch {
	case err != nil:
		return err
	case d.format.value == formatYAML:
		return writeYAML(d.out, document)
	}
	_, err = d.out.Write(append(document, '\n'))
	return err
}
