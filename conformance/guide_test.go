package conformance_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// guides run the commands of the README and of two pages as they stand there.
func guides(tgt *target) []behaviour {
	if !tgt.tmux {
		return nil
	}
	return []behaviour{{"each command in the guides to a pod without a shell, and to logs, exec and attach, works", func(t *testing.T, w *world) {
		w.create(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"distroless","labels":{"app":"distroless"}},"spec":{
			"terminationGracePeriodSeconds":0,"containers":[{"name":"app","image":"kx.local/distroless:1","imagePullPolicy":"Never"}]}}`)
		w.create(t, `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"shell","labels":{"app":"shell"}},"spec":{
			"terminationGracePeriodSeconds":0,"containers":[
			{"name":"main","image":"kx.local/busybox:1","imagePullPolicy":"Never","command":["sleep","3600"]},
			{"name":"echo","image":"kx.local/busybox:1","imagePullPolicy":"Never","stdin":true,
				"command":["sh","-c","while read -r line; do echo \"echo: $line\"; done"]}]}}`)
		for _, pod := range []string{"distroless", "shell"} {
			eventually(t, "the pod runs", func() bool { return w.get(t, pod).Status.Phase == "Running" })
		}
		debugging := readGuide(t, "../docs/debugging.md", "## A pod with no shell")
		require.Greater(t, len(debugging), 10)
		sessions := readGuide(t, "../docs/logs-exec-attach.md", "")
		require.Greater(t, len(sessions), 5)
		readme := readGuide(t, "../README.md", "")
		start := slices.IndexFunc(readme, func(step guideStep) bool { return strings.HasPrefix(step.command, "kx ") })
		require.GreaterOrEqual(t, start, 0, "the steps before it install kx")
		steps := slices.Concat(readme[start:], debugging, sessions)
		dir := t.TempDir()
		for _, step := range steps {
			if len(step.typed) > 0 {
				w.sit(t, step)
				continue
			}
			cmd := exec.CommandContext(within(t, commandLimit), "sh", "-c", w.onPath(step.command))
			cmd.Dir = dir
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			err := cmd.Run()
			require.NotNil(t, cmd.ProcessState, err)
			require.Equal(t, step.code, cmd.ProcessState.ExitCode(), "%s: %s", step.command, &out)
			// kx repeats the flags that onPath adds in the commands that it suggests.
			printed := strings.ReplaceAll(out.String(), fmt.Sprintf(" -n %s --kubeconfig %s", w.config.Namespace, w.kubeconfig), "")
			if w.minor < newest { // which keeps no field managers of debug containers
				printed = strings.ReplaceAll(printed, "<unknown>", "kx")
			}
			for _, line := range step.output {
				require.Contains(t, "\n"+unnamed(printed), "\n"+unnamed(line)+"\n", step.command)
			}
		}
	}}}
}

// guideStep is a command of a guide, with its typed input, its output and its exit status.
type guideStep struct {
	command       string
	typed, output []string
	code          int
}

// readGuide reads the console blocks of a page, or of one section of it. "$ " begins a command,
// "/ # " its typed input, and "$ echo $?" precedes its exit status.
func readGuide(t *testing.T, file, heading string) (steps []guideStep) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	section := string(text)
	if heading != "" {
		var ok bool
		_, section, ok = strings.Cut(section, heading+"\n")
		require.True(t, ok, heading)
		section, _, _ = strings.Cut(section, "\n## ")
	}
	for i, block := range strings.Split(section, "```") {
		lines, console := strings.CutPrefix(block, "console\n")
		if i%2 == 0 || !console {
			continue
		}
		asked := false
		for line := range strings.Lines(lines) {
			line = strings.TrimSuffix(line, "\n")
			last := len(steps) - 1
			command, isCommand := strings.CutPrefix(line, "$ ")
			switch {
			case line == "$ echo $?":
				asked = true
			case isCommand:
				steps = append(steps, guideStep{command: command})
			case asked:
				asked = false
				_, err := fmt.Sscan(line, &steps[last].code)
				require.NoError(t, err, line)
			case strings.HasPrefix(line, "/ # "):
				steps[last].typed = append(steps[last].typed, line[len("/ # "):])
			case line == "…": // lines are left out
			default:
				steps[last].output = append(steps[last].output, line)
			}
		}
	}
	return steps
}

// onPath gives a command line in which kx is this tree's, in the run's namespace.
func (w *world) onPath(command string) string {
	return fmt.Sprintf("kx() { '%s' --kubeconfig '%s' -n '%s' \"$@\"; }\n%s", w.kxProgram, w.kubeconfig, w.config.Namespace, command)
}

// sit tries a step in a terminal.
func (w *world) sit(t *testing.T, step guideStep) {
	t.Helper()
	term := newTerminal(t, w)
	term.resize(100, 200) // ps may show the script that looks for the target, and its many lines
	script := filepath.Join(t.TempDir(), "step")
	require.NoError(t, os.WriteFile(script, []byte(w.onPath(step.command)), 0o600))
	term.types(fmt.Sprintf("clear; sh '%s'; echo ended: $?", script), "Enter")
	term.shows("/ # ")
	for i, line := range step.typed[:len(step.typed)-1] {
		term.types(fmt.Sprintf("%s; echo done $((%d*7))", line, i), "Enter")
		term.shows(fmt.Sprintf("\ndone %d\n", i*7))
	}
	term.types(step.typed[len(step.typed)-1], "Enter")
	term.shows(fmt.Sprintf("\nended: %d\n", step.code))
	screen := unnamed(term.screen())
	for _, line := range step.output {
		if strings.HasPrefix(line, " ") { // a process, whose ID differs
			continue
		}
		require.Contains(t, "\n"+screen, "\n"+unnamed(line)+"\n", step.command)
	}
}

// unnamed replaces what differs each time: generated names, ages, and the width of columns.
func unnamed(text string) string {
	text = regexp.MustCompile(`debugger-\w{5}|\b\d+s\b`).ReplaceAllString(text, "_")
	// the pod's state and the event say the same: kx prints what comes first
	text = strings.ReplaceAll(text, "Event: Warning ErrImageNeverPull", "Waiting: ErrImageNeverPull")
	return regexp.MustCompile(` +`).ReplaceAllString(text, " ")
}
