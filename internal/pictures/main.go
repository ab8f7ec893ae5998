// Command pictures draws docs/pictures/demo.svg from a run of demo.sh. The folder of kx and
// kx-sandbox is in PATH.
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

func run() error {
	lines, err := demoLines("demo.sh")
	if err != nil {
		return err
	}
	return os.WriteFile("docs/pictures/demo.svg", draw(lines), 0o644)
}

// demoLines returns what the demo shows once its pods are ready. Ages and the process number of ps
// differ from run to run, and are always the same here.
func demoLines(script string) ([]string, error) {
	demo := exec.Command("kx-sandbox", "run", "--", "sh", "-ec",
		`kx wait pod/distroless pod/shell --for condition=Ready >/dev/null; exec sh "$0"`, script)
	output, err := demo.CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, output)
	}
	var lines []string
	for line := range bytes.Lines(bytes.TrimSpace(output)) {
		text := strings.TrimRight(string(line), "\n")
		switch {
		case strings.HasPrefix(text, "Waiting: "): // depends on the pace of the node
			continue
		case strings.Contains(text, "  Running   0          "):
			text = text[:strings.LastIndex(text, " ")] + " 1s"
		case strings.HasSuffix(text, " 0:00 ps"):
			text = "    6 root      0:00 ps"
		}
		lines = append(lines, text)
	}
	return lines, nil
}
