package cli

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/internal/printable"
	"github.com/kx-k8s/kx/resources"
)

const (
	// maxEventsShown is how many events the page of a pod has.
	maxEventsShown = 20
	// maxTextShown is how many bytes of a text of the cluster the page has.
	maxTextShown = 1000
	// labelWidth is the width of the column of labels.
	labelWidth = 12
)

// podPage is the page of a pod.
type podPage struct {
	*describeCommand
	*podFacts
	now  time.Time
	text bytes.Buffer
}

func (p *podPage) bytes() []byte {
	p.header()
	p.conditions()
	for kind, c := range p.pod.AllContainers() {
		p.container(kind, c)
	}
	p.volumes()
	if p.showEvents {
		p.eventList()
	}
	p.findings()
	return p.text.Bytes()
}

// clean returns a text of the cluster on one line, without what controls a terminal.
func clean(text string) string {
	text = printable.Text(strings.Join(strings.Fields(text), " "))
	if len(text) > maxTextShown {
		text = strings.ToValidUTF8(text[:maxTextShown], "") + "…"
	}
	return text
}

// commandLine returns the command line of kx for the same cluster.
func (p *podPage) commandLine(words ...string) string {
	return command.AsTyped(p.Invocation, p.Connection.CommandLine(words))
}

// heading begins a section.
func (p *podPage) heading(text string) { p.text.WriteString("\n" + clean(text) + "\n") }

// field writes a label and its value, unless the value is empty.
func (p *podPage) field(indent, label, value string) {
	if value == "" {
		return
	}
	pad := max(labelWidth-len(indent)-len(label), 1)
	p.text.WriteString(indent + label + strings.Repeat(" ", pad) + clean(value) + "\n")
}

// rows writes rows with aligned columns.
func (p *podPage) rows(rows [][]string) {
	for _, row := range rows {
		for i := range row {
			row[i] = clean(row[i])
		}
		row[0] = "  " + row[0]
	}
	_ = printer.WriteTable(&p.text, rows) // a buffer takes all
}

func (p *podPage) header() {
	pod, status := p.pod, &p.pod.Status
	p.field("", "Pod", pod.Metadata.Namespace+"/"+pod.Metadata.Name)
	p.field("", "Status", joined(", ", status.Phase, status.Reason, status.Message,
		p.age("created", pod.Metadata.CreationTimestamp), p.deletion()))
	p.field("", "Node", p.nodeText())
	var ips []string
	for _, ip := range status.PodIPs {
		ips = append(ips, ip.IP)
	}
	p.field("", "IP", strings.Join(ips, ", "))
	p.field("", "Owner", pod.Owner())
	p.field("", "QoS", status.QOSClass)
	p.field("", "Account", pod.Spec.ServiceAccountName)
	if pod.Spec.Priority != 0 {
		p.field("", "Priority", joined(" ", strconv.Itoa(int(pod.Spec.Priority)),
			pod.Spec.PriorityClassName))
	}
}

// joined joins the texts that are not empty.
func joined(separator string, texts ...string) string {
	var all []string
	for _, text := range texts {
		if text != "" {
			all = append(all, text)
		}
	}
	return strings.Join(all, separator)
}

// age returns how long ago something happened, such as "created 3m ago", or "". A time from before
// 1971 is one that the kubelet does not know.
func (p *podPage) age(what string, at resources.Time) string {
	then, err := at.Time()
	if err != nil || then.Year() < 1971 {
		return ""
	}
	return joined(" ", what, printer.HumanDuration(p.now.Sub(then)), "ago")
}

// deletion returns since when the pod is being deleted. The timestamp is the end of the grace
// period.
func (p *podPage) deletion() string {
	meta := &p.pod.Metadata
	if meta.DeletionTimestamp == nil {
		return ""
	}
	end, err := meta.DeletionTimestamp.Time()
	left := end.Sub(p.now)
	if err != nil || left < 0 {
		return "being deleted, " + p.age("grace period over", *meta.DeletionTimestamp)
	}
	return "being deleted, grace period over in " + printer.HumanDuration(left)
}

func (p *podPage) nodeText() string {
	name := p.pod.Spec.NodeName
	if name == "" {
		return "none yet"
	}
	if p.pod.Status.HostIP != "" {
		name += " (" + p.pod.Status.HostIP + ")"
	}
	switch {
	case p.nodeErr != nil:
		return name + ", which cannot be read: " + p.Describe(p.nodeErr)
	case p.node.Missing:
		return name + ", which does not exist"
	}
	name += ", " + conditionText(p.node.Ready())
	if p.node.Spec.Unschedulable {
		name += ", cordoned"
	}
	for _, c := range p.node.Status.Conditions {
		if strings.HasSuffix(c.Type, "Pressure") && c.Status == "True" {
			name += ", " + c.Type
		}
	}
	return name
}

// conditionText returns the state of a node's condition Ready.
func conditionText(ready diagnosis.Condition) string {
	switch ready.Status {
	case "True":
		return "ready"
	case "":
		return "readiness unknown"
	}
	return "not ready: " + joined(": ", ready.Reason, ready.Message)
}

// conditions lists the conditions that are not met. Those of an ended pod say no more than its
// phase.
func (p *podPage) conditions() {
	if p.pod.Ended() {
		return
	}
	var rows [][]string
	for _, c := range p.pod.Status.Conditions {
		if c.Status == wantedStatus(c.Type) {
			continue
		}
		rows = append(rows, []string{c.Type, c.Status, p.age("", c.Since),
			joined(": ", c.Reason, c.Message)})
	}
	if len(rows) > 0 {
		p.heading("Conditions not met")
		p.rows(rows)
	}
}

// wantedStatus returns the status of a pod's condition when all is well.
func wantedStatus(condition string) string {
	switch condition {
	case "DisruptionTarget", "PodResizePending", "PodResizeInProgress":
		return "False"
	}
	return "True"
}

func (p *podPage) volumes() {
	var rows [][]string
	for _, v := range p.pod.Spec.Volumes {
		row := []string{v.Name, "", ""}
		for kind, source := range v.Source {
			row[1] = kind
			row[2] = joined(" ", source.Name, source.SecretName, source.ClaimName, source.Driver,
				source.Server, source.Path, source.Reference)
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		p.heading("Volumes")
		p.rows(rows)
	}
}

func (p *podPage) eventList() {
	p.heading("Events")
	events := p.events
	hidden := max(len(events)-maxEventsShown, 0)
	switch {
	case p.eventsErr != nil:
		p.field("  ", "cannot be read:", p.Describe(p.eventsErr))
	case len(events) == 0:
		p.text.WriteString("  none: the server keeps events for an hour by default\n")
	case hidden > 0:
		fmt.Fprintf(&p.text, "  %d earlier ones: %s\n", hidden,
			p.commandLine("events", p.pod.Metadata.Name))
	}
	var rows [][]string
	for _, e := range events[hidden:] {
		_, container, _ := strings.Cut(e.InvolvedObject.FieldPath, "{")
		rows = append(rows, []string{interval(e, p.now), e.Type, e.Reason,
			strings.TrimSuffix(container, "}"), e.Message})
	}
	p.rows(rows)
}

func (p *podPage) findings() {
	p.heading("What to try next")
	for _, f := range diagnosis.Diagnose(p.pod, p.events, p.node, p.now) {
		p.text.WriteString("  " + clean(f.Text) + "\n")
		for _, words := range f.Commands {
			p.text.WriteString("    " + clean(p.commandLine(words...)) + "\n")
		}
	}
}
