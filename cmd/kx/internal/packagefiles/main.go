// Command packagefiles writes the files that a package of kx holds beside the programs: a man page
// for each command, and the completion scripts. It is no part of kx; "make dist" runs it.
//
//	packagefiles -version v0.1.0 -date 2026-11-30 FOLDER
//
// FOLDER gets man/kx.1, man/kx-debug.1 and so on, and completions/kx.bash, _kx, kx.fish and kx.ps1.
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/kx-k8s/kx/cmd/kx/internal/cli"
	"github.com/kx-k8s/kx/cmd/kx/internal/command"
)

// scripts are the files of the completion scripts, with the name that each shell expects.
var scripts = map[string]string{"kx.bash": "bash", "_kx": "zsh", "kx.fish": "fish",
	"kx.ps1": "powershell"}

func main() {
	version := flag.String("version", "", "the version of kx that the pages name")
	date := flag.String("date", "", "the date that the pages name, such as 2026-11-30")
	flag.Parse()
	if flag.NArg() != 1 || *version == "" || *date == "" {
		fmt.Fprintln(os.Stderr, "usage: packagefiles -version VERSION -date DATE FOLDER")
		os.Exit(2)
	}
	if err := write(flag.Arg(0), *version, *date); err != nil {
		fmt.Fprintln(os.Stderr, "packagefiles:", err)
		os.Exit(1)
	}
}

// write writes all files below folder.
func write(folder, version, date string) error {
	k := &command.Invocation{}
	for _, page := range pages(k, cli.NewRoot(k), version, date) {
		if err := writeFile(filepath.Join(folder, "man", page.name), page.text); err != nil {
			return err
		}
	}
	for file, shell := range scripts {
		var script, message bytes.Buffer
		status := cli.Run(context.Background(), strings.NewReader(""), &script, &message,
			[]string{"completion", shell})
		if status != 0 {
			return fmt.Errorf("the script for %s: %s", shell, &message)
		}
		if err := writeFile(filepath.Join(folder, "completions", file), &script); err != nil {
			return err
		}
	}
	return nil
}

func writeFile(name string, text io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	content, err := io.ReadAll(text)
	if err != nil {
		return err
	}
	return os.WriteFile(name, content, 0o644)
}
