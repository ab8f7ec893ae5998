package diagnosis

// signals are the names of signals that end programs, by their numbers on Linux. The numbers are
// those of amd64 and arm64 (signal(7)).
var signals = map[int32]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS",
	8: "SIGFPE", 9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
	24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
}

// signalBase is what a shell and the container runtimes add to the number of a signal.
const signalBase = 128

// SignalName returns the signal that an exit code stands for, such as SIGKILL for 137, or "".
func SignalName(code int32) string { return signals[code-signalBase] }
