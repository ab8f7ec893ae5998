package cli

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kx-k8s/kx/cmd/kx/internal/command"
	"github.com/kx-k8s/kx/cmd/kx/internal/debugcmd"
)

// subcommand makes a subcommand of kx.
type subcommand struct {
	name string
	make func(*command.Invocation) *cobra.Command
}

var subcommands = []subcommand{
	{"get", newGet}, {"create", newCreate}, {"replace", newReplace}, {"patch", newPatch},
	{"delete", newDelete}, {"wait", newWait}, {"events", newEvents}, {"describe", newDescribe},
	{"api", newAPI},
	{"debug", debugcmd.New}, {"logs", newLogs}, {"exec", newExec}, {"attach", newAttach},
	{"cp", newCp}, {"port-forward", newPortForward},
	{"image", newImage}, {"record", newRecord}, {"auth", newAuth}, {"version", newVersion},
	{"config", newConfig}, {"completion", newCompletion}, {"options", newOptions},
}

// neededSubcommands returns the subcommand that args name. It returns all of them if that is not
// certain, or if kx is a plugin. To make all takes 0.5 ms and 0.3 MiB: a tenth of the time of a
// short command.
func neededSubcommands(k *command.Invocation, global *pflag.FlagSet,
	args []string) []subcommand {
	if k.Plugin { // command.AsTyped needs their names
		return subcommands
	}
	name := firstWord(global, args)
	for i := range subcommands {
		if subcommands[i].name == name {
			return subcommands[i : i+1]
		}
	}
	return subcommands
}

// firstWord returns the first of args that is neither one of the flags nor the value of one. It
// returns "" if there is none, or another flag before it, whose value the word may be.
func firstWord(flags *pflag.FlagSet, args []string) string {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		long, isLong := strings.CutPrefix(arg, "--")
		var flag *pflag.Flag
		switch {
		case !strings.HasPrefix(arg, "-"):
			return arg
		case strings.Contains(arg, "=") || !isLong && len(arg) != 2:
			continue // the value is in arg
		case isLong:
			flag = flags.Lookup(long)
		default:
			flag = flags.ShorthandLookup(arg[1:])
		}
		if flag == nil {
			return ""
		}
		if flag.NoOptDefVal == "" {
			i++
		}
	}
	return ""
}
