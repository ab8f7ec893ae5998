// Command kx is a lightweight Kubernetes client with kubectl's verbs and flags. It debugs running
// pods with ephemeral containers.
package main

import (
	"os"

	"github.com/kx-k8s/kx/cmd/kx/internal/cli"
)

func main() { os.Exit(cli.Main()) }
