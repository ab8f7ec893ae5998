package diagnosis

import "strings"

// signals are the names of the signals from 1 on that end programs by default on Linux, without
// SIG. The numbers are those of amd64 and arm64 (signal(7)).
const signals = "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM"

// signalBase is what a shell and the container runtimes add to the number of a signal.
const signalBase = 128

// SignalName returns the signal that an exit code stands for, such as SIGKILL for 137, or "".
func SignalName(code int32) string {
	names := strings.Fields(signals)
	i := int(code) - signalBase - 1
	if i < 0 || i >= len(names) {
		return ""
	}
	return "SIG" + names[i]
}
