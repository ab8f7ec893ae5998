// Command custom reads a custom part from its first argument.
package main

import (
	"log"
	"os"

	"github.com/kx-k8s/kx/debug"
)

func main() {
	if _, err := debug.ParseCustom([]byte(os.Args[1])); err != nil {
		log.Fatal(err)
	}
}
