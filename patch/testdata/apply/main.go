// Apply reads YAML, applies and compares, and so needs both libraries.
package main

import (
	"fmt"
	"os"

	"github.com/kx-k8s/kx/patch"
)

func main() {
	p, err := patch.Parse(patch.TypeJSON, []byte(os.Args[1]))
	fmt.Println(p, err)
	out, err := p.ApplyTo([]byte(os.Args[2]))
	fmt.Println(string(out), err)
	fmt.Println(patch.Diff([]byte(os.Args[2]), out))
}
