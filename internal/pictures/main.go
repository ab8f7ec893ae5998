// Command pictures draws docs/pictures from runs of demo.sh and of the scripts of this folder. The
// folder of kx and kx-sandbox is in PATH.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "pictures:", err)
		os.Exit(1)
	}
}

// pictures are the files in docs/pictures. Each script is run from the root of the repository.
var pictures = []struct {
	name, label, script string
	lines               func(script string) ([]line, error)
	maxRows             int
}{
	{"demo.svg", "A session of kx", "demo.sh", demoLines, 22},
	{"describe.svg", "The page of kx describe pod", "internal/pictures/describe.sh",
		describeLines, 30},
	{"waiting.svg", "The live line of kx debug", "internal/pictures/waiting.sh", waitingLines, 22},
}

func run() error {
	for _, p := range pictures {
		lines, err := p.lines(p.script)
		if err != nil {
			return err
		}
		err = os.WriteFile("docs/pictures/"+p.name, draw(p.label, lines, p.maxRows), 0o644)
		if err != nil {
			return err
		}
	}
	return nil
}

// demoLines returns what the demo shows once its pods are ready. Ages and the process number of ps
// differ from run to run, and are always the same here.
func demoLines(script string) ([]line, error) {
	demo := exec.Command("kx-sandbox", "run", "--", "sh", "-ec",
		`kx wait pods --all --for condition=Ready >/dev/null; exec sh "$0"`, script)
	output, err := demo.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, output)
	}
	var texts []string
	for row := range bytes.Lines(bytes.TrimSpace(output)) {
		text := strings.TrimRight(string(row), "\n")
		switch {
		case strings.HasPrefix(text, "Waiting: "): // depends on the pace of the node
			continue
		case strings.Contains(text, "  Running   0          "):
			text = text[:strings.LastIndex(text, " ")] + " 1s"
		case strings.HasSuffix(text, " 0:00 ps"):
			text = "    6 root      0:00 ps"
		}
		texts = append(texts, text)
	}
	return textLines(texts), nil
}
