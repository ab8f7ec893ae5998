// Command kx-sandbox serves a simulated Kubernetes cluster on loopback, to try kx or another
// client without a cluster.
//
//	kx-sandbox run -- COMMAND [ARG…]       runs COMMAND with KUBECONFIG set to a fresh sandbox
//	kx-sandbox serve [--kubeconfig FILE]   serves until SIGINT or SIGTERM
//
// A sandbox has the node kx-node and, in the namespace default, the pods distroless and shell, and
// the deployment web with two pods.
// Package kxtest describes what the simulated cluster does and does not do.
package main

import (
	"os"
)

func main() {
	os.Exit(sandbox(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
