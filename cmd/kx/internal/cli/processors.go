package cli

import (
	"os"
	"runtime"

	"github.com/spf13/cobra"
)

// useOneProcessor lets Go run cmd on one processor, unless it passes streams or $GOMAXPROCS is set.
// A command that waits for the server takes no longer, and spends no time and memory on handing
// work from one processor to another. In a session the read of a terminal would hold the only
// processor for up to 10 ms.
func useOneProcessor(cmd *cobra.Command) {
	if os.Getenv("GOMAXPROCS") == "" && !passesStreams(cmd) {
		runtime.GOMAXPROCS(1)
	}
}

// passesStreams reports whether cmd is a subcommand that passes streams, or a part of one.
func passesStreams(cmd *cobra.Command) bool {
	for cmd.HasParent() && cmd.Parent().HasParent() {
		cmd = cmd.Parent()
	}
	for i := range subcommands {
		if subcommands[i].name == cmd.Name() {
			return subcommands[i].passesStreams
		}
	}
	return false
}
