// Command kx-sandbox serves a simulated Kubernetes cluster on loopback, to try kx or any other client with no cluster at hand.
//
//	kx-sandbox run -- COMMAND [ARG…]       runs COMMAND with KUBECONFIG set to a fresh sandbox
//	kx-sandbox serve [--kubeconfig FILE]   serves until a signal comes
//
// A sandbox has the namespace default with the pods distroless and shell, and the node kx-node: see the package
// kxtest for what it does, and what it does not.
package main

import (
	"os"
)

func main() {
	os.Exit(sandbox(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
