package diagnosis

import (
	"strconv"
	"strings"
	"time"

	"github.com/kx-k8s/kx/internal/ocierror"
	"github.com/kx-k8s/kx/resources"
)

// ended says why a container has ended. The kubelet ends one itself after a failed probe or hook.
func (d *diagnosis) ended(c *Container, last *resources.ContainerStateTerminated) {
	since := timeOf(last.StartedAt)
	if last.ExitCode == signalBase+9 || last.ExitCode == signalBase+15 {
		since = time.Time{} // the kubelet drops events that come often: an older one will do
	}
	killing := d.message(c, "Killing", "", since)
	switch {
	case last.Reason == "OOMKilled":
		d.add("OOMKilled", c.Resources.Limits["memory"].String(), c)
	case last.Reason == "ContainerStatusUnknown":
		d.add(last.Reason, "", c)
	case last.Reason == "StartError", last.Reason == "ContainerCannotRun":
		d.notStarted(c, last.Message)
	case strings.Contains(killing, "failed startup probe"):
		d.probe("StartupProbe", "Startup", c, c.StartupProbe)
	case strings.Contains(killing, "failed liveness probe"):
		d.probe("LivenessProbe", "Liveness", c, c.LivenessProbe)
	case strings.Contains(killing, "PostStartHook"):
		d.add("PostStart", "", c)
	default:
		d.add("Exit", strconv.Itoa(int(last.ExitCode)), c, "exit", exitText(last))
	}
}

// exitText returns an exit code with the name of its signal.
func exitText(last *resources.ContainerStateTerminated) string {
	text := strconv.Itoa(int(last.ExitCode))
	signal := SignalName(last.ExitCode)
	switch {
	case signal != "":
		text += " (" + signal + ")"
	case last.Reason != "" && last.Reason != "Error" && last.Reason != "Completed":
		text += " (" + last.Reason + ")"
	}
	return text
}

// notStarted says why the runtime could not start the program of a container.
func (d *diagnosis) notStarted(c *Container, message string) {
	failure, ok := ocierror.Parse(message)
	switch {
	case ok && failure.Code == ocierror.NotFound:
		message = "not found: " + failure.Program
	case ok:
		message = "not executable: " + failure.Program
	}
	d.add("StartError", message, c)
}

// running says why a container that runs is not ready.
func (d *diagnosis) running(c *Container, kind resources.ContainerKind, status *Status) {
	last := status.LastState.Terminated
	switch {
	case kind == resources.KindInitContainer && c.RestartPolicy != "Always":
		d.add("InitRunning", "", c)
	case kind == resources.KindEphemeralContainer:
	case !status.Started && c.StartupProbe != nil:
		d.probe("StartupProbe", "Startup", c, c.StartupProbe)
	case d.livenessFails(c, timeOf(status.State.Running.StartedAt)):
		d.probe("LivenessProbe", "Liveness", c, c.LivenessProbe)
	case !status.Ready && c.ReadinessProbe != nil:
		d.probe("ReadinessProbe", "Readiness", c, c.ReadinessProbe)
	case !status.Ready:
		d.add("NotReady", "", c)
	case status.RestartCount > 0 && last != nil:
		times := "1 restart"
		if status.RestartCount > 1 {
			times = strconv.Itoa(int(status.RestartCount)) + " restarts"
		}
		d.add("Restarted", "", c, "exit", exitText(last), "restarts", times)
	}
}

// livenessFails reports whether the liveness probe has failed in the last periods.
func (d *diagnosis) livenessFails(c *Container, started time.Time) bool {
	if c.LivenessProbe == nil {
		return false
	}
	// The kubelet's events may come a minute late.
	recent := d.now.Add(-time.Minute - 3*time.Duration(c.LivenessProbe.Period)*time.Second)
	if recent.Before(started) {
		recent = started
	}
	return d.message(c, "Unhealthy", "Liveness probe", recent) != ""
}

// probe adds a finding about a probe. Its cause is in the events.
func (d *diagnosis) probe(name, kind string, c *Container, p *Probe) {
	if p == nil {
		p = new(Probe)
	}
	_, message, _ := strings.Cut(d.message(c, "Unhealthy", kind+" probe", time.Time{}), ": ")
	more := []string{"port", p.port(), "probe", p.Action(), "timeout",
		strconv.Itoa(int(p.Timeout)), "failures", strconv.Itoa(int(p.Failures))}
	message = strings.TrimSpace(message)
	row, groups := find(containerStates, "Probe", message)
	v := &vars{diagnosis: d, c: c, message: message, groups: groups, more: more}
	cause := expand(row.text, v.value)
	d.add(name, message, c, append(more, "cause", cause)...)
}
