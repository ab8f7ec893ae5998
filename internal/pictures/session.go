package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/kx-k8s/kx/kxtest"
)

// columns is how many characters a row of a picture has.
const columns = 105

// pullTime is how long the node pulls the image of waiting.sh.
const pullTime = 3 * time.Second

// runScript runs a script of this folder over a server of its own, in a folder of its own. It
// returns what the script shows. kx is the one in PATH. With terminal the script runs at a
// terminal, where the lines are typed.
func runScript(path string, terminal bool, lines ...string) (string, error) {
	server, err := kxtest.New(kxtest.WithDemo(),
		kxtest.WithRegistryImage("registry.example/tools/netshoot:1", pullTime))
	if err != nil {
		return "", err
	}
	defer server.Close()
	folder, err := os.MkdirTemp("", "kx-pictures-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	kubeconfig := filepath.Join(folder, "kubeconfig")
	if err := server.WriteKubeconfig(kubeconfig); err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	cmd := exec.Command("sh", path)
	if terminal {
		cmd = exec.Command("script", "-qec",
			fmt.Sprintf("stty cols %d rows 24; sh '%s'", columns, path), os.DevNull)
	}
	cmd.Dir, cmd.Env = folder, append(os.Environ(), "KUBECONFIG="+kubeconfig)
	sender := &keySender{lines: lines}
	if len(lines) > 0 {
		sender.keyboard, err = cmd.StdinPipe()
		if err != nil {
			return "", err
		}
	}
	cmd.Stdout, cmd.Stderr = sender, sender
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", path, err, sender.output)
	}
	return strings.TrimSpace(strings.ReplaceAll(string(sender.output), "\r\n", "\n")), nil
}

var age = regexp.MustCompile(`(?m)\b[\dms]+s ago|^  [\dms]+s( \(x\d+ over [\dms]+\))?`)

// describeLines returns the page of a pod. Ages differ from run to run, and are always the same
// here.
func describeLines(script string) ([]line, error) {
	output, err := runScript(script, false)
	if err != nil {
		return nil, err
	}
	output = age.ReplaceAllStringFunc(output, func(text string) string {
		if strings.HasSuffix(text, "ago") {
			return "2s ago"
		}
		return "  2s"
	})
	return textLines(strings.Split(output, "\n")), nil
}

var (
	pulling = regexp.MustCompile(`^Waiting \d+s: (.*Pulling: .*)$`)
	running = regexp.MustCompile(`^.*Running after .*$`)
)

// waitingLines returns what kx debug shows while the node pulls an image. The pace of the machine
// decides which states of the line are drawn: here it counts three seconds of the pull.
func waitingLines(script string) ([]line, error) {
	output, err := runScript(script, true)
	if err != nil {
		return nil, err
	}
	var lines []line
	for row := range strings.SplitSeq(output, "\n") {
		states := strings.Split(row, "\r\x1b[K")
		text := states[len(states)-1]
		var shown line
		for _, state := range states {
			found := pulling.FindStringSubmatch(state)
			if found != nil && shown == nil {
				for second := range int(pullTime.Seconds()) {
					shown = append(shown, fmt.Sprintf("Waiting %ds: %s", second, found[1]))
				}
			}
		}
		if running.MatchString(text) {
			text = "Pulling… Pulled… Created… Started… Running after 3.1s"
		}
		wrapped := textLines([]string{text})
		wrapped[0] = append(shown, wrapped[0]...)
		lines = append(lines, wrapped...)
	}
	return lines, nil
}
