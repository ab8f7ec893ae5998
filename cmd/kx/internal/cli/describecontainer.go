package cli

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/printer"
	"github.com/kx-k8s/kx/internal/diagnosis"
	"github.com/kx-k8s/kx/resources"
)

// container writes the block of a container.
func (p *podPage) container(kind resources.ContainerKind, c *diagnosis.Container) {
	status := p.pod.StatusOf(c.Name)
	isDebug := kind == resources.KindEphemeralContainer
	title := "Container"
	switch {
	case isDebug:
		title = "Debug container"
	case kind == resources.KindInitContainer && c.RestartPolicy == "Always":
		title = "Sidecar"
	case kind == resources.KindInitContainer:
		title = "Init container"
	}
	p.heading(title + " " + c.Name)
	const indent = "  "
	p.field(indent, "Image", joined(" ", c.Image, shortID(status.ImageID)))
	if isDebug {
		p.field(indent, "Target", c.Target)
		p.field(indent, "Profile", profileOf(&c.Security))
	}
	p.field(indent, "State", p.stateText(status))
	last := status.LastState.Terminated
	if !isDebug {
		ready := "no"
		if status.Ready {
			ready = "yes"
		}
		p.field(indent, "Ready", ready+", restarts: "+strconv.Itoa(int(status.RestartCount)))
	}
	if last != nil {
		p.field(indent, "Last exit", p.exitText(last))
	}
	p.field(indent, "Requests", amounts(c.Resources.Requests))
	p.field(indent, "Limits", amounts(c.Resources.Limits))
	for _, probe := range []struct {
		label string
		*diagnosis.Probe
	}{{"Startup", c.StartupProbe}, {"Liveness", c.LivenessProbe},
		{"Readiness", c.ReadinessProbe}} {
		if probe.Probe != nil {
			p.field(indent, probe.label, probe.String())
		}
	}
	var mounts []string
	for _, m := range c.Mounts {
		mount := m.Path + " from " + joined("/", m.Name, m.SubPath)
		if m.ReadOnly {
			mount += " (read-only)"
		}
		mounts = append(mounts, mount)
	}
	p.field(indent, "Mounts", strings.Join(mounts, ", "))
	if isDebug && status.State.Running != nil {
		p.debugCommands(c)
	}
}

// debugCommands writes how to get into a debug container, and how to end it.
func (p *podPage) debugCommands(c *diagnosis.Container) {
	pod := p.pod.Metadata.Name
	enter := []string{"exec", pod, "-c", c.Name, "-it", "--", "sh"}
	if c.Stdin && c.TTY {
		enter = []string{"attach", pod, "-c", c.Name, "-it"}
	}
	p.field("  ", "Get in", p.commandLine(enter...))
	p.field("  ", "Stop", p.commandLine("debug", "stop", pod, c.Name))
}

// stateText returns the state of a container, and since when.
func (p *podPage) stateText(status *diagnosis.Status) string {
	state := &status.State
	switch {
	case state.Running != nil:
		return joined(", ", "running", p.age("started", state.Running.StartedAt))
	case state.Terminated != nil:
		return "ended: " + p.exitText(state.Terminated)
	case state.Waiting != nil:
		text := "waiting"
		last := status.LastState.Terminated
		if last != nil {
			text = joined(" ", text, p.age("since the exit", last.FinishedAt))
		}
		return joined(": ", text, state.Waiting.Reason, state.Waiting.Message)
	}
	return "waiting: the kubelet has not reported it yet"
}

// exitText returns how a container has ended, when, and how long it had run.
func (p *podPage) exitText(t *resources.ContainerStateTerminated) string {
	code := fmt.Sprintf("code %d", t.ExitCode)
	signal := diagnosis.SignalName(t.ExitCode)
	if signal != "" {
		code += " (" + signal + ")"
	}
	run := ""
	start, startErr := t.StartedAt.Time()
	end, endErr := t.FinishedAt.Time()
	if startErr == nil && endErr == nil && start.Year() > 1970 && !end.Before(start) {
		run = "after a run of " + printer.HumanDuration(end.Sub(start))
	}
	return joined(": ", joined(", ", t.Reason, code, joined(" ", p.age("", t.FinishedAt), run)),
		t.Message)
}

// amounts returns quantities by resource, such as "cpu 10m, memory 16Mi".
func amounts(of map[string]resources.Quantity) string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, name+" "+of[name].String())
	}
	return strings.Join(all, ", ")
}

// shortID returns the first digits of an image's digest in parentheses, or "".
func shortID(imageID string) string {
	_, digest, found := strings.Cut(imageID, "sha256:")
	if !found {
		return ""
	}
	return "(sha256:" + digest[:min(len(digest), 12)] + ")"
}

// profileOf returns the profile of kx debug whose rights a container has.
func profileOf(s *diagnosis.SecurityContext) string {
	add := s.Capabilities.Add
	switch {
	case s.Privileged:
		return "sysadmin: privileged"
	case s.RunAsNonRoot && slices.Contains(s.Capabilities.Drop, "ALL"):
		return "restricted: no capabilities, not as root"
	case slices.Contains(add, "NET_ADMIN"):
		return "netadmin: " + strings.Join(add, ", ")
	case slices.Contains(add, "SYS_PTRACE"):
		return "general: " + strings.Join(add, ", ")
	case len(add) > 0:
		return strings.Join(add, ", ")
	}
	return "baseline: no further rights"
}
