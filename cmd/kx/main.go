// Command kx is a lightweight Kubernetes client with kubectl's verbs and flags. It debugs running
// pods with ephemeral containers.
package main

import (
	"os"
	"runtime/debug"

	"github.com/kx-k8s/kx/cmd/kx/internal/cli"
)

// gcPercent allows less than half of Go's usual garbage. A list in JSON then takes 15 MiB instead
// of 17, and a tenth more processor time. It takes no longer, because kx waits for the server.
const gcPercent = 40

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	os.Exit(cli.Main())
}
