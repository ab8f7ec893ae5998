// Apidiff prints how the exported names of kx's packages differ between two checkouts.
//
//	cd tools && go run ./apidiff OLD NEW
//
// It exits with 1 if a program that compiles with OLD might not compile with NEW, as Go 1's rules
// of compatibility say.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: apidiff OLD NEW, two folders of the module")
		os.Exit(2)
	}
	incompatible, err := run(os.Stdout, os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "apidiff:", err)
		os.Exit(2)
	}
	if incompatible > 0 {
		fmt.Fprintf(os.Stderr, "apidiff: %d incompatible changes: each needs a new minor version, "+
			"and a line in CHANGELOG.md\n", incompatible)
		os.Exit(1)
	}
}

// run prints the differences, and returns how many are incompatible.
func run(w io.Writer, before, after string) (int, error) {
	older, err := load(before)
	if err != nil {
		return 0, err
	}
	newer, err := load(after)
	if err != nil {
		return 0, err
	}
	changes := compare(older, newer)
	incompatible := 0
	for _, c := range changes {
		kind := "compatible:  "
		if !c.compatible {
			kind = "incompatible:"
			incompatible++
		}
		fmt.Fprintln(w, kind, c.text)
	}
	if len(changes) == 0 {
		fmt.Fprintln(w, "no exported name differs")
	}
	return incompatible, nil
}
