//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// launchArg makes this program a launcher, which runs the command line that follows.
//
// A process starts with the peak memory of the process that it was forked from (getrusage(2)). The
// launcher is small, so that the peak of a command is its own.
const launchArg = "launch"

// reportFD is the launcher's file descriptor for its report.
const reportFD = 3

// report is what the launcher writes about a command.
type report struct {
	Started time.Time
	Elapsed time.Duration
	CPU     time.Duration // user and system mode
	Memory  int64         // peak of the resident memory, in bytes
	Code    int           // exit status; -1 after a signal
}

// launch runs a command with the streams of this process, and writes the report.
func launch(command []string) error {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	r := report{Started: time.Now()}
	err := cmd.Run()
	r.Elapsed = time.Since(r.Started)
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return err
	}
	state := cmd.ProcessState
	r.CPU, r.Code = state.UserTime()+state.SystemTime(), state.ExitCode()
	r.Memory = state.SysUsage().(*syscall.Rusage).Maxrss << 10
	return json.NewEncoder(os.NewFile(reportFD, "report")).Encode(r)
}
