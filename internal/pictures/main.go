// Command pictures draws docs/pictures from runs of the scripts of this folder. The folder of kx is
// in PATH.
package main

import (
	"fmt"
	"os"
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
	{"demo.svg", "A session of kx debug", "internal/pictures/session.sh", recordedLines, 22},
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
