package command

import (
	"regexp"
	"strings"
)

// The names of a plugin's programs, below which kubectl finds kx in $PATH.
const (
	// PluginProgram runs for "kubectl kx".
	PluginProgram = "kubectl-kx"
	// CompletionProgram completes the command line of "kubectl kx".
	CompletionProgram = "kubectl_complete-kx"
)

// AsTyped returns text with the command lines in it as the user types them: those of a plugin
// begin with "kubectl kx". A method would be promoted to each command, and cost 4 KB.
func AsTyped(k *Invocation, text string) string {
	if !k.Plugin {
		return text
	}
	verbs := "COMMAND|options|help"
	for cmd := range k.helps {
		if cmd.HasParent() && !cmd.Parent().HasParent() {
			verbs += "|" + cmd.Name()
		}
	}
	commandLine := regexp.MustCompile(`(^|[^\w/.-])(kubectl )?kx ((` + verbs + `)\b)`)
	return commandLine.ReplaceAllString(text, "${1}kubectl kx ${3}")
}

// programOf returns the name of a program's file, without what Windows adds.
func programOf(path string) string {
	return strings.TrimSuffix(path[strings.LastIndexAny(path, `/\`)+1:], ".exe")
}

// SetProgram notes the file by which kx was called, and returns args as kx reads them.
func SetProgram(k *Invocation, path string, args []string) []string {
	switch programOf(path) {
	case PluginProgram:
		k.Plugin = true
	case CompletionProgram:
		return append([]string{"__complete"}, args...)
	}
	return args
}
