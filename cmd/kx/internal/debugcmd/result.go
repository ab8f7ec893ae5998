package debugcmd

import (
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/cmd/kx/internal/term"
	"github.com/kx-k8s/kx/debug"
)

// debugResult is the output of -o json and -o yaml for one pod.
type debugResult struct {
	Namespace string `json:"namespace,omitzero"`
	Pod       string `json:"pod"`
	Container string `json:"container,omitzero"` // absent when none was added
	Image     string `json:"image,omitzero"`
	Target    string `json:"target,omitzero"`
	// State is "running" or "ended", or absent when neither was seen. ExitCode belongs to "ended".
	State    string   `json:"state,omitzero"`
	ExitCode *int     `json:"exitCode,omitzero"`
	Reason   string   `json:"reason,omitzero"`
	Adopted  bool     `json:"adopted"`
	Profile  string   `json:"profile,omitzero"`
	Notices  []string `json:"notices,omitzero"`
	Error    string   `json:"error,omitzero"`
}

// debugResults is the output for several pods.
type debugResults struct {
	Items   []*debugResult `json:"items"`
	Summary debugSummary   `json:"summary"`
	Error   string         `json:"error,omitzero"` // why no pod was begun
}

// debugSummary counts the pods by their outcome.
type debugSummary struct {
	Pods     int `json:"pods"`
	Done     int `json:"done"`
	Failed   int `json:"failed"`
	NotBegun int `json:"notBegun,omitzero"` // the user interrupted kx before
}

// setOutcome sets what debug.Run returned.
func (r *debugResult) setOutcome(res *debug.Result, err error) {
	if err != nil {
		r.Error = command.ErrorText(err)
	}
	start := new(debug.StartError)
	if errors.As(err, &start) {
		r.Reason = start.Reason
	}
	if res == nil {
		return
	}
	r.Pod, r.Container, r.Adopted = res.Pod, res.Container, res.Adopted
	if res.Plan != nil {
		r.Profile = string(res.Plan.Profile)
	}
	if res.Object != nil {
		c, _ := res.Object.Spec.Container(res.Container)
		if c != nil {
			r.Image, r.Target = c.Image, c.TargetContainerName
		}
	}
	switch {
	case res.Running:
		r.State = "running"
	case err == nil && res.Reason != "":
		r.State, r.ExitCode, r.Reason = "ended", &res.ExitCode, res.Reason
	}
}

// optionsFor returns the options for one pod. Its notices go to result, and to stderr after prefix.
func (d *debugCommand) optionsFor(result *debugResult, prefix string) debug.Options {
	o := d.options
	o.Notice = func(text string) {
		result.Notices = append(result.Notices, text)
		if d.notices.add(text) {
			command.Notice(d.session.Invocation, "%s%s", prefix, text)
		}
	}
	o.ImageNotice = func(text string) {
		result.Notices = append(result.Notices, text)
		if d.notices.add(text) {
			d.options.ImageNotice(prefix + text)
		}
	}
	if prefix != "" {
		o.Progress = command.WaitingOn(term.NewPrefixedProgress(d.session.Err, prefix,
			d.session.Quiet))
	}
	return o
}

// isStructured reports whether -o is json or yaml.
func (d *debugCommand) isStructured() bool {
	return d.write.Format.Value == printer.FormatJSON || d.write.Format.Value == printer.FormatYAML
}

// printResult prints the result for one pod, by default as "pod/NAME: CONTAINER".
func (d *debugCommand) printResult(result *debugResult) (err error) {
	switch {
	case d.isStructured():
		err = d.encode(result)
	case result.Error != "":
	case d.write.Format.Value == printer.FormatName:
		err = printer.WriteName(d.session.Out, "pod/"+result.Pod)
	case result.Container == "": // a copy whose images alone differ
		err = d.session.Print("pod/%s created%s", result.Pod, d.write.DryRunSuffix())
	default:
		err = d.session.Print("pod/%s: %s%s", result.Pod, result.Container,
			d.write.DryRunSuffix())
	}
	return err
}

// encode prints one or several results as JSON or YAML.
func (d *debugCommand) encode(results any) error {
	document, err := json.Marshal(results, jsontext.WithIndent("    "))
	switch {
	case err != nil:
		return err
	case d.write.Format.Value == printer.FormatYAML:
		return printer.WriteYAML(d.session.Out, document)
	}
	_, err = d.session.Out.Write(append(document, '\n'))
	return err
}
