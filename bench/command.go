//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// command is a command line to measure.
type command struct {
	program string
	args    []string
	least   int64 // bytes that the output has at least
}

// run runs the command by the launcher, with its output in a pipe. It fails if the command fails,
// prints too little, or does not end within ctx. stderr is what the command has printed there.
func (c command) run(ctx context.Context) (r report, stderr string, err error) {
	launched, err := newLaunch(ctx, c)
	if err != nil {
		return r, "", err
	}
	var output counter
	var messages bytes.Buffer
	launched.cmd.Stdout, launched.cmd.Stderr = &output, &messages
	// A process group of its own, so that the end of ctx ends the command with its launcher.
	launched.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = launched.start()
	if err == nil {
		r, err = launched.wait()
	}
	switch {
	case ctx.Err() != nil:
		err = context.Cause(ctx)
	case err == nil && r.Code != 0:
		err = fmt.Errorf("exit status %d", r.Code)
	case err == nil && output.bytes < c.least:
		err = &cutOutputError{output.bytes, c.least}
	}
	if err != nil {
		err = fmt.Errorf("%s: %w: %s", c, err, lastLines(messages.String()))
	}
	return r, messages.String(), err
}

// cutOutputError says that a command has ended with 0, and without all of its output.
type cutOutputError struct{ bytes, least int64 }

func (e *cutOutputError) Error() string {
	return fmt.Sprintf("the output has %d bytes, and should have %d", e.bytes, e.least)
}

// counter counts what is written.
type counter struct{ bytes int64 }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes += int64(len(p))
	return len(p), nil
}

// String returns the command line, shortened.
func (c command) String() string {
	const most = 200
	line := c.program + " " + strings.Join(c.args, " ")
	if len(line) > most {
		line = line[:most] + " …"
	}
	return line
}

// launched is a launcher that runs a command.
type launched struct {
	cmd           *exec.Cmd
	report, write *os.File
}

// newLaunch prepares a launcher. The caller sets its streams.
func newLaunch(ctx context.Context, c command) (*launched, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, append([]string{launchArg, c.program}, c.args...)...)
	cmd.ExtraFiles = []*os.File{write} // which becomes reportFD
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second // a pipe may outlive a killed command
	return &launched{cmd, read, write}, nil
}

func (l *launched) start() error {
	defer l.write.Close()
	err := l.cmd.Start()
	if err != nil {
		l.report.Close()
	}
	return err
}

// wait waits for the end of the launcher, and returns its report.
func (l *launched) wait() (r report, err error) {
	defer l.report.Close()
	if err := l.cmd.Wait(); err != nil {
		return r, err
	}
	return r, json.NewDecoder(l.report).Decode(&r)
}

// lastLines returns the end of what a program has printed, for a message.
func lastLines(text string) string {
	const most = 400
	text = strings.TrimSpace(text)
	return strings.ReplaceAll(text[max(0, len(text)-most):], "\n", "; ")
}
