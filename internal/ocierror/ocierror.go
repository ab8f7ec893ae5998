// Package ocierror reads why a container runtime could not start a program.
package ocierror

import "strings"

// The exit codes of a shell, of docker run and of podman run for a program that cannot be started
// (POSIX, Shell Command Language, 2.8.2).
const (
	NotExecutable = 126
	NotFound      = 127
)

// Failure says why a program could not be started.
type Failure struct {
	// Code is NotExecutable or NotFound.
	Code int
	// Program is as the runtime names it. It is empty if the runtime does not name it.
	Program string
	// Reason is the runtime's own, such as "permission denied".
	Reason string
}

// form is how a runtime writes the failure: text before the program's name, the quote after the
// name, and text between the name and the reason.
type form struct{ before, quote, after string }

// forms are those of runc and crun, and of Kata Containers' agent. The words of the others around
// them, such as containerd and CRI-O, do not matter.
var forms = []form{
	{`exec: "`, `"`, ": "},
	{"executable file `", "`", " "},
	{"exec container process `", "`", ": "},
	{"exec container process (missing dynamic library?) `", "`", ": "},
	{"the path `", "`", " exists but "},
	{"the file ", " was ", ""},
	{"open executable", ": ", ""},
}

// Parse reads the failure in the message of a server or of a container's status. ok reports whether
// the message has one.
func Parse(message string) (f Failure, ok bool) {
	message = strings.ReplaceAll(message, `\`, "") // before quotes in quotes
	for _, form := range forms {
		_, rest, found := strings.Cut(message, form.before)
		if !found {
			continue
		}
		name, rest, found := strings.Cut(rest, form.quote)
		if !found {
			continue
		}
		reason, found := strings.CutPrefix(rest, form.after)
		if !found {
			continue
		}
		f = Failure{Program: name, Reason: endOfReason(reason)}
		f.Code = codeOf(strings.ToLower(f.Reason))
		if f.Code != 0 {
			return f, true
		}
	}
	return Failure{}, false
}

// endOfReason cuts off what other programs have written after the reason.
func endOfReason(text string) string {
	for _, end := range []string{": unknown", `"`, ": OCI "} {
		text, _, _ = strings.Cut(text, end)
	}
	return strings.TrimSpace(text)
}

// codeOf returns the exit code for a reason in lower case, or 0 for a reason that says something
// else.
func codeOf(reason string) int {
	for _, r := range []struct {
		text string
		code int
	}{
		{"not found", NotFound},
		{"no such file or directory", NotFound},
		{"permission denied", NotExecutable},
		{"operation not permitted", NotExecutable},
		{"not executable", NotExecutable},
		{"is a directory", NotExecutable},
		{"not a directory", NotExecutable},
		{"exec format error", NotExecutable},
	} {
		if strings.Contains(reason, r.text) {
			return r.code
		}
	}
	return 0
}
