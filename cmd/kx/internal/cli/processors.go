package cli

import (
	"os"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
)

// streamCommands pass on data both ways, or much of it. The other commands send requests and print
// the answers.
var streamCommands = []string{
	"attach", "cp", "debug", "exec", "image", "logs", "port-forward", "record",
}

// useOneProcessor lets Go run cmd on one processor, unless it passes streams or $GOMAXPROCS is set.
// A command that waits for the server takes no longer, and spends no time and memory on handing
// work from one processor to another. In a session the read of a terminal would hold the only
// processor for up to 10 ms.
func useOneProcessor(cmd *cobra.Command) {
	if os.Getenv("GOMAXPROCS") == "" && !passesStreams(cmd) {
		runtime.GOMAXPROCS(1)
	}
}

// passesStreams reports whether cmd is one of streamCommands, or a part of one.
func passesStreams(cmd *cobra.Command) bool {
	for ; cmd.HasParent(); cmd = cmd.Parent() {
		if !cmd.Parent().HasParent() {
			return slices.Contains(streamCommands, cmd.Name())
		}
	}
	return false
}
